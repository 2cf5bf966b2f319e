package http1

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

// A Carrier carries out the requests of one slot of a [Pool], one after the other.
type Carrier interface {
	// Begin takes a request, of which it keeps nothing that may change. Its
	// error says why the request cannot be sent.
	Begin(r *scenario.Request) error
	// Do sends what Begin took and returns what came of it. It is called in a
	// goroutine that the slot has for itself.
	Do() Result
	// Interrupt ends Do, the current call and all later ones, and leaves no
	// connection open.
	Interrupt()
}

// Pool is the wire for all systems: a goroutine a slot.
type Pool struct {
	start   time.Time
	spin    bool
	carrier func(p *Pool, slot int) Carrier
	slots   []*slot
	results chan Result
	alarm   *alarm
	armed   time.Duration // when alarm rings or rang

	ctx     context.Context // until Close
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// A slot's carrier belongs to Send until begun is sent, and to run until the
// result is.
type slot struct {
	Carrier
	begun chan error
}

// NewPool makes a wire to a service; see [NewEpoll].
func NewPool(ctx context.Context, o Options) (*Pool, error) {
	to, err := o.Resolve(ctx)
	if err != nil {
		return nil, err
	}
	return NewPoolOf(func(p *Pool, slot int) Carrier { return newWorker(p, &to[slot%len(to)]) }, o.Spin)
}

// NewPoolOf makes a wire that asks for a carrier when a slot is first used.
func NewPoolOf(carrier func(p *Pool, slot int) Carrier, spin bool) (*Pool, error) {
	alarm, err := newAlarm()
	if err != nil {
		return nil, err
	}
	p := &Pool{
		start:   time.Now(),
		spin:    spin,
		carrier: carrier,
		results: make(chan Result, 256), // carriers wait when it is full
		alarm:   alarm,
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.running.Go(alarm.run)
	return p, nil
}

// Now returns the time since the wire was made.
func (p *Pool) Now() time.Duration { return time.Since(p.start) }

// At returns the moment of a time of the wire.
func (p *Pool) At(t time.Duration) time.Time { return p.start.Add(t) }

// Context returns a context that ends with Close, before any Interrupt.
func (p *Pool) Context() context.Context { return p.ctx }

// Send starts a request; see [Epoll.Send].
func (p *Pool) Send(number int, r *scenario.Request) {
	for number >= len(p.slots) {
		p.slots = append(p.slots, nil)
	}
	s := p.slots[number]
	if s == nil {
		s = &slot{p.carrier(p, number), make(chan error, 1)}
		p.slots[number] = s
		p.running.Go(func() { p.run(number, s) })
	}
	s.begun <- s.Begin(r)
}

func (p *Pool) run(number int, s *slot) {
	for invalid := range s.begun {
		now := p.Now()
		r := Result{Sent: now, Done: now, Kind: Invalid, Err: invalid}
		if invalid == nil {
			r = s.Do()
		}
		r.Slot = number
		select {
		case p.results <- r:
		case <-p.ctx.Done():
		}
	}
}

// Wait returns results; see [Epoll.Wait].
func (p *Pool) Wait(until time.Duration, into []Result) []Result {
	before := len(into)
	for into = p.drain(into); len(into) == before && p.Now() < until; into = p.drain(into) {
		if p.spin {
			runtime.Gosched()
			continue
		}
		p.arm(until)
		select {
		case r := <-p.results:
			into = append(into, r)
		case <-p.alarm.rung:
		}
	}
	return into
}

// arm makes sure that the alarm rings at until at the latest. One that is set for an
// earlier time stays: to wake up once too often is cheaper than to set it for every Wait.
func (p *Pool) arm(until time.Duration) {
	now := p.Now()
	if now < p.armed && p.armed <= until {
		return
	}
	p.alarm.set(max(until-now, 1))
	p.armed = until
}

func (p *Pool) drain(into []Result) []Result {
	for {
		select {
		case r := <-p.results:
			into = append(into, r)
		default:
			return into
		}
	}
}

// Close closes all connections. Requests in flight get no result.
func (p *Pool) Close() error {
	if p.ctx.Err() != nil {
		return nil
	}
	p.cancel()
	for _, s := range p.slots {
		if s != nil {
			close(s.begun)
			s.Interrupt()
		}
	}
	err := p.alarm.close()
	p.running.Wait()
	return err
}
