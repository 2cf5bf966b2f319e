package compare

import (
	"fmt"
	"math"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare/stats"
)

// examineApart decides each metric for itself at a level; at level 0 it only
// estimates. It warns of improvements that it does not believe.
func examineApart(all []series, level float64) (deltas []Delta, warnings []string) {
	assessed := make([]assessment, len(all))
	for i := range all {
		assessed[i] = estimateApart(&all[i])
	}
	if level > 0 {
		testApart(assessed, level)
	}
	for i := range assessed {
		a := &assessed[i]
		if a.judged() {
			a.delta.Verdict = Inconclusive
			if level > 0 && a.testable() {
				a.delta.Verdict = a.call(level)
			}
		}
		a.delta.Rule = a.rule(level, func() string { return a.undecidedApart(level) })
	}
	return outcome(assessed)
}

// estimateApart does all that needs no level.
func estimateApart(s *series) assessment {
	a := assessment{series: s, delta: newDelta(s)}
	base, head := scaled(s.metric, s.base), scaled(s.metric, s.head)
	x := &a.delta.Explain
	x.Base, x.Head, x.Sessions, x.PSessions = present(s.base), present(s.head), s.sessions, 1
	if a.delta.Blocks = min(len(base), len(head)); a.delta.Blocks > 0 {
		a.delta.Base, a.delta.Head = stats.Median(x.Base), stats.Median(x.Head)
		a.shift, a.spread = stats.TwoSample(head, base, confidence), math.Hypot(stats.Spread(base), stats.Spread(head))
		a.delta.show(s.metric, a.shift, a.spread)
	}
	a.limit()
	x.Null = null(a.worse)
	x.U, _, x.PSingle = stats.MannWhitney(sample(head, a.worse).D, base)
	return a
}

// testable says whether enough was measured of the metric to judge it.
func (a *assessment) testable() bool {
	return a.delta.Blocks >= MinBlocks && len(a.sessions) >= MinSessions
}

// testApart widens the intervals and fills in the p-values: all gated metrics
// are one family, and each advisory one is its own.
func testApart(all []assessment, level float64) {
	var family []*assessment
	for i := range all {
		a := &all[i]
		if !a.testable() {
			continue
		}
		if a.widen(); a.delta.Gated {
			family = append(family, a)
		} else {
			a.see(level)
		}
	}
	worse, better := make([]float64, len(family)), make([]float64, len(family))
	for i, a := range family {
		worse[i], better[i] = a.delta.P, a.delta.PBetter
		a.see(level / float64(len(family))) // what Holm leaves to the first that is called
	}
	worse, better = stats.Holm(worse), stats.Holm(better)
	for i, a := range family {
		a.delta.P, a.delta.PBetter = worse[i], better[i]
	}
}

// widen takes into account how much sessions differ.
func (a *assessment) widen() {
	d, x := &a.delta, &a.delta.Explain
	sessions := stats.NewSessions(scaled(a.metric, a.sessions))
	wide := sessions.Interval(a.shift.Estimate, confidence)
	a.shift.Low, a.shift.High = min(a.shift.Low, wide.Low), max(a.shift.High, wide.High)
	d.show(a.metric, a.shift, a.spread)
	d.SessionSpread = math.Abs(change(a.metric, sessions.Spread))
	x.PSessions = sessions.Chance(a.shift.Estimate - x.Null)
	if a.role == shown {
		return
	}
	// For the better, the arms change places.
	_, _, better := stats.MannWhitney(sample(scaled(a.metric, a.base), -a.better).D, scaled(a.metric, a.head))
	d.P, d.PBetter = max(x.PSingle, x.PSessions), max(better, sessions.Chance(-a.shift.Estimate-null(-a.better)))
}

// see fills in the smallest change that would be called at a level.
func (a *assessment) see(level float64) {
	null := a.delta.Explain.Null
	if seen := null + stats.NewSessions(scaled(a.metric, a.sessions)).Visible(level, a.worse-null); !math.IsInf(seen, 0) {
		a.delta.Seen = change(a.metric, seen)
	}
}

// undecidedApart says why a metric is not decided.
func (a *assessment) undecidedApart(level float64) string {
	d := &a.delta
	switch {
	case d.Blocks == 0:
		return fmt.Sprintf("%s cannot be compared: %s", d.name(), a.leftOut())
	case level == 0:
		return d.change() + "; measured apart, which decides nothing here"
	case d.Blocks < MinBlocks:
		return fmt.Sprintf("%s is undecided: one side has a value in only %s, and %d are needed", d.name(), bench.Count(d.Blocks, "block"), MinBlocks)
	case len(a.sessions) < MinSessions:
		return fmt.Sprintf("%s is undecided: only %s measured it, and %d are needed", d.name(), bench.Count(len(a.sessions), "earlier session"), MinSessions)
	default:
		return a.open(level)
	}
}
