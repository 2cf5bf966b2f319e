package compare

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// blockSet sorts the blocks of all pairs of a comparison. A block counts only
// as a whole: where one trial of it is invalid, none of it is judged, since
// what disturbed that one may have disturbed the others.
type blockSet struct {
	measured []int    // by all runs, ascending
	valid    []int    // the part of them that may be judged
	invalid  []string // for each trial that spoils a block, why
	died     []int    // blocks in which a head's service died and base's did not
	spared   []int    // blocks in which a base's service died and head's did not

	elapsed time.Duration // of all measurements, see elapsed
}

// judgeable says which blocks of a run may be judged: by [bench.Run.Valid] those that are valid
// by themselves, by [blockSet.of] those that are so in all runs.
type judgeable func(*bench.Run) []int

func (set *blockSet) of(*bench.Run) []int { return set.valid }

func blocksOf(pairs []Pair) blockSet {
	var set blockSet
	runs := make([]map[int]*bench.Trial, 0, 2*len(pairs))
	for _, p := range pairs {
		runs = append(runs, trialsByBlock(p.Base), trialsByBlock(p.Head))
	}
	for block := range runs[0] {
		if !slices.ContainsFunc(runs, func(r map[int]*bench.Trial) bool { return r[block] == nil }) {
			set.measured = append(set.measured, block)
		}
	}
	slices.Sort(set.measured)
	for _, block := range set.measured {
		set.sort(pairs, runs, block)
	}
	set.elapsed = elapsed(pairs, runs, set.measured)
	return set
}

// sort puts one measured block where it belongs; runs are base and head of
// each pair in turn.
func (set *blockSet) sort(pairs []Pair, runs []map[int]*bench.Trial, block int) {
	valid, died, spared := true, false, false
	for i := range pairs {
		base, head := runs[2*i][block], runs[2*i+1][block]
		died = died || head.Died && !base.Died
		spared = spared || base.Died && !head.Died
		arms := []struct {
			side  bench.Side
			trial *bench.Trial
		}{{bench.Base, base}, {bench.Head, head}}
		if head.Died && !base.Died {
			slices.Reverse(arms) // that base's trial was lost with it tells less
		}
		for _, arm := range arms {
			valid = valid && len(arm.trial.Invalid) == 0
			set.invalid = append(set.invalid, notJudged(where(pairs, pairs[i]), arm.side, arm.trial)...)
		}
	}
	if valid {
		set.valid = append(set.valid, block)
	}
	if died {
		set.died = append(set.died, block)
	}
	if spared {
		set.spared = append(set.spared, block)
	}
}

// where names a pair's profile before what is said of it, if there are several.
func where(pairs []Pair, p Pair) string {
	if len(pairs) == 1 {
		return ""
	}
	return inProfile(p.Base.Profile)
}

func inProfile(name string) string { return "profile " + name + ": " }

// notJudged says why a trial is not judged, where it is not.
func notJudged(where string, side bench.Side, t *bench.Trial) (reasons []string) {
	for _, why := range t.Invalid {
		reasons = append(reasons, fmt.Sprintf("%sblock %d is not judged: %s: %s", where, t.Block, side, why))
	}
	return reasons
}

// addOnce appends those texts that are not there yet.
func addOnce(all []string, texts ...string) []string {
	for _, text := range texts {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

func trialsByBlock(r *bench.Run) map[int]*bench.Trial {
	trials := make(map[int]*bench.Trial, len(r.Trials))
	for i := range r.Trials {
		trials[r.Trials[i].Block] = &r.Trials[i]
	}
	return trials
}

// elapsed is how long the blocks took from the start of the first to the end of the
// last, in sum over measurements: profiles may have been measured one after the other.
// The last block counts as long as the mean of those before it. Of a single one
// only the time under load is known, which is a part of it: then it is 0.
func elapsed(pairs []Pair, runs []map[int]*bench.Trial, blocks []int) (sum time.Duration) {
	n := len(blocks)
	if n < 2 {
		return 0
	}
	type span struct{ first, last time.Time } // of the starts
	spans := make(map[int64]span)             // by the start of a measurement, which its runs share
	for i, r := range runs {
		measurement := pairs[i/2].Base.Started.UnixMilli()
		first, last := r[blocks[0]].Started, r[blocks[n-1]].Started
		s, known := spans[measurement]
		if !known || first.Before(s.first) {
			s.first = first
		}
		if !known || last.Before(s.last) {
			s.last = last
		}
		spans[measurement] = s
	}
	for _, s := range spans {
		sum += s.last.Sub(s.first)
	}
	return sum * time.Duration(n) / time.Duration(n-1)
}

// perValid returns the wall time that one valid block takes, the invalid ones
// between them included; 0 where it is unknown.
func (set *blockSet) perValid() time.Duration {
	if len(set.valid) == 0 {
		return 0
	}
	return set.elapsed / time.Duration(len(set.valid))
}

// spoiled says whether more than a quarter of the blocks are invalid.
func (set *blockSet) spoiled() bool { return spoiled(len(set.measured), len(set.valid)) }

func spoiled(measured, valid int) bool { return 4*(measured-valid) > measured }

func (set *blockSet) verdict() string {
	return fmt.Sprintf("%d of %s are invalid, more than a quarter: %s", len(set.measured)-len(set.valid), bench.Count(len(set.measured), "block"), set.invalid[0])
}

// headDies says whether head's service died too often for it to be an accident,
// which decides without a look.
func (set *blockSet) headDies() bool { return len(set.died) >= deaths && len(set.spared) == 0 }

// warnings names the invalid blocks, and deaths of base's service.
func (set *blockSet) warnings() []string {
	out := slices.Clone(set.invalid)
	if len(set.spared) > 0 {
		out = append(out, fmt.Sprintf("base's service died in %s (%s) where head's did not", bench.Count(len(set.spared), "block"), list(set.spared)))
	}
	return out
}

// trialWarnings returns what trials warn of, each once, with the number of
// blocks that say so.
func trialWarnings(pairs []Pair) (out []string) {
	blocks := make(map[string]int)
	for _, p := range pairs {
		for side, run := range p.sides() {
			for _, t := range run.Trials {
				for _, w := range t.Warnings {
					text := fmt.Sprintf("%s%s: %s", where(pairs, p), side, w)
					out = addOnce(out, text)
					blocks[text]++
				}
			}
		}
	}
	for i, text := range out {
		out[i] = fmt.Sprintf("%s (%s)", text, bench.Count(blocks[text], "block"))
	}
	return out
}

// list names blocks: "1, 4, 7".
func list(blocks []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(blocks), " ", ", "), "[]")
}
