package http1

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/sys/unix"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

const (
	// sharedSize is the size of the buffer that answers are read into, and
	// sharedMin what must be left of it for another answer of the same Wait.
	sharedSize = 128 << 10
	sharedMin  = 16 << 10

	// batch is the most events that are fetched, and requests that are sent, at once:
	// enough to make that cheap, since each system call leaves little of perfcheck in
	// the CPU's caches, few enough that what falls due meanwhile is not sent late.
	batch = 64

	never = time.Duration(math.MaxInt64)

	// closing are the events after which nothing more can be sent or read.
	closing = unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR
)

// Epoll is the wire for Linux. While its caller sends and waits, it should be
// locked to its thread ([runtime.LockOSThread]), for the sake of steady times.
//
// Each connection is registered with epoll once, edge-triggered, so that a
// request costs one write and one read, and many share one epoll_wait. Wait
// sleeps on a timer in the same epoll instance (timerfd) rather than with
// epoll_pwait2's time-out, since that one is subject to the thread's timer
// slack (50 µs) and needs Linux 5.11.
type Epoll struct {
	targets []target
	start   time.Time
	now     time.Duration // when the clock was last read
	spin    bool
	epfd    int
	timer   timer // registered with epfd

	conns  []*conn       // by slot
	unsent []int         // slots whose requests are still to be sent
	expiry time.Duration // no request in flight has an earlier deadline
	done   []Result

	events  []unix.EpollEvent
	pending []unix.EpollEvent // the part of events that is not handled yet
	shared  []byte
	used    int // bytes of shared that done refers to
	whole   whole
}

// A target is where every so many slots go.
type target struct {
	Endpoint
	addr unix.Sockaddr
}

// A conn is a slot's connection and the request that it carries.
type conn struct {
	exchange
	fd         int
	generation int32 // tells this connection's events from those of its predecessors
	phase      phase
	sent       time.Duration
	deadline   time.Duration // until the request is sent, its time-out
	last       time.Duration // when its last answer was complete
}

type phase uint8

const (
	unconnected phase = iota // no request, no connection
	idle                     // no request
	connecting               // for a request
	busy                     // with a request
)

// timerSlot marks the timer's events.
const timerSlot = -1

// NewEpoll makes a wire to a service. It sends nothing until Send, except
// where an address is a name with several addresses: then it connects once
// to find the one that answers.
func NewEpoll(ctx context.Context, o Options) (*Epoll, error) {
	if o.TLS != nil {
		return nil, errors.New("the epoll wire does not encrypt: use NewPool")
	}
	endpoints, err := o.Resolve(ctx)
	if err != nil {
		return nil, err
	}
	w := &Epoll{
		start:  time.Now(),
		spin:   o.Spin,
		epfd:   -1,
		timer:  timer{fd: -1},
		expiry: never,
		events: make([]unix.EpollEvent, batch),
		shared: make([]byte, sharedSize),
	}
	for _, e := range endpoints {
		w.targets = append(w.targets, target{e, sockaddr(e.addr)})
	}
	if err := w.open(); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

func (w *Epoll) open() (err error) {
	if w.epfd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("epoll_create: %w", err)
	}
	if err := w.timer.open(); err != nil {
		return err
	}
	return w.register(w.timer.fd, unix.EPOLLIN, timerSlot, 0)
}

