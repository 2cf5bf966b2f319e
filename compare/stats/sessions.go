package stats

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Sessions is what earlier sessions tell of how much a session's value differs
// from the next one's while nothing changes.
type Sessions struct {
	Count  int
	Spread float64 // ordinary standard deviation of their values
}

// NewSessions takes the value of each session, of which there are two or more.
// The standard deviation is the ordinary one, although one odd session inflates
// it: of a handful of values none can be told to be odd, a robust spread of
// five is often far too small, and what is drawn from it must err on the safe side.
func NewSessions(values []float64) Sessions {
	return Sessions{Count: len(values), Spread: stat.StdDev(values, nil)}
}

// law is that of the difference of two further sessions: each is one draw, so
// that its standard deviation is the root of 2 times that of one. Where both are
// independent of the earlier ones and all are normal, the law is exactly
// Student's with Count-1 degrees of freedom (Student 1908). An earlier session
// that is one of the two makes large quotients rarer, not more frequent, since
// what makes the difference large makes the spread large, too.
func (s Sessions) law(difference float64) distuv.StudentsT {
	return distuv.StudentsT{Mu: difference, Sigma: math.Sqrt2 * s.Spread, Nu: float64(s.Count - 1)}
}

// Interval is the two-sided confidence interval of the change between two
// sessions that differ by the given amount.
func (s Sessions) Interval(difference, confidence float64) Shift {
	if s.Spread == 0 {
		return Shift{difference, difference, difference}
	}
	law := s.law(difference)
	return Shift{difference, law.Quantile((1 - confidence) / 2), law.Quantile((1 + confidence) / 2)}
}

// Chance is the one-sided p-value of the difference of two sessions: how
// probable one at least so large is where nothing has changed. Where the earlier
// sessions are all alike, as error rates often are, they have no law to show,
// and it is the bound that holds of any: of one session more than them, the
// last is the only odd one with a chance of 1/(Count+1) at most.
func (s Sessions) Chance(difference float64) float64 {
	switch {
	case s.Spread > 0:
		return s.law(0).Survival(difference)
	case difference > 0:
		return s.odd()
	default:
		return 1
	}
}

func (s Sessions) odd() float64 { return 1 / float64(s.Count+1) }

// Visible returns the smallest change between two sessions that is called
// larger than limit in 80 % of all cases at the one-sided level, for one metric
// alone. It is the approximation of the noncentral t law by a shifted one, at
// most 4 % below it for 5 sessions at a level of 0.01, 1.2 % for 10. It is +Inf
// where the sessions are all alike and too few for the level.
func (s Sessions) Visible(level, limit float64) float64 {
	law := s.law(0)
	switch {
	case s.Spread > 0:
	case s.odd() > level:
		return math.Inf(1)
	default:
		return limit
	}
	return max(law.Quantile(1-level), limit) + law.Quantile(power)
}
