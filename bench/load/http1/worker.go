package http1

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

// A worker carries out the requests of one slot. Its exchange belongs to
// Send until the job is sent, and to run until the result is.
type worker struct {
	exchange
	pool *Pool
	slot int
	jobs chan job

	tls *tls.Config // its own, for its sessions; nil where the pool does not encrypt

	mu   sync.Mutex // guards conn against Close
	conn net.Conn
	last time.Duration // when something was read from conn
}

type job struct {
	invalid error
	timeout time.Duration
}

func newWorker(p *Pool, slot int) *worker {
	w := &worker{pool: p, slot: slot, jobs: make(chan job, 1)}
	if p.tls != nil {
		w.tls = p.tls.Clone()
		w.tls.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	}
	return w
}

func (w *worker) run() {
	for j := range w.jobs {
		now := w.pool.Now()
		r := Result{Slot: w.slot, Sent: now, Done: now, Kind: Invalid, Err: j.invalid}
		if j.invalid == nil {
			r = w.do(j.timeout)
		}
		select {
		case w.pool.results <- r:
		case <-w.pool.ctx.Done():
		}
	}
	w.disconnect()
}

// do carries out one request, on a second connection when the first was dead.
func (w *worker) do(timeout time.Duration) Result {
	if w.conn != nil && w.pool.Now()-w.last > idleTrust && staleConn(w.conn) {
		w.disconnect()
	}
	r := Result{Slot: w.slot, Sent: w.pool.Now()}
	var deadline time.Time
	if timeout > 0 {
		deadline = w.pool.start.Add(r.Sent + timeout)
	}
	for {
		w.reused = w.conn != nil
		if !w.reused {
			if r.Kind, r.Err = w.connect(deadline); r.Err != nil {
				break
			}
		}
		var err error
		if r.Response, err = w.roundTrip(deadline); err == nil {
			r.Done = w.last
			return r
		}
		retry := w.retriable() && !errors.Is(err, errTimeout)
		w.disconnect()
		if !retry {
			r.Kind, r.Err = exchangeKind(err, w.begun), err
			break
		}
	}
	if errors.Is(r.Err, errTimeout) {
		r.Err = fmt.Errorf("%w of %v", r.Err, timeout)
	}
	r.Done = w.pool.Now()
	return r
}

// connect opens a connection for the request that begins.
func (w *worker) connect(deadline time.Time) (Kind, error) {
	w.written = 0
	d := net.Dialer{Deadline: deadline, KeepAlive: -1}
	conn, err := d.DialContext(w.pool.ctx, "tcp", w.pool.addr.String())
	if err == nil {
		err = w.own(conn)
	}
	if err != nil {
		err = plain(err)
		return connectKind(err), fmt.Errorf("connect to %s: %w", w.pool.addr, err)
	}
	if w.tls == nil {
		return "", nil
	}
	if err := w.shakeHands(deadline); err != nil {
		w.disconnect()
		err = plain(err)
		return handshakeKind(err), fmt.Errorf("TLS with %s: %w", w.pool.addr, err)
	}
	return "", nil
}

// own keeps a connection where Close finds it.
func (w *worker) own(conn net.Conn) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.pool.ctx.Err(); err != nil { // Close came first
		conn.Close()
		return err
	}
	w.conn = conn
	return nil
}

// shakeHands encrypts the new connection.
func (w *worker) shakeHands(deadline time.Time) error {
	if err := w.conn.SetDeadline(deadline); err != nil {
		return err
	}
	conn := tls.Client(w.conn, w.tls)
	if err := conn.Handshake(); err != nil {
		return err
	}
	return w.own(conn)
}

// roundTrip writes the request and reads its answer. It leaves a connection
// that can be used again, or none.
func (w *worker) roundTrip(deadline time.Time) (scenario.Response, error) {
	if err := w.conn.SetDeadline(deadline); err != nil {
		return scenario.Response{}, err
	}
	n, writeErr := w.conn.Write(w.request)
	w.written = n
	if writeErr != nil && (w.retriable() || errors.Is(writeErr, os.ErrDeadlineExceeded)) {
		return scenario.Response{}, plain(writeErr)
	}
	// A service may refuse a request before it has read all of it.
	response, clean, err := w.read()
	if err != nil {
		return response, err
	}
	if !clean || !w.reusable() {
		w.disconnect()
	}
	return response, nil
}

// read reads the answer. The connection is clean when nothing follows it.
func (w *worker) read() (response scenario.Response, clean bool, err error) {
	for {
		room := w.room(nil)
		n, err := w.conn.Read(room)
		w.last = w.pool.Now()
		if n > 0 {
			response, done, err := w.take(room, n)
			if done || err != nil {
				return response, n < len(room) || !staleConn(w.conn), err
			}
		}
		if errors.Is(err, io.EOF) {
			if response, done := w.eof(); done {
				return response, false, nil
			}
			return response, false, errClosed
		}
		if err != nil {
			return response, false, plain(err)
		}
	}
}

func (w *worker) disconnect() {
	if w.conn == nil {
		return
	}
	w.mu.Lock()
	underneath(w.conn).Close()
	w.conn = nil
	w.mu.Unlock()
}

// interrupt ends what the worker waits for.
func (w *worker) interrupt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		underneath(w.conn).Close()
	}
}

// underneath returns the connection that c encrypts, or c. TLS would end with
// some last words, for which a service that does not read could keep us waiting.
func underneath(c net.Conn) net.Conn {
	if encrypted, ok := c.(*tls.Conn); ok {
		return encrypted.NetConn()
	}
	return c
}

// plain strips an error of package net down to its cause, and makes errTimeout
// of a passed deadline.
func plain(err error) error {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return errTimeout
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	return err
}

// staleConn is [stale] for a connection of package net. What TLS itself has to
// say comes with the handshake or with an answer.
func staleConn(c net.Conn) bool {
	raw, err := underneath(c).(syscall.Conn).SyscallConn()
	if err != nil {
		return true
	}
	dead := false
	err = raw.Control(func(fd uintptr) { dead = stale(int(fd)) })
	return dead || err != nil
}
