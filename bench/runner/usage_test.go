package runner

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/resource"
)

// An engineFake answers for containers as the engine does; each answer is of
// 1 ms more CPU, and of as much memory as is next.
type engineFake struct {
	answers atomic.Int64
	memory  []int64
}

func (e *engineFake) stats(context.Context) ([]byte, error) {
	n := e.answers.Add(1)
	memory := e.memory[min(int(n)-1, len(e.memory)-1)]
	return fmt.Appendf(nil, `{"cpu_stats":{"cpu_usage":{"total_usage":%d}},"memory_stats":{"usage":%d,"stats":{"anon":%d}}}`,
		n*int64(time.Millisecond), memory+1, memory), nil
}

// What the engine says is charged as what the files say is: from the first read
// to the last, in sum and for each container.
func TestGauge(t *testing.T) {
	api, db := &engineFake{memory: []int64{50, 10, 30}}, &engineFake{memory: []int64{500, 100, 300, 200}}
	g := gauge{meter: resource.Engine([]resource.Container{{Name: "api", Stats: api.stats}, {Name: "db", Stats: db.stats}})}
	g.reset(0)
	read := func(read func(context.Context) error) {
		t.Helper()
		if err := read(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	read(g.read) // what came before the trial is not its own
	g.reset(2 * time.Second)
	read(g.read)
	read(g.peek)
	g.turn(time.Time{}, time.Second)
	read(g.skip)
	read(g.read)
	got := g.result()
	want := bench.Usage{
		CPU: 4 * time.Millisecond, PeakMemory: 330, PeakWorkingSet: 332, Coarse: true, // two reads of two containers
		Counters: got.Counters,
		Parts: []bench.Part{
			{Name: "api", CPU: 2 * time.Millisecond, PeakMemory: 30, Counters: got.Parts[0].Counters},
			{Name: "db", CPU: 2 * time.Millisecond, PeakMemory: 300, Counters: got.Parts[1].Counters},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if _, ok := got.Counters[bench.DiskRead]; !ok || got.Counters[bench.Throttled] != 0 {
		t.Errorf("counters: %v", got.Counters)
	}
}

// The least memory of each eighth of the load is kept, whichever turns it takes.
func TestFloors(t *testing.T) {
	e := &engineFake{memory: []int64{900, 80, 70, 75, 60, 65, 50, 55, 40, 45, 30, 35, 20, 25, 10, 15}}
	g := gauge{meter: resource.Engine([]resource.Container{{Stats: e.stats}})}
	g.reset(800 * time.Millisecond)
	for range 2 * bench.Floors {
		if err := g.peek(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.turn(time.Time{}, 50*time.Millisecond)
	}
	if got, want := g.result().MemoryFloors, []int64{80, 70, 60, 50, 40, 30, 20, 10}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	g.reset(800 * time.Millisecond)
	if err := g.peek(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := g.result().MemoryFloors; got != nil {
		t.Errorf("of one part %v are known", got)
	}
}

// A turn does not wait for an engine that is slow to tell the memory.
func TestTurnsDoNotWait(t *testing.T) {
	asked, answer := make(chan bool), make(chan bool)
	g := gauge{meter: resource.Engine([]resource.Container{{Stats: func(ctx context.Context) ([]byte, error) {
		asked <- true
		<-answer
		return (&engineFake{memory: []int64{1}}).stats(ctx)
	}}})}
	g.reset(time.Second)
	peeked, turned := make(chan error), make(chan bool)
	go func() { peeked <- g.peek(t.Context()) }()
	<-asked
	go func() { g.turn(time.Now(), 0); close(turned) }()
	select {
	case <-turned:
	case <-time.After(10 * time.Second):
		t.Error("the turn waits for the engine")
	}
	close(answer)
	if err := <-peeked; err != nil {
		t.Error(err)
	}
}

// The watch sees what the edges of turns do not, and ends with its trial.
func TestWatch(t *testing.T) {
	e := &engineFake{memory: []int64{10}}
	g := gauge{meter: resource.Engine([]resource.Container{{Stats: e.stats}})}
	g.meter.Coarse = false // it is quick
	g.reset(time.Hour)
	stop := g.watch(t.Context())
	for e.answers.Load() < 3 {
		time.Sleep(time.Millisecond)
	}
	stop()
	answers := e.answers.Load()
	if got := g.result().PeakMemory; got != 10 {
		t.Errorf("the peak is %d", got)
	}
	if e.answers.Load() != answers {
		t.Error("it goes on")
	}
	(&gauge{}).watch(t.Context())() // nothing can be read
}
