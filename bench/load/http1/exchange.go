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
	request    []byte // own, or shared with other exchanges
	own        []byte
	written    int // bytes of request
	idempotent bool
	once       bool // the connection carries no other request
	reused     bool // the connection has carried a request before

	answer answer
	kept   []byte // what has come of the answer, unless it came in one read
	begun  bool   // a byte of the answer has come
	resent error  // see Result
}

// begin prepares a new exchange. The error wraps errInvalid.
func (x *exchange) begin(r *scenario.Request, e *Endpoint) (err error) {
	if r.Fixed {
		x.request, err = e.fixed(r)
	} else {
		x.own, err = appendRequest(reuse(x.own), r, e.host, e.once)
		x.request = x.own
	}
	x.idempotent = Idempotent(r.Method)
	x.once = e.once
	x.written = 0
	x.kept = reuse(x.kept)
	x.begun = false
	x.resent = nil
	x.answer.reset(r.Method == "HEAD", e.maxBody)
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
		x.resent = err
	}
}

// reusable says whether the connection can carry another request after this one.
func (x *exchange) reusable() bool {
	return !x.once && !x.answer.close && x.written == len(x.request)
}

// room returns where to read the next bytes of the answer to. While there are
// none yet that is shared, if it is not empty, so that an answer which comes in
// one read is never copied.
func (x *exchange) room(shared []byte) []byte {
	if len(x.kept) == 0 && len(shared) > 0 {
		return shared
	}
	x.kept = slices.Grow(x.kept, max(minRead, len(x.kept)))
	return x.kept[len(x.kept):cap(x.kept)]
}

// take parses the n bytes that were read into room. It returns the answer when
// it is complete; its bytes are in room or in x.
func (x *exchange) take(room []byte, n int) (response scenario.Response, done bool, err error) {
	x.begun = true
	buf := room[:n]
	if len(x.kept) > 0 {
		buf = x.kept[:len(x.kept)+n]
	}
	buf, done, err = x.answer.parse(buf)
	switch {
	case err != nil:
		return response, false, err
	case done:
		return x.answer.response(buf), true, nil
	}
	x.kept = append(x.kept[:0], buf...)
	return response, false, nil
}

// eof returns the answer that the end of the connection completes, if it does.
func (x *exchange) eof() (response scenario.Response, done bool) {
	if !x.answer.eof() {
		return response, false
	}
	return x.answer.response(x.kept), true
}
