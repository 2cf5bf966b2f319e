package runner

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/resource"
)

// How often the memory of a service is read in a trial, beside the edges of
// turns: by files, and by the container engine.
const (
	sampling       = 100 * time.Millisecond
	coarseSampling = time.Second
)

// maxParts is of how many containers a trial tells each one's usage. The sums
// are of all.
const maxParts = 32

// A gauge reads what a service uses, and charges it to a trial. Between turns
// it is read by the lane, and all the time by the watch.
type gauge struct {
	reading sync.Mutex      // held while the meter is read, which may take long
	meter   *resource.Meter // nil where nothing can be read

	mu    sync.Mutex // of all below; nobody waits for the meter with it
	first []resource.Sample
	last  []resource.Sample
	usage bench.Usage

	load  time.Duration // of the trial
	done  time.Duration // the part of it that is over
	began time.Time     // the turn that goes on; zero between turns
}

// coarse says that reading takes too long for the edges of turns.
func (g *gauge) coarse() bool { return g.meter != nil && g.meter.Coarse }

// reset starts a trial with so much load.
func (g *gauge) reset(load time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.usage = bench.Usage{Counters: bench.Counters{}, Coarse: g.coarse()}
	g.first, g.load, g.done = g.last, load, 0
	if load > 0 {
		g.usage.MemoryFloors = make([]int64, bench.Floors)
	}
	if g.meter == nil || len(g.meter.Names()) < 2 {
		return
	}
	names := g.meter.Names()
	for _, name := range names[:min(len(names), maxParts)] {
		g.usage.Parts = append(g.usage.Parts, bench.Part{Name: name, Counters: bench.Counters{}})
	}
}

// turn tells when the load of a turn begins and, with a length, that it is over.
func (g *gauge) turn(began time.Time, over time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.began = began
	g.done += over
}

// read charges the trial with what the service used since the last read; skip
// reads and does not charge.
func (g *gauge) read(ctx context.Context) error { return g.look(ctx, g.charge) }
func (g *gauge) skip(ctx context.Context) error { return g.look(ctx, func([]resource.Sample) {}) }

func (g *gauge) look(ctx context.Context, charge func([]resource.Sample)) error {
	if g.meter == nil {
		return nil
	}
	g.reading.Lock()
	defer g.reading.Unlock()
	now, err := g.meter.Read(ctx)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.last != nil {
		charge(now)
	}
	g.remember(now)
	g.last = now
	return nil
}

// readIdle is read for a service that was not loaded since the last read. By the
// times of the reads themselves, however long others took in between, what it
// used and how long it took are of the same span.
func (g *gauge) readIdle(ctx context.Context) error {
	return g.look(ctx, func(now []resource.Sample) {
		before := g.usage.CPU
		g.charge(now)
		g.usage.IdleCPU += g.usage.CPU - before
		g.usage.Idle += now[0].Time.Sub(g.last[0].Time)
	})
}

func (g *gauge) charge(now []resource.Sample) {
	for i, s := range now {
		// A process that ends takes its time along until its parent has waited for it.
		cpu := max(0, s.CPU-g.last[i].CPU)
		g.usage.CPU += cpu
		g.usage.Counters.Add(g.last[i].Counters, s.Counters)
		if i < len(g.usage.Parts) {
			g.usage.Parts[i].CPU += cpu
			g.usage.Parts[i].Counters.Add(g.last[i].Counters, s.Counters)
		}
	}
}

// remember keeps the largest and, part by part of the load, the least memory.
func (g *gauge) remember(now []resource.Sample) {
	var memory, working int64
	for i, s := range now {
		memory += s.Memory
		working += s.WorkingSet
		if i < len(g.usage.Parts) {
			g.usage.Parts[i].PeakMemory = max(g.usage.Parts[i].PeakMemory, s.Memory)
		}
	}
	g.usage.PeakMemory = max(g.usage.PeakMemory, memory)
	g.usage.PeakWorkingSet = max(g.usage.PeakWorkingSet, working)
	if g.load == 0 {
		return
	}
	done := g.done
	if !g.began.IsZero() {
		done += time.Since(g.began)
	}
	floors := g.usage.MemoryFloors
	floor := &floors[min(len(floors)-1, int(int64(len(floors))*int64(done)/int64(g.load)))]
	if *floor == 0 || memory < *floor {
		*floor = memory
	}
}

// watch reads the memory over and over until stop is called. Where it cannot be
// read any more, the next edge says why.
func (g *gauge) watch(ctx context.Context) (stop func()) {
	if g.meter == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	every := sampling
	if g.coarse() {
		every = coarseSampling
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		ticks := time.NewTicker(every)
		defer ticks.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
			}
			if err := g.peek(ctx); err != nil {
				return
			}
		}
	})
	return func() { cancel(); wg.Wait() }
}

func (g *gauge) peek(ctx context.Context) error {
	g.reading.Lock()
	defer g.reading.Unlock()
	now, err := g.meter.Memory(ctx)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.remember(now)
	return nil
}

// result returns what the trial is charged with. Floors are of no use where a
// part of the load has none.
func (g *gauge) result() bench.Usage {
	u := g.usage
	if slices.Contains(u.MemoryFloors, 0) {
		u.MemoryFloors = nil
	}
	return u
}

// oomKills returns how many processes were killed in the trial, also while
// nothing was charged.
func (g *gauge) oomKills() (n int64) {
	for i, s := range g.last {
		n += s.Counters[bench.OOMKills] - g.first[i].Counters[bench.OOMKills]
	}
	return n
}

// spent returns the CPU time that the service used in the trial, charged or not.
func (g *gauge) spent() (cpu time.Duration) {
	for i, s := range g.last {
		cpu += max(0, s.CPU-g.first[i].CPU)
	}
	return cpu
}

func (g *gauge) close() error {
	if g.meter == nil {
		return nil
	}
	return g.meter.Close()
}
