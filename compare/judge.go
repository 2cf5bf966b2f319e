package compare

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare/stats"
)

// Options say how a comparison is judged.
type Options struct {
	Final bool      // no more blocks will come
	Now   time.Time // becomes Comparison.Created
	// Usual are the calibrations, by profile, that the noise of runs measured
	// side by side is held against; they must be of this machine and service.
	Usual map[string]*Calibration
	// Accepted are wanted slowdowns, of whatever profiles. One holds until the
	// end of its last day by Now, the time of judging: by the time of head's
	// commit, which its author sets, it would never have to be asked for again.
	Accepted []bench.Acceptance
}

// Judge compares the runs of each pair, all pairs jointly: block i of one is
// exchanged together with block i of the others. It gives the same answer for
// the same runs: what it draws, it draws from the first base run's seed.
//
// It may be called after every block, and does little where no look is [Due].
// Runs that were not measured interleaved are decided by what earlier sessions
// differ from each other ([Pair].History), which sees less by far.
// The error is about pairs that make no comparison at all: missing runs, runs
// of different profiles, a history unlike base, gates on unknown metrics or
// without a sound threshold.
func Judge(pairs []Pair, o Options) (*Comparison, error) {
	if err := check(pairs); err != nil {
		return nil, err
	}
	if err := checkAccepted(o.Accepted, pairs); err != nil {
		return nil, err
	}
	c := describe(pairs, o)
	if reasons := incomparable(pairs); len(reasons) > 0 {
		c.decide(Invalid, reasons...)
	} else if c.Apart {
		c.judgeApart(pairs, o)
	} else {
		c.judgePaired(pairs, o)
	}
	c.tellAccepted(pairs, o)
	if c.Decided {
		c.tellLoad(pairs)
	}
	return c, nil
}

// judgePaired compares runs that were measured side by side.
func (c *Comparison) judgePaired(pairs []Pair, o Options) {
	set := blocksOf(pairs)
	c.Blocks, c.Invalid, c.Elapsed = len(set.valid), len(set.measured)-len(set.valid), set.elapsed
	last := o.Final || len(set.valid) >= MaxBlocks
	if !last && !Due(len(set.valid)) && !set.headDies() {
		c.wait(fmt.Sprintf("%s measured, the next look is at %d", bench.Count(len(set.valid), "valid block"), NextLook(len(set.valid))))
		return
	}
	all := collect(pairs, set.of)
	c.Warnings = append(set.warnings(), trialWarnings(pairs)...)
	e := c.examination(set)
	c.weighBoth(all, o, func(all []series) ([]Delta, []string) { return examine(all, e) }, func() { c.conclude(pairs, all, set, last) })
	c.Warnings = append(c.Warnings, c.noise(o.Usual)...)
}

// weighBoth examines all series and concludes from what that yields, and where
// accepted slowdowns raise limits does both once more.
func (c *Comparison) weighBoth(all []series, o Options, examine func([]series) ([]Delta, []string), conclude func()) {
	deltas, warnings := examine(all)
	c.Deltas, c.Warnings = deltas, append(c.Warnings, warnings...)
	if c.Blocks > 0 {
		c.warn(all)
	}
	conclude()
	if raised := o.raise(all); raised != nil {
		deltas, _ = examine(raised)
		c.accept(deltas, conclude)
	}
}

