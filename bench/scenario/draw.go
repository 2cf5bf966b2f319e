package scenario

import (
	"fmt"
	"math/rand/v2"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// A stream keeps draws for different purposes apart.
type stream uint64

const (
	iterationStream stream = iota
	loginStream
	setupStream
	gapStream
	feedStream // and one on from here for every feed
)

// seed makes the user's generator draw the n-th sequence of a stream.
func (u *User) seed(s stream, n uint64) {
	u.pcg.Seed(mix(u.program.seed)+uint64(s), mix(n))
}

// rng returns the user's generator.
func (u *User) rng() *rand.Rand { return rand.New(&u.pcg) }

// Gaps returns a generator for the times at which iterations begin.
func (p *Program) Gaps() *rand.Rand {
	return rand.New(rand.NewPCG(mix(p.seed)+uint64(gapStream), mix(0)))
}

// mix spreads neighbouring numbers over all bits, since sequences of PCG whose
// seeds are close start alike. It is the output function of SplitMix64 (Steele,
// Lea and Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// A feed holds the records of a file as expressions see them.
type feed struct {
	name        string
	random      bool
	ends        bool
	perScenario bool
	records     []map[string]any
}

func newFeed(f profile.Feed) feed {
	out := feed{name: f.Name, random: f.Pick == profile.Random, ends: f.Ends(), perScenario: f.PerScenario}
	for n := range f.Len() {
		record := make(map[string]any, len(f.Columns))
		for i, column := range f.Columns {
			record[column] = f.Value(n, i)
		}
		out.records = append(out.records, record)
	}
	return out
}

// record returns the record of the n-th session or scenario: the n-th one, or a random one.
// It is nil where the records have come to their end.
func (f *feed) record(n uint64, rng *rand.Rand) map[string]any {
	count := uint64(len(f.records))
	switch {
	case f.random:
		return f.records[rng.IntN(len(f.records))]
	case f.ends && n >= count:
		return nil
	}
	return f.records[n%count]
}

// An EndError ends an iteration for which, or for whose session, a feed has no record left.
type EndError struct {
	Feed    string
	Records int
}

func (e *EndError) Error() string {
	return fmt.Sprintf("data %s: all %d records are used: add records, or let them come again by pick: sequential, at_end: recycle", e.Feed, e.Records)
}

// do lets feed stand for the flow of such an iteration.
func (f *feed) do(*User) (Action, error) { return Action{}, &EndError{f.name, len(f.records)} }

// A weighted is a scenario's flow with the sum of all weights up to its own.
type weighted struct {
	upTo float64
	flow []op
}

// draw returns a scenario's flow with a probability in proportion to its weight.
func (p *Program) draw(rng *rand.Rand) []op {
	last := len(p.scenarios) - 1
	x := rng.Float64() * p.scenarios[last].upTo
	for _, s := range p.scenarios[:last] {
		if x < s.upTo {
			return s.flow
		}
	}
	return p.scenarios[last].flow
}
