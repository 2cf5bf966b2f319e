package http1

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

// coarse is how late a Go timer may be: Wait polls for the last part of its
// time, for as long.
const coarse = 1500 * time.Microsecond

// Pool is the wire for all systems: a goroutine a slot.
type Pool struct {
	endpoint
	start   time.Time
	workers []*worker // by slot
	results chan Result
	timer   *time.Timer

	ctx     context.Context // until Close
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// NewPool makes a wire to one service; see [NewEpoll].
func NewPool(ctx context.Context, o Options) (*Pool, error) {
	e, err := o.resolve(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Addr, err)
	}
	p := &Pool{
		endpoint: e,
		start:    time.Now(),
		results:  make(chan Result, 256), // workers wait when it is full
		timer:    time.NewTimer(0),
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p, nil
}

// Now returns the time since the wire was made.
func (p *Pool) Now() time.Duration { return time.Since(p.start) }

// Send starts a request; see [Epoll.Send].
func (p *Pool) Send(slot int, r *scenario.Request) {
	for slot >= len(p.workers) {
		p.workers = append(p.workers, nil)
	}
	if p.workers[slot] == nil {
		p.workers[slot] = newWorker(p, slot)
		p.running.Go(p.workers[slot].run)
	}
	w := p.workers[slot]
	w.jobs <- job{invalid: w.begin(r, &p.endpoint), timeout: r.Timeout}
}

// Wait returns results; see [Epoll.Wait].
func (p *Pool) Wait(until time.Duration, into []Result) []Result {
	before := len(into)
	into = p.drain(into)
	sleep := until - p.Now() - coarse
	if len(into) == before && sleep > 0 && !p.spin {
		p.timer.Reset(sleep)
		select {
		case r := <-p.results:
			into = append(into, r)
		case <-p.timer.C:
		}
	}
	for into = p.drain(into); len(into) == before && p.Now() < until; into = p.drain(into) {
		runtime.Gosched()
	}
	return into
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
	for _, w := range p.workers {
		if w != nil {
			close(w.jobs)
			w.interrupt()
		}
	}
	p.running.Wait()
	return nil
}
