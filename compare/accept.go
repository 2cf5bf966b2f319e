package compare

import (
	"fmt"
	"slices"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// An AcceptedState says what became of an accepted slowdown.
type AcceptedState string

// The states.
const (
	Used     AcceptedState = "used"     // it made its metric's verdict milder
	Exceeded AcceptedState = "exceeded" // its metric is a regression all the same
	Unused   AcceptedState = "unused"   // it changed nothing
	Expired  AcceptedState = "expired"  // its last day was over: it was passed over
)

// Accepted is an accepted slowdown and what became of it.
type Accepted struct {
	bench.Acceptance
	State     AcceptedState `json:"state"`
	InsteadOf float64       `json:"instead_of,omitempty"` // the gate's own threshold; 0 where no gate names the metric
	Rule      string        `json:"rule"`                 // a sentence: what is accepted
	Effect    string        `json:"effect"`               // a sentence: what came of it
}

// checkAccepted finds what cannot be meant.
func checkAccepted(all []bench.Acceptance, pairs []Pair) error {
	for _, a := range all {
		i := slices.IndexFunc(pairs, func(p Pair) bool { return p.Base.Profile == a.Profile })
		if i < 0 {
			continue // of a profile that is not compared now
		}
		if _, err := pairs[i].metric(a.Metric); err != nil {
			return fmt.Errorf("compare: profile %s: accepted slowdown: %w", a.Profile, err)
		}
		if !sound(a.UpTo) {
			return fmt.Errorf("compare: profile %s: accepted slowdown of %s: up to %v: want a number from 0", a.Profile, a.Key, a.UpTo)
		}
	}
	return nil
}

// raise returns the series with the thresholds that accepted slowdowns raise, nil
// where they raise none. Where a gate's floor in units is higher, that raises no
// limit, as is known once base's median is.
func (o Options) raise(all []series) []series {
	raised, found := slices.Clone(all), false
	for i := range raised {
		s := &raised[i]
		for _, a := range o.Accepted {
			if a.Profile == s.profile && a.Key == s.gate.Key && s.role == gated && a.Holds(o.Now) && a.UpTo > max(s.gate.Threshold, s.upTo) {
				s.upTo, found = a.UpTo, true
			}
		}
	}
	if !found {
		return nil
	}
	return raised
}

// accept decides again, where raised are the deltas of the same look by the same
// rule with the limits that accepted slowdowns raise.
//
// Of them it takes only those that become milder. All other metrics stay what
// they are without, though raised limits would change their adjusted p: a metric
// that has a higher limit competes otherwise in the exchanges
// ([stats.Exchanges.StepDown]), so that others are called that were not, and the
// other way round (14 and 2 of 2,100 in TestAcceptedChangesNothingElse), and where
// it was called first it precedes others no longer ([stats.Holm]). What is called
// with accepted slowdowns is thus called without them too, and no false alarm is added.
func (c *Comparison) accept(raised []Delta, conclude func()) {
	if !slices.ContainsFunc(raised, func(d Delta) bool { return d.GateLimit > 0 }) {
		return
	}
	own := Outcome{c.Verdict, c.Reasons}
	deltas := slices.Clone(c.Deltas)
	for i, d := range raised {
		if d.GateLimit > 0 && deltas[i].relieved(&d) {
			d.Without = deltas[i].Verdict
			deltas[i] = d
		}
	}
	c.Deltas, c.Without = deltas, &own
	conclude()
	if c.Verdict != own.Verdict {
		c.Reasons = append(c.Reasons, fmt.Sprintf("without accepted slowdowns: %s: %s", own.Verdict, own.Reasons[0]))
	}
}

// relieved says whether a raised limit may count for a metric: where its own
// calls it a regression, or does not decide it and the raised one is no worse.
func (d *Delta) relieved(raised *Delta) bool {
	return d.Verdict == Regression || d.Verdict == Inconclusive && raised.Verdict != Regression
}

// tellAccepted says what became of the accepted slowdowns of these profiles.
func (c *Comparison) tellAccepted(pairs []Pair, o Options) {
	for _, p := range pairs {
		for _, a := range o.Accepted {
			if a.Profile == p.Base.Profile {
				c.Accepted = append(c.Accepted, c.became(a, p, o.Now))
			}
		}
	}
}

// became returns an accepted slowdown with what became of it.
func (c *Comparison) became(a bench.Acceptance, p Pair, now time.Time) Accepted {
	m, _ := p.metric(a.Metric) // of which checkAccepted has made sure
	out := Accepted{Acceptance: a, State: Unused, Rule: fmt.Sprintf("%s may get worse by %s until %s", name(a.Key), size(m, a.UpTo), a.Until.Format(time.DateOnly))}
	if i := slices.IndexFunc(p.Gates, func(g bench.Gate) bool { return g.Key == a.Key }); i >= 0 {
		out.InsteadOf = p.Gates[i].Threshold
		out.Rule += ", instead of " + size(m, out.InsteadOf) + floor(m, p.Gates[i])
	}
	if !a.Holds(now) {
		out.State, out.Effect = Expired, "expired: its last day is over, and the gate's own threshold holds"
		return out
	}
	i := slices.IndexFunc(c.Deltas, func(d Delta) bool { return d.Profile == a.Profile && d.Key == a.Key && d.Gated })
	if i < 0 {
		out.Effect = "not judged: it changes nothing"
		return out
	}
	out.State, out.Effect = c.Deltas[i].acceptedState()
	return out
}

// acceptedState says what an accepted slowdown that holds made of its metric.
func (d *Delta) acceptedState() (AcceptedState, string) {
	switch {
	case d.Verdict == Regression:
		return Exceeded, d.reason() + ": a regression all the same"
	case d.GateLimit > 0 && d.Verdict != d.Without:
		return Used, fmt.Sprintf("%s: %s instead of %s", d.reason(), judged(d.Verdict), judged(d.Without))
	case d.Verdict == Inconclusive:
		return Unused, d.name() + " is undecided with and without it"
	default:
		return Unused, "not needed: " + d.reason()
	}
}

// judged is how the verdict on a single metric is called.
func judged(v Verdict) string {
	if v == Inconclusive {
		return "undecided"
	}
	return string(v)
}

// floor names a gate's floor in units, which stays whatever is accepted.
func floor(m bench.Metric, g bench.Gate) string {
	if g.AtLeast == 0 {
		return ""
	}
	return "; the floor of " + m.Unit.Format(g.AtLeast) + " stays"
}

// size writes a limit of a metric.
func size(m bench.Metric, v float64) string { return bench.FormatChange(m.Scale, m.Unit, v) }
