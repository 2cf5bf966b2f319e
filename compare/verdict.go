package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/perfcheck/perfcheck/bench"
)

// deaths is in how many blocks head's service must die, and base's in none,
// for it to be no accident.
const deaths = 3

func (c *Comparison) decide(v Verdict, reasons ...string) {
	c.Verdict, c.Decided, c.Reasons = v, true, reasons
}

// wait leaves the comparison open.
func (c *Comparison) wait(reasons ...string) {
	c.Verdict, c.Decided, c.Reasons = Inconclusive, false, reasons
}

// conclude makes the verdict of the deltas and of how they were measured.
func (c *Comparison) conclude(pairs []Pair, all []series, set blockSet, last bool) {
	invalid, empty, failed := unjudgeable(pairs, set), emptyGates(all), failing(pairs, set.of)
	switch spoiled := set.spoiled(); {
	case set.headDies():
		c.decide(Regression, fmt.Sprintf("head's service died in %d of %s (%s) where base's did not",
			len(set.died), bench.Count(len(set.measured), "block"), list(set.died)))
	case len(invalid) > 0:
		c.decide(Invalid, invalid...)
	case failed != "" && !spoiled && len(set.valid) >= MinBlocks: // and so gates may be empty
		c.decide(Regression, failed)
	case len(empty) > 0 && len(set.valid) > 0:
		c.decide(Invalid, empty...)
	case spoiled && last:
		c.decide(Invalid, set.verdict())
	case spoiled:
		c.wait(set.verdict())
	default:
		c.weigh(set, last || c.owedOnly(all))
	}
}

// weigh makes the verdict of the gated deltas of a paired measurement.
func (c *Comparison) weigh(set blockSet, last bool) {
	few := ""
	if len(set.valid) < MinBlocks {
		few = fmt.Sprintf("%s measured, and %d are the least that decide", bench.Count(len(set.valid), "valid block"), MinBlocks)
		if block := set.perValid(); block > 0 {
			few += fmt.Sprintf(": %v of budget would do", roundUp(block*MinBlocks))
		}
	}
	c.settle(few, bench.Count(len(set.valid), "block"), last)
}

// settle makes the verdict of the gated deltas. Few says why too little was
// measured to decide, and is empty where it was enough; basis is what was.
func (c *Comparison) settle(few, basis string, last bool) {
	regressed, undecided, improved := c.with(Regression), c.with(Inconclusive), c.with(Improvement)
	switch {
	case len(regressed) > 0:
		c.decide(Regression, c.reasons(telling(regressed, c.Deltas))...)
	case few != "":
		c.decide(Inconclusive, few)
	case len(undecided) > 0 && last:
		c.decide(Inconclusive, c.rules(undecided)...)
	case len(undecided) > 0:
		c.wait(c.rules(undecided)...)
	case len(improved) > 0:
		c.decide(Improvement, c.reasons(telling(improved, c.Deltas))...)
	case !slices.ContainsFunc(c.Deltas, func(d Delta) bool { return d.Gated }):
		c.decide(Pass, "all gates are advisory: nothing was gated")
	default:
		limit := "its threshold"
		if slices.ContainsFunc(c.Deltas, func(d Delta) bool { return d.GateLimit > 0 }) {
			limit += ", or than is accepted,"
		}
		c.decide(Pass, fmt.Sprintf("no gated metric got worse by more than %s in %s", limit, basis))
	}
}

// owedOnly says whether no undecided gate is one that more blocks could decide.
func (c *Comparison) owedOnly(all []series) bool {
	return !slices.ContainsFunc(c.with(Inconclusive), func(d Delta) bool {
		return !slices.ContainsFunc(all, func(s series) bool {
			return s.profile == d.Profile && s.gate.Key == d.Key && s.owed()
		})
	})
}

// with returns the gated deltas with a verdict.
func (c *Comparison) with(v Verdict) []Delta {
	var out []Delta
	for _, d := range c.Deltas {
		if d.Gated && d.Verdict == v {
			out = append(out, d)
		}
	}
	return out
}

