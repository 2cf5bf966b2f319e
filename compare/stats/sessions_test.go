package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// In R 4.2: x <- c(0.03, -0.01, 0.05, -0.04, 0.02); se <- sqrt(2) * sd(x);
// sd(x); 0.2 + qt(c(.025, .975), 4) * se; pt(0.2 / se, 4, lower.tail = FALSE).
func TestSessionsAgainstR(t *testing.T) {
	s := NewSessions([]float64{0.03, -0.01, 0.05, -0.04, 0.02})
	near(t, "spread", s.Spread, 0.0353553390593274)
	interval := s.Interval(0.2, 0.95)
	near(t, "low", interval.Low, 0.0611777447401103)
	near(t, "high", interval.High, 0.33882225525989)
	near(t, "p", s.Chance(0.2), 0.00806504495004627)
}

// TestSessionsVisible: the change is found in 80 % of all cases. The wanted
// values, in standard deviations of a difference, are from R's noncentral t law:
// uniroot(function(n) pt(qt(1 - a, k - 1), k - 1, n, lower.tail = FALSE) - 0.8, c(0, 20)).
func TestSessionsVisible(t *testing.T) {
	for _, v := range []struct {
		count       int
		level, want float64
	}{{5, 0.01, 4.875395}, {7, 0.01, 4.134298}, {10, 0.01, 3.748186}, {20, 0.01, 3.415172}} {
		s := Sessions{Count: v.count, Spread: 1 / math.Sqrt2}
		if got := s.Visible(v.level, 0); got > v.want || got < 0.96*v.want {
			t.Errorf("%d sessions: got %.3f, want %.3f", v.count, got, v.want)
		}
	}
	if got := (Sessions{Count: 5}).Visible(0.01, 0.03); !math.IsInf(got, 1) {
		t.Errorf("5 sessions all alike: got %v, want none", got)
	}
	if got := (Sessions{Count: 99}).Visible(0.01, 0.03); got != 0.03 {
		t.Errorf("99 sessions all alike: got %v, want the limit", got)
	}
}

// TestSessionsAllAlike: that five were alike does not say that the sixth will be.
func TestSessionsAllAlike(t *testing.T) {
	s := NewSessions([]float64{2, 2, 2, 2, 2})
	if s.Chance(0.1) != 1.0/6 || s.Chance(0) != 1 || s.Chance(-0.1) != 1 || s.Interval(0.1, 0.95) != (Shift{0.1, 0.1, 0.1}) {
		t.Errorf("p %v, %v, %v, interval %v", s.Chance(0.1), s.Chance(0), s.Chance(-0.1), s.Interval(0.1, 0.95))
	}
}

// TestSessionsErrNoMoreThanTheLevel, where base's own session is one of the
// earlier ones, and where it is not.
func TestSessionsErrNoMoreThanTheLevel(t *testing.T) {
	const runs, level = 20_000, 0.01
	r := rand.New(rand.NewPCG(3, 1))
	for _, among := range []bool{false, true} {
		called := 0
		for range runs {
			earlier, pair := normals(r, 5, 0), normals(r, 2, 0)
			if among {
				pair[0] = earlier[0]
			}
			if NewSessions(earlier).Chance(pair[1]-pair[0]) <= level {
				called++
			}
		}
		t.Logf("base among the earlier sessions %v: %.4f called", among, float64(called)/runs)
		if share := float64(called) / runs; share > level+0.002 {
			t.Errorf("base among the earlier sessions %v: %.4f called", among, share)
		}
	}
}
