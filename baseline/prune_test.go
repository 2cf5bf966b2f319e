package baseline

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// aged returns summaries of runs that are so many hours old, newest first, and
// what else is said of each.
func aged(now time.Time, hours []int, change func(i int, s *Summary)) []Summary {
	var runs []Summary
	for i, h := range hours {
		s := summarize(testRun(len(hours) - i))
		s.ID = fmt.Sprintf("%dh", h)
		s.Started = now.Add(-time.Duration(h) * time.Hour)
		change(i, s)
		runs = append(runs, *s)
	}
	return runs
}

func TestPolicy(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	hours := []int{1, 2, 3, 20, 21, 44, 45, 300, 310, 320, 330, 340, 350}
	nothing := func(int, *Summary) {}
	for _, test := range []struct {
		name   string
		policy Policy
		change func(int, *Summary)
		want   string // what is removed
	}{
		{"all but six sessions", Policy{}, nothing, "[2h 3h 21h 45h 330h 340h 350h]"},
		{"the last three", Policy{Last: 3}, nothing, "[21h 45h 330h 340h 350h]"},
		{"one a day", Policy{Days: 20}, nothing, "[2h 3h 21h 45h 340h]"},
		{"the last three and one a day", Policy{Last: 3, Days: 20}, nothing, "[21h 45h 340h]"},
		{"more than there are", Policy{Last: 100}, nothing, "[]"},
		{"pinned", Policy{}, func(i int, s *Summary) { s.Pinned = i == 4 }, "[2h 3h 45h 330h 340h 350h]"},
		{"two branches", Policy{Last: 1}, func(i int, s *Summary) { s.Subject.Branch = fmt.Sprint(i % 2) }, "[3h]"},
		{"two profiles", Policy{Last: 1}, func(i int, s *Summary) { s.Profile = fmt.Sprint(i % 2) }, "[3h]"},
		{"a machine of its own", Policy{}, func(i int, s *Summary) { s.Host.Cores = i / 7 }, "[2h 3h 21h 45h]"},
		{"an earlier digest", Policy{}, func(i int, s *Summary) { s.Digest = fmt.Sprint(i / 6) }, "[2h 3h 21h]"},
		{"no baselines at the end", Policy{Last: 1}, func(i int, s *Summary) { s.Complete = i > 2 }, "[2h 3h 21h 45h 340h 350h]"},
		{"runs that regressed", Policy{Last: 1, Days: 20}, func(i int, s *Summary) {
			if i == 3 || i == 5 || i == 6 {
				s.Verdict = "regression"
			}
		}, "[2h 3h 20h 44h 45h 340h]"},
		{"side by side", Policy{}, func(i int, s *Summary) { s.Pairing = fmt.Sprint("p", i/2) }, "[330h 340h 350h]"},
	} {
		runs := aged(now, hours, test.change)
		before := slices.Clone(runs)
		if got := fmt.Sprint(ids(test.policy.Surplus(runs, now))); got != test.want {
			t.Errorf("%s: removes %s, want %s", test.name, got, test.want)
		}
		if !slices.Equal(runs, before) {
			t.Errorf("%s: the runs were changed", test.name)
		}
	}
}

func ids(runs []Summary) []string {
	out := []string{}
	for _, r := range runs {
		out = append(out, r.ID)
	}
	return out
}