// unjudgeable says why these runs can give no verdict, however many more of
// their blocks there were.
func unjudgeable(pairs []Pair, set blockSet) (reasons []string) {
	if len(set.measured) == 0 {
		return []string{"nothing was measured: no block has a trial of both base and head"}
	}
	for _, p := range pairs {
		if reason := unanswered(p, set.of); reason != "" {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}

// emptyGates says which gates have nothing to judge on one side, or of which profile
// all have nothing on either.
func emptyGates(all []series) (reasons []string) {
	gates, judged := make(map[string]int), make(map[string]bool) // by profile
	for _, s := range all {
		if s.role != gated {
			continue
		}
		gates[s.profile]++
		judged[s.profile] = judged[s.profile] || !s.unmeasured()
		if side := s.oneSided(); side != "" {
			reasons = append(reasons, fmt.Sprintf("profile %s: %s is gated, and only %s has it: %s", s.profile, s.gate.Key, side, s.leftOut()))
		}
	}
	if len(reasons) > 0 {
		return reasons
	}
	for _, s := range all {
		if s.role == gated && !judged[s.profile] {
			reasons = addOnce(reasons, fmt.Sprintf("%sno gated metric could be judged: of %s none has a value", s.where, bench.Count(gates[s.profile], "gate")))
		}
	}
	if len(gates) == 0 && !slices.ContainsFunc(all, func(s series) bool { return s.asked() }) {
		reasons = append(reasons, "no gated metric could be judged: there is no gate")
	}
	return reasons
}

// unanswered says that a pair has nothing to compare with: no request to base
// succeeded in any of the blocks that are judged.
func unanswered(p Pair, blocks judgeable) string {
	base, baseOK := requests(p.Base, blocks(p.Base))
	head, headOK := requests(p.Head, blocks(p.Head))
	switch {
	case len(blocks(p.Base)) == 0 || baseOK > 0:
		return ""
	case base+head == 0:
		return fmt.Sprintf("profile %s: no request was sent", p.Base.Profile)
	case headOK == 0:
		return fmt.Sprintf("profile %s: all requests failed, %d to base and %d to head", p.Base.Profile, base, head)
	default:
		return fmt.Sprintf("profile %s: all %d requests to base failed, so that head has nothing to be compared with", p.Base.Profile, base)
	}
}

// failing says that head answered nothing, in whatever block, and base something in
// each. No other metric need be gated for that to count: of what did not answer
// nothing else is known, and undecided it would pass.
func failing(pairs []Pair, blocks judgeable) string {
	for _, p := range pairs {
		silent := func(block int) bool {
			_, succeeded := requests(p.Base, []int{block})
			return succeeded == 0
		}
		if sent, succeeded := requests(p.Head, blocks(p.Head)); sent > 0 && succeeded == 0 && !slices.ContainsFunc(blocks(p.Base), silent) {
			return fmt.Sprintf("profile %s: all %d requests to head failed", p.Head.Profile, sent)
		}
	}
	return ""
}

// requests counts those of the given blocks, and those of them that succeeded.
func requests(r *bench.Run, blocks []int) (sent, succeeded int64) {
	for _, t := range r.Trials {
		if !slices.Contains(blocks, t.Block) {
			continue
		}
		for _, s := range t.Steps {
			sent += s.Requests
			succeeded += s.Requests - s.Failed()
		}
	}
	return sent, succeeded
}

// warn says what was gated and could not be judged, what is not gated and one
// side lacks, and which advisory gates were exceeded.
func (c *Comparison) warn(all []series) {
	for i := range c.Deltas {
		d, s := &c.Deltas[i], &all[i]
		var text string
		switch {
		case s.role == gated && s.unmeasured() && !s.owed():
			text = d.Rule
		case s.role != gated && s.oneSided() != "":
			text = fmt.Sprintf("only %s has %s: %s", s.oneSided(), d.name(), s.leftOut())
		case s.role == advisory && d.Verdict == Regression:
			text = d.reason() + "; its gate is advisory"
		default:
			continue
		}
		c.Warnings = append(c.Warnings, s.where+text)
	}
}

// telling sorts deltas, the most telling first: single steps before the whole
// trial, unless all steps are among them and so none explains anything; then
// by how many times its limit the change is.
func telling(deltas, all []Delta) []Delta {
	explains := len(stepsOf(deltas)) < len(stepsOf(all))
	slices.SortStableFunc(deltas, func(a, b Delta) int {
		if (a.Step == "") != (b.Step == "") {
			if (a.Step != "") == explains {
				return -1
			}
			return 1
		}
		return cmp.Compare(math.Abs(b.Shift)/b.Limit, math.Abs(a.Shift)/a.Limit)
	})
	return deltas
}

// stepsOf returns the steps of gated deltas.
func stepsOf(deltas []Delta) map[[2]string]bool {
	steps := make(map[[2]string]bool)
	for _, d := range deltas {
		if d.Gated && d.Step != "" {
			steps[[2]string{d.Profile, d.Step}] = true
		}
	}
	return steps
}

func (c *Comparison) reasons(deltas []Delta) []string {
	return c.sentences(deltas, (*Delta).reason)
}

func (c *Comparison) rules(deltas []Delta) []string {
	return c.sentences(deltas, func(d *Delta) string { return d.Rule })
}

// sentences names the profile where there is more than one.
func (c *Comparison) sentences(deltas []Delta, say func(*Delta) string) []string {
	several := slices.ContainsFunc(c.Deltas, func(d Delta) bool { return d.Profile != c.Deltas[0].Profile })
	out := make([]string, len(deltas))
	for i := range deltas {
		out[i] = say(&deltas[i])
		if several {
			out[i] = inProfile(deltas[i].Profile) + out[i]
		}
	}
	return out
}
