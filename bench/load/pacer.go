package load

import (
	"math/rand/v2"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// A pacer says when the arrivals of an open model fall due, and which users of
// a closed one are at work. Both are functions of the shape, of the seed, and of
// the number of the arrival or user alone: what the service does, or when
// perfcheck looks, changes nothing.
type pacer struct {
	open   bool
	shape  shape
	origin time.Duration // arm time at which the shape begins
	gaps   *rand.Rand    // nil: arrivals are even
	before float64       // the next arrival's place: how many even ones come before it, since origin
	due    time.Duration // arm time of the next arrival; never in a closed model
}

// newPacer returns the pacer of an arm that is warming up, at arm time 0.
func newPacer(p *scenario.Program, a profile.Arrival) pacer {
	out := pacer{open: a.Open(), due: never}
	if a.Spacing == profile.Poisson {
		out.gaps = p.Gaps()
	}
	out.begin(flat(a.Steady()), 0)
	return out
}

// begin lets the pacer follow a shape from an arm time on.
func (p *pacer) begin(s shape, origin time.Duration) {
	p.shape, p.origin, p.before = s, origin, 0
	if p.gaps != nil {
		p.before = p.gaps.ExpFloat64()
	}
	if p.open {
		p.settle()
	}
}

// wanted returns the arm time, now or later, from which a user of a closed
// model is at work: user n is where the level is above n.
func (p *pacer) wanted(n int, now time.Duration) time.Duration {
	return p.arm(p.shape.above(float64(n), now-p.origin))
}

// advance goes on to the next arrival. Gaps of a Poisson process are
// exponential where its rate is 1; the shape stretches them to its own rate.
func (p *pacer) advance() {
	gap := 1.0
	if p.gaps != nil {
		gap = p.gaps.ExpFloat64()
	}
	p.before += gap
	p.settle()
}

func (p *pacer) settle() {
	p.due = p.arm(p.shape.reached(p.before))
}

// arm returns the arm time of a time since origin.
func (p *pacer) arm(since time.Duration) time.Duration {
	if since >= never-p.origin {
		return never
	}
	return p.origin + since
}
