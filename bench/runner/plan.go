// Package runner measures: it starts the services afresh for every block,
// alternates the load between them, and makes a trial an arm of each block.
package runner

import (
	"math/rand/v2"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/service"
)

// A Plan says what to measure, and for how long.
type Plan struct {
	Profiles []profile.Profile
	Arms     []Arm // one alone, or base and head
	Host     bench.Host
	Mode     service.Mode
	Seed     uint64        // of the order in which the arms take turns
	Budget   time.Duration // from the first block; no block starts that would probably end after it
	Blocks   int           // valid ones that are wanted; 0 is no limit
	Notes    []string      // circumstances to keep with the runs

	// Earlier are incomplete runs to go on with, of the same profiles and arms;
	// nil starts new ones.
	Earlier []*bench.Run
}

// An Arm is one subject with its built service.
type Arm struct {
	Side    bench.Side
	Subject bench.Subject
	Service *service.Service
}

// name is how messages call the arm.
func (a Arm) name() string {
	if a.Side == "" {
		return "the service"
	}
	return string(a.Side)
}

// The bounds of an automatic slice, and its length in units of the warm-up's
// 99th percentile: long enough for queues to form, with draining a small part.
const (
	minSlice    = 25 * time.Millisecond
	maxSlice    = 2 * time.Second
	slicesOfP99 = 5
)

// minSlices is the least number of turns of an arm in a sliced trial.
const minSlices = 8

// turns returns the order in which n arms take their turns in a block: rounds
// of each arm once, every round in an order drawn from the seed.
func turns(seed uint64, block, rounds, n int) []int {
	rng := rand.New(rand.NewPCG(seed, uint64(block)))
	order := make([]int, 0, rounds*n)
	for range rounds {
		order = append(order, rng.Perm(n)...)
	}
	return order
}

// startStream keeps the draws of the order of starts apart from those of turns.
func startStream(block int) int { return ^block }

// ShortestBlock returns the least that a block of all profiles can take with so
// many arms: the floor of each warm-up and the trials, without starts, set-up
// and what a service needs to become steady.
func ShortestBlock(profiles []profile.Profile, arms int) time.Duration {
	var load time.Duration
	for i := range profiles {
		load += profiles[i].Warmup.Min + shortestTrial(&profiles[i], arms)
	}
	return load * time.Duration(arms)
}

// shortestTrial returns the least of the ways in which p's arms may take turns.
func shortestTrial(p *profile.Profile, arms int) time.Duration {
	slice, rounds := sliced(p, 0)
	trial, alone := slice*time.Duration(rounds), window+p.Trial
	switch {
	case arms > 1 && rounds == 1:
		return alone
	case arms > 1 && p.Interleave == profile.Auto:
		return min(trial, alone)
	}
	return trial
}

// sliced returns the length of a turn and the number of rounds of p's trials,
// given the 99th percentile of the latency in the warm-up.
func sliced(p *profile.Profile, p99 time.Duration) (slice time.Duration, rounds int) {
	if p.Interleave == profile.Trials || phased(p) {
		return p.Trial, 1
	}
	slice = p.Slice
	if slice == 0 {
		slice = min(max(slicesOfP99*p99, minSlice), maxSlice).Round(time.Millisecond)
	}
	return slice, roundsOf(p.Trial, slice)
}

// phased says whether whole trials alternate since the load has stages: what
// one of them leaves behind meets the next one, and not the other arm's turn.
func phased(p *profile.Profile) bool {
	return p.Interleave == profile.Auto && len(p.Arrival.Stages) > 0
}

// roundsOf returns how many turns of that length a sliced trial takes.
func roundsOf(trial, slice time.Duration) int { return max(minSlices, int((trial+slice-1)/slice)) }
