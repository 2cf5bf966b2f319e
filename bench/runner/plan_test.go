package runner

import (
	"slices"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

func TestTurnsAreAFunctionOfSeedAndBlock(t *testing.T) {
	first := turns(1, 0, 20, 2)
	if !slices.Equal(first, turns(1, 0, 20, 2)) {
		t.Error("the same seed and block gave another order")
	}
	if slices.Equal(first, turns(2, 0, 20, 2)) || slices.Equal(first, turns(1, 1, 20, 2)) {
		t.Error("another seed or block gave the same order")
	}
}

func TestTurnsAreFair(t *testing.T) {
	const blocks, rounds = 200, 20
	firsts := 0
	for block := range blocks {
		order := turns(7, block, rounds, 2)
		if len(order) != 2*rounds {
			t.Fatalf("%d turns, want %d", len(order), 2*rounds)
		}
		for i := 0; i < len(order); i += 2 {
			if order[i]+order[i+1] != 1 {
				t.Fatalf("round %d is %v: each arm has one turn a round", i/2, order[i:i+2])
			}
			if order[i] == 0 {
				firsts++
			}
		}
	}
	// Binomial(4000, 1/2): 5 standard deviations are 158.
	if firsts < 1842 || firsts > 2158 {
		t.Errorf("arm 0 went first in %d of %d rounds", firsts, blocks*rounds)
	}
}

func TestSliced(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name       string
		p          profile.Profile
		p99        time.Duration
		wantSlice  time.Duration
		wantRounds int
	}{
		{"quick service", profile.Profile{Trial: 2000 * ms}, ms, 25 * ms, 80},
		{"p99 decides", profile.Profile{Trial: 4000 * ms}, 50 * ms, 250 * ms, 16},
		{"the trial grows to 8 slices", profile.Profile{Trial: 2000 * ms}, 100 * ms, 500 * ms, 8},
		{"slow service", profile.Profile{Trial: 2000 * ms}, 5000 * ms, 2000 * ms, 8},
		{"as configured", profile.Profile{Trial: 2000 * ms, Slice: 50 * ms}, 100 * ms, 50 * ms, 40},
		{"a part of a slice is a slice", profile.Profile{Trial: 1990 * ms}, ms, 25 * ms, 80},
		{"whole trials", profile.Profile{Trial: 2000 * ms, Interleave: profile.Trials}, ms, 2000 * ms, 1},
	} {
		slice, rounds := sliced(&c.p, c.p99)
		if slice != c.wantSlice || rounds != c.wantRounds {
			t.Errorf("%s: %d turns of %v, want %d of %v", c.name, rounds, slice, c.wantRounds, c.wantSlice)
		}
	}
}

func TestShortestBlock(t *testing.T) {
	floor := profile.Warmup{Steady: true, Min: time.Second, Max: time.Minute}
	short := profile.Profile{Trial: 2 * time.Second, Warmup: floor}
	const ms = time.Millisecond
	for name, test := range map[string]struct {
		profiles []profile.Profile
		arms     int
		want     time.Duration
	}{
		"one profile":            {[]profile.Profile{short}, 2, 6000 * ms},
		"two":                    {[]profile.Profile{short, short}, 2, 12000 * ms},
		"whole trials":           {[]profile.Profile{{Trial: 2000 * ms, Interleave: profile.Trials}}, 2, 4500 * ms}, // a window before each
		"whole trials of one":    {[]profile.Profile{{Trial: 2000 * ms, Interleave: profile.Trials}}, 1, 2000 * ms},
		"at least 8 slices":      {[]profile.Profile{{Trial: 1000 * ms, Slice: 1000 * ms}}, 2, 16000 * ms},
		"slices, if not trials":  {[]profile.Profile{{Trial: 1000 * ms, Interleave: profile.Auto}}, 2, 2000 * ms},
		"trials, if not slices":  {[]profile.Profile{{Trial: 1000 * ms, Slice: 1000 * ms, Interleave: profile.Auto}}, 2, 2500 * ms},
		"one alone never pauses": {[]profile.Profile{{Trial: 1000 * ms, Slice: 1000 * ms, Interleave: profile.Auto}}, 1, 8000 * ms},
	} {
		if got := ShortestBlock(test.profiles, test.arms); got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func TestSteady(t *testing.T) {
	for _, c := range []struct {
		medians []float64
		want    bool
	}{
		{nil, false},
		{[]float64{1, 1, 1}, false},
		{[]float64{1, 1, 1, 1}, true},
		{[]float64{9, 1, 1, 1}, false},
		{[]float64{9, 1, 1, 1, 0.93}, true},
		{[]float64{1.3, 1.2, 1.1, 1}, false},
		{[]float64{1, 1.5, 1, 2}, true}, // noise
	} {
		if got := steady(c.medians); got != c.want {
			t.Errorf("steady(%v) = %v", c.medians, got)
		}
	}
}
