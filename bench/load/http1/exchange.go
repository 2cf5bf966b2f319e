package http1

import (
	"slices"
	"time"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

const (
	// minRead is the least room that is made for a read.
	minRead = 4 << 10
	// maxKept is the largest buffer that a slot keeps from one request to the next.
	maxKept = 1 << 20
	// idleTrust is how long an idle connection is taken to be alive without a
	// look, which costs a system call.
	idleTrust = 10 * time.Millisecond
)

// An exchange is a request and what has come of its answer. Both wires have
// one a slot and use it for one request after the other.
type exchange struct {
	to         *Endpoint
	request    []byte // own, or shared with other exchanges
	own        []byte
	fixed      *scenario.Request // that request is; nil where it is own
	written    int               // bytes of request
	toHead     bool
	idempotent bool
	reused     bool // the connection has carried a request before

	begun   bool   // a byte of the answer has come
	partial bool   // extra has what has come of it; else it came in one read
	last    bool   // the connection carries no other request after it
	extra   *extra // nil until it is needed
}

// An extra is what only some exchanges come to need.
type extra struct {
	answer        // the beginning of one
	kept   []byte // its bytes
	resent error  // see Result
}

// more returns x's extra.
func (x *exchange) more() *extra {
	if x.extra == nil {
		x.extra = new(extra)
	}
	return x.extra
}

// begin prepares a new exchange. The error wraps errInvalid.
func (x *exchange) begin(r *scenario.Request, e *Endpoint) (err error) {
	switch {
	case !r.Fixed:
		x.own, err = appendRequest(reuse(x.own), r, e.host, e.once)
		x.request, x.fixed = x.own, nil
	case x.fixed != r || x.to != e: // than the one before
		x.fixed = r
		if x.request, err = e.fixed(r); err != nil {
			x.fixed = nil
		}
	}
	x.to, x.toHead, x.idempotent = e, r.Method == "HEAD", Idempotent(r.Method)
	x.written = 0
	x.begun, x.partial, x.last = false, false, false
	if x.extra != nil {
		x.extra.kept, x.extra.resent = reuse(x.extra.kept), nil
	}
	return err
}

func reuse(b []byte) []byte {
	if cap(b) > maxKept {
		return nil
	}
	return b[:0]
}

// retriable says whether the request may be sent again on a new connection,
// since the old one died. It is true once at most: what follows is not reused.
func (x *exchange) retriable() bool {
	return x.reused && !x.begun && (x.idempotent || x.written == 0)
}

// resend notes how the connection ended, unless it had before it took anything.
func (x *exchange) resend(err error) {
	if x.written > 0 {
		x.more().resent = err
	}
}

// resent returns what Result says of it.
func (x *exchange) resent() error {
	if x.extra == nil {
		return nil
	}
	return x.extra.resent
}

// reusable says whether the connection can carry another request after this one.
func (x *exchange) reusable() bool {
	return !x.to.once && !x.last && x.written == len(x.request)
}

// room returns where to read the next bytes of the answer to. While there are
// none yet that is shared, if it is not empty, so that an answer which comes in
// one read is never copied.
func (x *exchange) room(shared []byte) []byte {
	if !x.partial && len(shared) > 0 {
		return shared
	}
	m := x.more()
	m.kept = slices.Grow(m.kept, max(minRead, len(m.kept)))
	return m.kept[len(m.kept):cap(m.kept)]
}

// take parses the n bytes that were read into room. It returns the answer when
// it is complete, with its bytes, which are in room or in x; else nil.
func (x *exchange) take(room []byte, n int, w *whole) (complete *answer, kept []byte, err error) {
	x.begun = true
	a, buf, done := &w.answer, room[:n], false
	if x.partial {
		a, buf = &x.extra.answer, x.extra.kept[:len(x.extra.kept)+n]
		buf, done, err = a.parse(buf)
	} else {
		buf, done, err = w.parse(buf, x.toHead, x.to.maxBody)
	}
	switch {
	case err != nil:
		return nil, nil, err
	case done:
		x.last = a.close
		return a, buf, nil
	case x.partial:
		x.extra.kept = buf
		return nil, nil, nil
	}
	m := x.more()
	x.partial = true
	m.answer = *a
	m.kept = append(m.kept[:0], buf...)
	return nil, nil, nil
}

// eof returns the answer that the end of the connection completes, with its bytes;
// nil where it does not.
func (x *exchange) eof() (complete *answer, kept []byte) {
	if !x.partial || !x.extra.eof() {
		return nil, nil
	}
	x.last = true
	return &x.extra.answer, x.extra.kept
}