func TestRemove(t *testing.T) {
	s := openTest(t, tempStore(t))
	put(t, s, testRun(1), testRun(2), testRun(3))
	if err := errors.Join(s.Pin(testRun(2).ID), s.Remove(testRun(2).ID, "nope"), s.Remove(testRun(2).ID)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(testRun(2).ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	for _, f := range []Filter{{}, {Branch: "main"}, {Digest: "d1"}, {Profile: "checkout"}} {
		if found, err := s.List(f); err != nil || len(found) != 2 {
			t.Errorf("%+v: %v, %v", f, ids(found), err)
		}
	}
	if pinned, err := s.List(Filter{Pinned: true}); err != nil || len(pinned) != 0 {
		t.Errorf("pinned: %v, %v", ids(pinned), err)
	}
}

func TestPins(t *testing.T) {
	s := openTest(t, tempStore(t))
	put(t, s, testRun(1), testRun(2))
	one := testRun(1).ID
	if err := errors.Join(s.Pin(one), s.Pin(one)); err != nil {
		t.Fatal(err)
	}
	if err := s.Pin(testRun(2).ID, "nope"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	put(t, s, testRun(1)) // a later state of the run is still pinned
	if got, err := s.Summary(one); err != nil || !got.Pinned {
		t.Errorf("%+v, %v", got, err)
	}
	if pinned, err := s.List(Filter{Pinned: true}); err != nil || !slices.Equal(ids(pinned), []string{one}) {
		t.Errorf("pinned: %v, %v", ids(pinned), err)
	}
	if err := errors.Join(s.Unpin(one, "nope"), s.Unpin(one)); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Summary(one); err != nil || got.Pinned {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTrimComparisons(t *testing.T) {
	s := openTest(t, tempStore(t))
	for n := range 5 {
		if err := s.PutComparison(fmt.Sprint(n), epoch.Add(time.Duration(n)*time.Hour), json.RawMessage(`{}`)); err != nil {
			t.Fatal(err)
		}
	}
	for _, dry := range []bool{true, false} {
		if n, err := s.TrimComparisons(2, dry); n != 3 || err != nil {
			t.Errorf("dry %v: %d, %v", dry, n, err)
		}
	}
	for n := range 5 {
		if _, err := s.Comparison(fmt.Sprint(n)); (err == nil) != (n >= 3) {
			t.Errorf("comparison %d: %v", n, err)
		}
	}
}

func TestFilterBySpanAndPin(t *testing.T) {
	s := openTest(t, tempStore(t))
	for n := range 5 {
		put(t, s, testRun(n))
	}
	at := func(n int) time.Time { return testRun(n).Started }
	if err := s.Pin(testRun(1).ID, testRun(3).ID); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		f    Filter
		want []int
	}{
		{Filter{Since: at(3)}, []int{4, 3}},
		{Filter{Before: at(2)}, []int{1, 0}},
		{Filter{Since: at(1), Before: at(3)}, []int{2, 1}},
		{Filter{Pinned: true}, []int{3, 1}},
		{Filter{Pinned: true, Since: at(2)}, []int{3}},
		{Filter{Pinned: true, Limit: 1}, []int{3}},
		{Filter{Since: at(5)}, nil},
	} {
		var want []string
		for _, n := range test.want {
			want = append(want, testRun(n).ID)
		}
		if found, err := s.List(test.f); err != nil || !slices.Equal(ids(found), append([]string{}, want...)) {
			t.Errorf("%+v: %v, %v; want %v", test.f, ids(found), err, want)
		}
	}
}

// What is thinned is neither removed nor needed whole, and can no longer change.
func TestPolicyThick(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	hours := []int{1, 2, 3, 20, 21, 44, 45, 300, 310, 320, 330, 340, 350}
	for name, test := range map[string]struct {
		policy Policy
		change func(i int, s *Summary)
		want   string
	}{
		"all but six sessions": {Policy{Last: 100}, nil, "[2h 3h 21h 45h 330h 340h 350h]"},
		"the newest are whole": {Policy{Last: 100, Whole: 3}, nil, "[21h 45h 330h 340h 350h]"},
		"some are removed":     {Policy{Last: 7, Whole: 3}, nil, "[21h 45h]"},
		"all are removed":      {Policy{Last: 3, Whole: 10}, nil, "[]"},
		"pinned, thin or incomplete": {Policy{Last: 100}, func(i int, s *Summary) {
			s.Pinned, s.Thinned, s.Complete = i == 1, i == 2, i != 4
		}, "[45h 330h 340h 350h]"},
	} {
		if test.change == nil {
			test.change = func(int, *Summary) {}
		}
		if got := fmt.Sprint(ids(test.policy.Thick(aged(now, hours, test.change), now))); got != test.want {
			t.Errorf("%s: thins %s, want %s", name, got, test.want)
		}
	}
}