func (w *Epoll) register(fd int, events uint32, slot, generation int32) error {
	event := unix.EpollEvent{Events: events | unix.EPOLLET, Fd: slot, Pad: generation}
	if err := unix.EpollCtl(w.epfd, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	return nil
}

// Now returns the time since the wire was made.
func (w *Epoll) Now() time.Duration {
	w.now = time.Since(w.start)
	return w.now
}

// Send starts a request on a slot that has none. It is sent by the next Wait at the
// latest, which reports whatever goes wrong. The request may be changed once Send has
// returned.
func (w *Epoll) Send(slot int, r *scenario.Request) {
	for slot >= len(w.conns) {
		w.conns = append(w.conns, &conn{fd: -1})
	}
	c := w.conns[slot]
	if err := c.begin(r, &w.target(slot).Endpoint); err != nil {
		c.sent = w.Now()
		w.fail(slot, Invalid, err)
		return
	}
	c.deadline = r.Timeout
	if w.unsent = append(w.unsent, slot); len(w.unsent) == batch {
		w.flush()
	}
}

// flush sends what Send was given.
func (w *Epoll) flush() {
	for _, slot := range w.unsent {
		c := w.conns[slot]
		c.sent = w.Now()
		if c.phase == idle && c.sent-c.last > idleTrust {
			if stale(c.fd) {
				w.disconnect(c)
			}
			c.sent = w.Now()
		}
		if c.deadline > 0 {
			c.deadline += c.sent
			w.expiry = min(w.expiry, c.deadline)
		} else {
			c.deadline = never
		}
		if c.phase == unconnected {
			w.connect(slot)
			continue
		}
		c.phase, c.reused = busy, true
		w.write(slot)
	}
	w.unsent = w.unsent[:0]
}

func (w *Epoll) target(slot int) *target { return &w.targets[slot%len(w.targets)] }

// connect opens a connection for the request that the slot has.
func (w *Epoll) connect(slot int) {
	c := w.conns[slot]
	c.reused, c.written = false, 0
	fd, err := dial(w.target(slot).addr)
	if err != nil {
		w.fail(slot, connectKind(err), fmt.Errorf("connect to %s: %w", w.target(slot).Endpoint.addr, err))
		return
	}
	c.fd, c.phase = fd, connecting
	c.generation++
	// Registered after connect: before it, the socket counts as hung up.
	if err := w.register(fd, unix.EPOLLIN|unix.EPOLLOUT|unix.EPOLLRDHUP, int32(slot), c.generation); err != nil {
		w.fail(slot, connectKind(err), err)
	}
}

// write sends as much of the request as the socket takes.
func (w *Epoll) write(slot int) {
	c := w.conns[slot]
	for c.written < len(c.request) {
		n, errno := send(c.fd, c.request[c.written:])
		switch {
		case errno == 0:
			c.written += n
		case errno == unix.EINTR:
		case errno == unix.EAGAIN:
			return // epoll tells when there is room
		case c.retriable():
			c.resend(errno)
			w.disconnect(c)
			w.connect(slot)
			return
		default:
			return // an event follows, and what was read until then may be an answer
		}
	}
}

// Wait returns the results that are there or, when there are none, those that
// come first, but none when the time until has passed before. It appends them
// to into.
func (w *Epoll) Wait(until time.Duration, into []Result) []Result {
	w.used = 0
	w.flush()
	for {
		drained := false
		if len(w.pending) == 0 {
			drained = w.poll(until)
		}
		w.handle()
		if len(w.done) == 0 {
			w.Now()
		}
		// An answer that has come but is not read yet must not time out.
		if w.now >= w.expiry && drained && len(w.pending) == 0 {
			w.expire(w.now)
		}
		if len(w.done) > 0 || w.now >= until {
			break
		}
	}
	if len(into) == 0 { // most often: the slices change hands
		into, w.done = w.done, into
		return into
	}
	into = append(into, w.done...)
	w.done = w.done[:0]
	return into
}

// poll fetches events, and says whether no more are there. It sleeps
// until there are some, or until the time is there, unless there are results already.
func (w *Epoll) poll(until time.Duration) bool {
	until = min(until, w.expiry)
	// At full speed there are some: to look costs less than to tell the Go
	// scheduler of a sleep.
	n, err := pollEvents(w.epfd, w.events)
	if n <= 0 && !w.spin && len(w.done) == 0 && w.Now() < until-w.timer.late {
		w.timer.arm(w.now, until)
		n, err = unix.EpollWait(w.epfd, w.events, -1)
		if n == 1 && w.events[0].Fd == timerSlot {
			w.timer.woke(w.Now())
		}
	}
	if err != nil && err != unix.EINTR {
		panic(fmt.Sprintf("http1: epoll_wait: %v", err)) // after Close
	}
	w.pending = w.events[:max(n, 0)]
	return n < len(w.events)
}

// handle takes up pending events while there is room for answers.
func (w *Epoll) handle() {
	for len(w.pending) > 0 && len(w.shared)-w.used >= sharedMin {
		event := w.pending[0]
		w.pending = w.pending[1:]
		switch {
		case event.Fd == timerSlot:
			w.timer.fired()
		case w.conns[event.Fd].generation == event.Pad:
			w.ready(int(event.Fd), event.Events)
		}
	}
}

// ready takes up what has happened on a slot's connection.
func (w *Epoll) ready(slot int, events uint32) {
	c := w.conns[slot]
	switch c.phase {
	case unconnected:
		return
	case idle:
		// The service hung up, or sent what nobody asked for.
		if events&(unix.EPOLLIN|closing) != 0 {
			w.disconnect(c)
		}
		return
	case connecting:
		errno, err := unix.GetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if err == nil && errno != 0 {
			err = unix.Errno(errno)
		}
		if err != nil {
			w.fail(slot, connectKind(err), fmt.Errorf("connect to %s: %w", w.target(slot).Endpoint.addr, err))
			return
		}
		c.phase = busy
	}
	if events&unix.EPOLLOUT != 0 {
		w.write(slot)
	}
	if events&(unix.EPOLLIN|closing) != 0 {
		w.read(slot, events&closing != 0)
	}
}

// read reads what has come, at least until the answer is complete.
func (w *Epoll) read(slot int, closed bool) {
	c := w.conns[slot]
	for {
		room := c.room(w.shared[w.used:])
		n, errno := recv(c.fd, room, 0)
		now := w.Now()
		switch {
		case errno == unix.EINTR:
			continue
		case errno == unix.EAGAIN:
			return
		case errno != 0:
			w.lost(slot, errno)
			return
		case n == 0:
			w.eof(slot, now)
			return
		}
		answer, kept, err := c.take(room, n, &w.whole)
		if err != nil {
			w.fail(slot, exchangeKind(err, true), err)
			return
		}
		if answer != nil {
			if !c.partial {
				w.used += n // it was read there
			}
			// A full read may have left something behind that nobody asked for.
			w.finish(slot, now, answer, kept, !closed && n < len(room))
			return
		}
		if n < len(room) && !closed {
			return // drained: epoll tells when there is more
		}
	}
}

// finish reports a complete answer, whose bytes are kept.
func (w *Epoll) finish(slot int, now time.Duration, a *answer, kept []byte, clean bool) {
	c := w.conns[slot]
	w.done = append(w.done, Result{Slot: slot, Sent: c.sent, Done: now, Resent: c.resent()})
	a.respond(&w.done[len(w.done)-1].Response, kept)
	if !c.reusable() || !clean && stale(c.fd) {
		w.disconnect(c)
		return
	}
	c.phase, c.last = idle, now
}

func (w *Epoll) eof(slot int, now time.Duration) {
	if answer, kept := w.conns[slot].eof(); answer != nil {
		w.finish(slot, now, answer, kept, true)
		return
	}
	w.lost(slot, errClosed)
}

// lost is called when the connection ended before its answer.
func (w *Epoll) lost(slot int, err error) {
	c := w.conns[slot]
	if c.retriable() {
		c.resend(err)
		w.disconnect(c)
		w.connect(slot)
		return
	}
	w.fail(slot, exchangeKind(err, c.begun), err)
}

// fail reports a request without a complete answer. Unless nothing of it was
// sent, its connection cannot be used again.
func (w *Epoll) fail(slot int, kind Kind, err error) {
	c := w.conns[slot]
	if kind != Invalid {
		w.disconnect(c)
	}
	w.done = append(w.done, Result{Slot: slot, Sent: c.sent, Done: w.Now(), Kind: kind, Err: err, Resent: c.resent()})
}

// expire fails what has no answer by its deadline, and finds the next one.
// It looks at all slots, but only when a deadline may have passed.
func (w *Epoll) expire(now time.Duration) {
	w.expiry = never
	for slot, c := range w.conns {
		switch {
		case c.phase < connecting:
		case now < c.deadline:
			w.expiry = min(w.expiry, c.deadline)
		case c.phase == connecting:
			w.fail(slot, ConnectTimeout, fmt.Errorf("connect to %s: %w of %v", w.target(slot).Endpoint.addr, errTimeout, c.deadline-c.sent))
		default:
			w.fail(slot, Timeout, fmt.Errorf("%w of %v", errTimeout, c.deadline-c.sent))
		}
	}
}

func (w *Epoll) disconnect(c *conn) {
	if c.fd >= 0 {
		unix.Close(c.fd)
	}
	c.fd, c.phase = -1, unconnected
	c.generation++
}

// Close closes all connections. Requests in flight get no result.
func (w *Epoll) Close() error {
	for _, c := range w.conns {
		w.disconnect(c)
	}
	var errs []error
	for _, fd := range []*int{&w.epfd, &w.timer.fd} {
		if *fd >= 0 {
			errs = append(errs, unix.Close(*fd))
		}
		*fd = -1
	}
	return errors.Join(errs...)
}
