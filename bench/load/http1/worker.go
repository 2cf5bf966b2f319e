package http1

import (
	"context"
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

// atOnce is how much of a request a connection takes before the service reads any.
const atOnce = 64 << 10

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// A worker carries out the requests of one slot of a [Pool] over HTTP/1.1.
type worker struct {
	exchange
	*Endpoint
	pool    *Pool
	tls     *tls.Config // its own, for its sessions; nil where it does not encrypt
	timeout time.Duration
	whole   whole
	next    [1]byte // what follows an answer, if anything does

	mu   sync.Mutex // guards conn against Interrupt
	conn net.Conn
	last time.Duration // when something was read from conn
	over bool          // Interrupt was called
}

func newWorker(p *Pool, e *Endpoint) *worker {
	return &worker{pool: p, Endpoint: e, tls: e.Session()}
}

// Begin takes a request; see [Carrier].
func (w *worker) Begin(r *scenario.Request) error {
	w.timeout = r.Timeout
	return w.begin(r, w.Endpoint)
}

// Do carries out one request, on a second connection when the first was dead.
func (w *worker) Do() Result {
	if w.conn != nil && w.pool.Now()-w.last > idleTrust && staleConn(w.conn) {
		w.disconnect()
	}
	r := Result{Sent: w.pool.Now()}
	var deadline time.Time
	if w.timeout > 0 {
		deadline = w.pool.At(r.Sent + w.timeout)
	}
	for {
		w.reused = w.conn != nil
		if !w.reused {
			if r.Kind, r.Err = w.connect(deadline); r.Err != nil {
				break
			}
		}
		err := w.roundTrip(deadline, &r.Response)
		if err == nil {
			r.Done, r.Resent = w.last, w.resent()
			return r
		}
		retry := w.retriable() && !errors.Is(err, errTimeout)
		w.disconnect()
		if !retry {
			r.Kind, r.Err = exchangeKind(err, w.begun), err
			break
		}
		w.resend(err)
	}
	if errors.Is(r.Err, errTimeout) {
		r.Err = fmt.Errorf("%w of %v", r.Err, w.timeout)
	}
	r.Done, r.Resent = w.pool.Now(), w.resent()
	return r
}

// connect opens a connection for the request that begins.
func (w *worker) connect(deadline time.Time) (Kind, error) {
	w.written = 0
	ctx := w.pool.ctx
	if !deadline.IsZero() {
		bounded, cancel := context.WithDeadline(ctx, deadline)
		defer cancel()
		ctx = bounded
	}
	conn, kind, err := w.Dial(ctx, w.tls)
	if err != nil {
		return kind, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		conn.Close()
		return Unreachable, net.ErrClosed
	}
	w.conn = conn
	return "", nil
}

// roundTrip writes the request and reads its answer. It leaves a connection
// that can be used again, or none.
func (w *worker) roundTrip(deadline time.Time, into *scenario.Response) error {
	if err := w.conn.SetDeadline(deadline); err != nil {
		return err
	}
	end, err := w.write()
	if err != nil && (w.retriable() || errors.Is(err, os.ErrDeadlineExceeded)) {
		return plain(err)
	}
	// A service may refuse a request before it has read all of it.
	clean, err := w.read(into)
	end()
	if err != nil {
		return err
	}
	if !clean || !w.reusable() {
		w.disconnect()
	}
	return nil
}

// write writes the request. A large one it writes while the answer is read, until
// end is called: a service may answer before it reads on, or not read on at all.
func (w *worker) write() (end func(), err error) {
	conn := w.conn
	if len(w.request) <= atOnce {
		w.written, err = conn.Write(w.request)
		return func() {}, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.written, _ = conn.Write(w.request) // where that fails, reading does
	}()
	return func() {
		conn.SetWriteDeadline(longAgo)
		<-ended
	}, nil
}

// read reads the answer. The connection is clean when nothing follows it.
func (w *worker) read(into *scenario.Response) (clean bool, err error) {
	for {
		room := w.room(nil)
		n, err := w.conn.Read(room)
		w.last = w.pool.Now()
		if n > 0 {
			answer, kept, err := w.take(room, n, &w.whole)
			if err != nil {
				return false, err
			}
			if answer != nil {
				answer.respond(into, kept)
				return !w.follows(n == len(room)), nil
			}
		}
		if errors.Is(err, io.EOF) {
			if answer, kept := w.eof(); answer != nil {
				answer.respond(into, kept)
				return false, nil
			}
			return false, errClosed
		}
		if err != nil {
			return false, plain(err)
		}
	}
}

// follows says whether more has come than the answer that was just read. TLS returns
// one record at a time, whatever it has read with it.
func (w *worker) follows(full bool) bool {
	if full && staleConn(w.conn) {
		return true
	}
	c, encrypted := w.conn.(*tls.Conn)
	if !encrypted {
		return false
	}
	c.SetReadDeadline(longAgo) // it reads nothing further
	_, err := c.Read(w.next[:])
	return !errors.Is(err, os.ErrDeadlineExceeded)
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

// Interrupt ends what the worker waits for; see [Carrier].
func (w *worker) Interrupt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
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
