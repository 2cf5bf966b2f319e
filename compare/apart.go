package compare

import (
	"fmt"
	"math"
	"slices"

	"github.com/perfcheck/perfcheck/bench"
)

// apartLevel is the one-sided family-wise error that the only look at runs
// measured apart may spend.
const apartLevel = 0.01

const together = "measure both together (--measure always)"

// judgeApart compares runs that were measured apart. One session is one draw of
// the machine's mood, however many trials it has: trials tell how well a
// session's value is known, and only other sessions how much the next one's differs.
//
// A metric is therefore judged by the wider of two intervals and the larger of
// two p-values: by what earlier sessions differ ([stats.Sessions]), and by what
// the trials of base and head do (Mann-Whitney), which counts where one of the
// two was measured worse than the earlier ones. An error of either test alone
// calls nothing, so that neither's level is exceeded. Earlier sessions are of
// other commits, too; what those changed widens the interval.
//
// The p-values of gated metrics are adjusted by Holm's procedure: nothing is
// known of how the metrics of two sessions depend on each other, and there is
// nothing to exchange that could tell.
//
// It sees little. Where sessions scatter by 5 %, the smallest change that is
// called in 80 % of all cases is for one metric of ten 92 % with 5 earlier
// sessions, 49 % with 10 and 40 % with 20; for one alone 44 %, 33 % and 30 %
// (noncentral t law, thresholds of 5 %; TestSimulateApart agrees).
//
// What no handful of sessions shows is how odd a rare one can be. Where moods
// have the tails of Student's t with 4 degrees of freedom, 1 % of comparisons
// without a change are still called at most when the metrics of a session
// share its mood, but 4 % when each of ten has its own.
func (c *Comparison) judgeApart(pairs []Pair, o Options) {
	all := collect(pairs, (*bench.Run).Valid)
	few := c.sessions(pairs)
	c.Blocks = fewestBlocks(pairs)
	for _, p := range pairs {
		c.Invalid += len(p.Base.Trials) - len(p.Base.Valid()) + len(p.Head.Trials) - len(p.Head.Valid())
	}
	c.Warnings = slices.Concat(c.Warnings, invalidTrials(pairs), trialWarnings(pairs))
	switch {
	case few != "":
	case c.Blocks < MinBlocks:
		few = fmt.Sprintf("base and head were measured apart, one of them in only %s, and %d each are the least that decide: %s",
			bench.Count(c.Blocks, "valid block"), MinBlocks, together)
	default:
		c.Level = apartLevel
	}
	c.weighBoth(all, o, func(all []series) ([]Delta, []string) { return examineApart(all, c.Level) }, func() { c.concludeApart(pairs, all, few) })
}

// concludeApart makes the verdict of the deltas and of how they were measured.
// Few says why too little was measured to decide, and is empty where it was enough.
func (c *Comparison) concludeApart(pairs []Pair, all []series, few string) {
	base, head := deathsApart(pairs)
	invalid, empty, failed := unfit(pairs), emptyGates(all), failing(pairs, (*bench.Run).Valid)
	switch {
	case len(head) >= deaths && len(base) == 0:
		c.decide(Regression, fmt.Sprintf("head's service died in %s (%s), base's in none", bench.Count(len(head), "block"), list(head)))
	case len(invalid) > 0:
		c.decide(Invalid, invalid...)
	case failed != "" && few == "": // and so gates may be empty
		c.decide(Regression, failed)
	case len(empty) > 0:
		c.decide(Invalid, empty...)
	default:
		c.settle(few, bench.Count(c.Blocks, "block")+" a side, measured apart", true)
		if c.Verdict == Inconclusive && few == "" {
			c.Reasons = append(c.Reasons, "measured apart, no more can be told: "+together)
		}
	}
}

// deathsApart returns the blocks in which either side's service died.
func deathsApart(pairs []Pair) (base, head []int) {
	in := func(blocks []int, r *bench.Run) []int {
		for _, t := range r.Trials {
			if t.Died && !slices.Contains(blocks, t.Block) {
				blocks = append(blocks, t.Block)
			}
		}
		return blocks
	}
	for _, p := range pairs {
		base, head = in(base, p.Base), in(head, p.Head)
	}
	slices.Sort(head)
	return base, head
}

// invalidTrials says which trials are not judged, and why.
func invalidTrials(pairs []Pair) (out []string) {
	for _, p := range pairs {
		for side, run := range p.sides() {
			for i := range run.Trials {
				out = append(out, notJudged(where(pairs, p), side, &run.Trials[i])...)
			}
		}
	}
	return out
}

// fewestBlocks returns how many valid blocks the run with the fewest has.
func fewestBlocks(pairs []Pair) int {
	n := math.MaxInt
	for _, p := range pairs {
		n = min(n, len(p.Base.Valid()), len(p.Head.Valid()))
	}
	return n
}

// unfit says why these runs can give no verdict.
func unfit(pairs []Pair) (reasons []string) {
	for _, p := range pairs {
		base, head := p.Base.Valid(), p.Head.Valid()
		switch {
		case len(base) == 0 || len(head) == 0:
			reasons = append(reasons, fmt.Sprintf("profile %s: base has %s and head %s: %s",
				p.Base.Profile, bench.Count(len(base), "valid block"), bench.Count(len(head), "valid block"), together))
		case spoiled(len(p.Base.Trials), len(base)) || spoiled(len(p.Head.Trials), len(head)):
			reasons = append(reasons, fmt.Sprintf("profile %s: %d of %s of base are invalid and %d of %s of head, in one of them more than a quarter: %s",
				p.Base.Profile, len(p.Base.Trials)-len(base), bench.Count(len(p.Base.Trials), "block"),
				len(p.Head.Trials)-len(head), bench.Count(len(p.Head.Trials), "block"), together))
		default:
			if reason := unanswered(p, (*bench.Run).Valid); reason != "" {
				reasons = append(reasons, reason)
			}
		}
	}
	return reasons
}
