package compare

import (
	"fmt"
	"math"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare/stats"
)

// judgeUnpaired compares runs that were measured apart. One session is one
// draw of the machine's mood, however many trials it has, so that nothing is
// decided: sizes are shown, and the advice is to measure both together.
func (c *Comparison) judgeUnpaired(pairs []Pair) error {
	for _, p := range pairs {
		base, head := p.Base.Valid(), p.Head.Valid()
		if len(base) == 0 || len(head) == 0 {
			c.decide(Invalid, fmt.Sprintf("profile %s: base has %s and head %s: measure both together (--measure always)",
				p.Base.Profile, plural(len(base), "valid block"), plural(len(head), "valid block")))
			return nil
		}
		all, err := collect(p, base, head)
		if err != nil {
			return err
		}
		c.Blocks += min(len(base), len(head))
		for i := range all {
			c.Deltas = append(c.Deltas, apart(&all[i]))
		}
	}
	c.decide(Inconclusive, "base and head were measured apart, and what changed between the two sessions cannot be told from what the commits changed: measure both together (--measure always)")
	return nil
}

// apart estimates the change of a metric between two independent samples.
func apart(s *series) Delta {
	delta := newDelta(s)
	base, head := s.side(s.base), s.side(s.head)
	x := &delta.Explain
	x.Base, x.Head = present(s.base), present(s.head)
	delta.Blocks = min(len(base), len(head))
	if delta.Blocks == 0 {
		delta.Rule = delta.name() + " cannot be compared: " + s.leftOut()
		return delta
	}
	delta.Base, delta.Head = stats.Median(x.Base), stats.Median(x.Head)
	delta.Limit = limitSize(s.metric, s.gate, delta.Base)
	x.U, x.PSingle = stats.MannWhitney(head, base, stats.Greater)
	delta.show(s.metric, stats.TwoSample(head, base, confidence), math.Hypot(stats.Spread(base), stats.Spread(head)))
	delta.Rule = delta.change() + "; measured apart, which decides nothing"
	if s.role != shown {
		delta.Verdict = Inconclusive
	}
	return delta
}

// side returns the values of one side on the scale of D.
func (s *series) side(values []float64) []float64 {
	unit := 1.0 // the logarithm of 1 is 0
	if s.metric.Scale == bench.Difference {
		unit = 0
	}
	out := make([]float64, 0, len(values))
	for _, v := range values {
		if d := worsening(s.metric, unit, v); !math.IsNaN(d) {
			out = append(out, d)
		}
	}
	return out
}

// present returns the values that are there.
func present(values []float64) []float64 {
	out := make([]float64, 0, len(values))
	for _, v := range values {
		if !math.IsNaN(v) {
			out = append(out, v)
		}
	}
	return out
}
