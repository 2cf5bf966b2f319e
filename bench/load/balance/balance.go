// Package balance spreads the requests of a wire over several targets, as the
// balancer in front of a scaled service does.
package balance

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// A Wire sends each request to one of its targets. Each of its slots has a
// slot on the wire below for every target, and so its own connection to each.
type Wire struct {
	http1.Wire
	targets int
	choose  chooser
}

// A chooser says which target is next. It hears of all that is sent and of all
// that comes of it.
type chooser interface {
	next() int
	done(target int, a answer)
}

// An answer is what a chooser hears of a request: when it ended, by the wire's
// clock, how long after it was sent, and whether it failed.
type answer struct {
	at, took time.Duration
	failed   bool
}

// New spreads what is sent over the targets of w, whose slot s goes to target s
// modulo their number. What is random follows from the seed.
func New(w http1.Wire, targets int, by profile.Balance, seed uint64) *Wire {
	return &Wire{Wire: w, targets: targets, choose: newChooser(targets, by, seed)}
}

// Send starts a request on a slot; see [http1.Wire].
func (w *Wire) Send(slot int, r *scenario.Request) {
	w.Wire.Send(slot*w.targets+w.choose.next(), r)
}

// Wait returns results, each with its target; see [http1.Wire].
func (w *Wire) Wait(until time.Duration, into []http1.Result) []http1.Result {
	before := len(into)
	into = w.Wire.Wait(until, into)
	for i := before; i < len(into); i++ {
		r := &into[i]
		r.Slot, r.Target = r.Slot/w.targets, r.Slot%w.targets
		w.choose.done(r.Target, answer{r.Done, r.Done - r.Sent, r.Err != nil || r.Response.Status >= 500})
	}
	return into
}

func newChooser(targets int, by profile.Balance, seed uint64) chooser {
	switch by.Way {
	case profile.Random:
		return &drawn{targets, rand.New(rand.NewPCG(seed, 0))}
	case profile.LeastConnections:
		return &least{inFlight: make([]int, targets)}
	case profile.Fastest:
		return &fastest{least: least{inFlight: make([]int, targets)}, average: make([]float64, targets), aged: make([]time.Duration, targets)}
	}
	weights := by.Weights
	if len(weights) == 0 {
		weights = make([]int, targets)
		for i := range weights {
			weights[i] = 1
		}
	}
	return &turns{weights, make([]int, targets)}
}

// turns gives each target its share, as evenly in time as it can be: nginx's
// smooth weighted round-robin.
type turns struct {
	weights []int
	credit  []int
}

func (t *turns) next() int {
	best, sum := 0, 0
	for i, w := range t.weights {
		t.credit[i] += w
		sum += w
		if t.credit[i] > t.credit[best] {
			best = i
		}
	}
	t.credit[best] -= sum
	return best
}

func (*turns) done(int, answer) {}

// drawn gives all targets the same chance.
type drawn struct {
	targets int
	rng     *rand.Rand
}

func (d *drawn) next() int { return d.rng.IntN(d.targets) }

func (*drawn) done(int, answer) {}

// least takes the target with the fewest requests in flight, in turns among
// those that have as few.
type least struct {
	inFlight []int
	last     int
}

func (l *least) next() int {
	return l.lowest(func(target int) float64 { return float64(l.inFlight[target]) })
}

// lowest takes the target for which cost is lowest, in turns where several are.
func (l *least) lowest(cost func(target int) float64) int {
	n := len(l.inFlight)
	best := (l.last + 1) % n
	for i := 2; i <= n; i++ {
		if t := (l.last + i) % n; cost(t) < cost(best) {
			best = t
		}
	}
	l.last = best
	l.inFlight[best]++
	return best
}

func (l *least) done(target int, _ answer) { l.inFlight[target]-- }

// fastest takes the target that would have the answer first, if each went on as
// it did lately: its average latency times the requests it would have in flight.
// The average of an idle target decays, so that one which was slow or failed is
// tried again after a while, as with Finagle's peak EWMA
// (twitter/finagle, loadbalancer/PeakEwma.scala). Unlike there, that of a target
// with requests in flight stays: one which hangs is not to look better for it.
type fastest struct {
	least
	average []float64       // moving, in seconds; 0 until the first answer
	aged    []time.Duration // until when the average has decayed
	now     time.Duration   // of the last answer
}

const (
	// memory is the weight of the past in the moving average.
	memory = 0.9
	// penalty is what a failure counts at least, so that a target does not draw
	// the load by failing fast.
	penalty = time.Second
	// decay is the time in which the average of an idle target falls to 1/e. One
	// failure among answers of a millisecond raises it a hundredfold, so that it is
	// tried again after 5 s. Finagle has 10 s, for services that run for days and not
	// for a trial.
	decay = time.Second
)

func (f *fastest) next() int {
	f.age()
	best := f.best()
	return f.lowest(func(target int) float64 {
		average := f.average[target]
		if average == 0 { // nothing is known of it, which is not to draw all the load
			average = best
		}
		return average * float64(f.inFlight[target]+1)
	})
}

// age lets the averages of idle targets decay until now.
func (f *fastest) age() {
	for target, n := range f.inFlight {
		if n == 0 {
			f.average[target] *= math.Exp(-(f.now - f.aged[target]).Seconds() / decay.Seconds())
			f.aged[target] = f.now
		}
	}
}

// best returns the lowest average that is known, in seconds; 1 where none is.
func (f *fastest) best() float64 {
	best := 0.0
	for _, average := range f.average {
		if average > 0 && (best == 0 || average < best) {
			best = average
		}
	}
	if best == 0 {
		return 1
	}
	return best
}

func (f *fastest) done(target int, a answer) {
	f.least.done(target, a)
	f.now = max(f.now, a.at)
	f.aged[target] = f.now
	took := a.took
	if a.failed {
		took = max(took, penalty)
	}
	now, past := took.Seconds(), f.average[target]
	if past == 0 {
		past = now
	}
	f.average[target] = memory*past + (1-memory)*now
}