// check finds pairs that make no comparison.
func check(pairs []Pair) error {
	if len(pairs) == 0 {
		return fmt.Errorf("compare: no pair of runs")
	}
	seen := make(map[string]bool)
	for _, p := range pairs {
		switch {
		case p.Base == nil || p.Head == nil:
			return fmt.Errorf("compare: a pair lacks a run")
		case p.Base == p.Head || p.Base.ID != "" && p.Base.ID == p.Head.ID:
			return fmt.Errorf("compare: run %s stands on both sides", p.Base.ID)
		case p.Base.Profile != p.Head.Profile:
			return fmt.Errorf("compare: base ran profile %s and head %s", p.Base.Profile, p.Head.Profile)
		case seen[p.Base.Profile]:
			return fmt.Errorf("compare: two pairs of profile %s", p.Base.Profile)
		}
		seen[p.Base.Profile] = true
		for _, r := range p.History {
			if d := differences(p.Base, r); len(d) > 0 {
				return fmt.Errorf("compare: earlier run %s was not measured as base was: %s", r.ID, d[0])
			}
		}
		for _, g := range p.Gates {
			if _, err := p.metric(g.Metric); err != nil {
				return fmt.Errorf("compare: profile %s: gate: %w", p.Base.Profile, err)
			}
			if !sound(g.Threshold) || !sound(g.AtLeast) {
				return fmt.Errorf("compare: profile %s: gate %s: threshold %v, at least %v: want numbers from 0", p.Base.Profile, g.Key, g.Threshold, g.AtLeast)
			}
		}
	}
	return nil
}

// sound says whether v can limit anything; NaN cannot.
func sound(v float64) bool { return v >= 0 && !math.IsInf(v, 1) }

// describe begins a comparison with what is known before any block.
func describe(pairs []Pair, o Options) *Comparison {
	base, head := pairs[0].Base, pairs[0].Head
	c := &Comparison{
		Schema: Schema, ID: base.Pairing, Created: o.Now,
		Base: base.Subject, Head: head.Subject, Host: head.Host, Service: head.Service, Seed: base.Seed,
		Confidence: confidence, Apart: !paired(pairs),
	}
	if c.Apart {
		// A part of a run's id must not stand for the comparison.
		c.ID = "apart-" + base.ID + ".." + head.ID
	}
	if c.Base.Tree != "" && c.Base.Tree == c.Head.Tree {
		c.Notes = append(c.Notes, "base and head have the same files (A/A): what differs here is noise")
	}
	for _, p := range pairs {
		c.Notes = addOnce(c.Notes, slices.Concat(p.Base.Notes, p.Head.Notes)...)
	}
	return c
}

// incomparable says what keeps runs from being compared at all.
func incomparable(pairs []Pair) (reasons []string) {
	for _, p := range pairs {
		if p.Digest != "" && p.Base.Digest == p.Head.Digest && p.Digest != p.Base.Digest {
			reasons = append(reasons, fmt.Sprintf("base and head were measured before profile %s changed: its digest was %s and is %s; measure both again", p.Base.Profile, p.Base.Digest, p.Digest))
		}
		for _, d := range differences(p.Base, p.Head) {
			reasons = addOnce(reasons, "base and head were not measured alike: "+d)
		}
	}
	return reasons
}

// differences names what two runs have not in common of how they were measured.
func differences(a, b *bench.Run) []string {
	out := a.Host.Differences(b.Host)
	differ := func(what, of, other string) {
		if of != other {
			out = append(out, fmt.Sprintf("%s: %s and %s", what, of, other))
		}
	}
	differ("digest of profile "+a.Profile, a.Digest, b.Digest)
	differ("way of running the service", a.Service, b.Service)
	differ("way of measuring", way(a), way(b))
	differ("what alternates", a.Interleave, b.Interleave)
	return out
}

// way is how a run was measured. Side by side, what the service used in the
// other one's turns counts too ([bench.Usage]).
func way(r *bench.Run) string {
	if r.Pairing == "" {
		return "alone"
	}
	return "side by side"
}

func paired(pairs []Pair) bool {
	for _, p := range pairs {
		if p.Base.Pairing == "" || p.Base.Pairing != p.Head.Pairing {
			return false
		}
	}
	return true
}

// examination prepares a look at the blocks there are.
func (c *Comparison) examination(set blockSet) examination {
	e := examination{blocks: len(set.valid), level: levelAt(len(set.valid)), perBlock: set.perValid()}
	if e.level > 0 {
		e.exchanges = stats.NewExchanges(e.blocks, c.Seed)
		c.Level, c.Exchanges, c.Sampled = e.level, e.exchanges.Count(), e.exchanges.Sampled()
	}
	return e
}
