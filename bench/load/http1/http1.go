// Package http1 is the wire of the load engine: it sends requests over
// keep-alive HTTP/1.1 connections, one connection a slot, and times the answers.
//
// There are two wires with the same behaviour. [Epoll] serves all slots from
// the one thread that calls it, without a goroutine or an allocation a
// request; it needs Linux. [Pool] has a goroutine a slot, runs everywhere, and
// speaks TLS. [New] makes the better one for what is asked.
//
// A [Wire] has one caller at a time, which alternates between Send and Wait:
//
//   - Now returns the time since the wire was made; all its times are on this clock.
//   - Send starts a request on a slot. Slots are small numbers, counted from 0,
//     and a slot has one request at a time.
//   - Wait returns answers and failures, exactly one for every request sent.
//   - Close closes all connections. Nothing else may be called after it.
//
// # Time
//
// Sent is read just before the first byte is written or, where a connection
// must be opened, before that: a service that accepts or shakes hands slowly is
// a slow service. Done is read just after the read that completed the answer.
//
// # Connections
//
// A slot keeps its connection, unless asked not to, until the service closes it
// or a request fails.
// Services close idle connections, and that is no failure of the next request:
// it goes out on a new one. Where the service closes while the request is
// under way, before any byte of an answer, the request is sent once more on
// a new connection if its method is idempotent or nothing of it was
// written (RFC 9110 section 9.2.2, RFC 9112 section 9.3.1), else it fails as
// [Reset]. Where something was written, the result tells.
package http1

import (
	"crypto/tls"
	"time"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

// DefaultMaxBody is the longest body that is taken where [Options] name no other.
const DefaultMaxBody = 16 << 20

// MaxHead is the most bytes that an answer's status line, header lines and
// trailers may take together, those of interim (1xx) answers included.
const MaxHead = 64 << 10

// Options say where requests go.
type Options struct {
	Addrs   []string // host:port of each target; slot s goes to number s modulo their number
	Host    string   // Host field of requests that bring none; the target's address where empty
	MaxBody int      // most bytes of a decoded body; 0 is DefaultMaxBody
	// TLS is how to encrypt; nil is not at all. Each slot resumes its own sessions.
	TLS *tls.Config
	// NoKeepAlive opens a connection for each request, and says so to the service.
	NoKeepAlive bool
	// Spin makes Wait poll instead of sleep: it returns within microseconds
	// of its time and uses a whole core.
	Spin bool
}

// A Wire sends requests and returns what came of them; see the package.
type Wire interface {
	Now() time.Duration
	Send(slot int, r *scenario.Request)
	Wait(until time.Duration, into []Result) []Result
	Close() error
}

// A Result is what came of one request.
type Result struct {
	Slot       int
	Target     int // which of several answered, or did not; see package balance
	Sent, Done time.Duration
	// Response is the complete answer, where Err is nil. Its bytes are valid
	// until the next Wait, or the next Send on this slot.
	Response scenario.Response
	Err      error // why there is no complete answer
	Kind     Kind  // of Err; empty where Err is nil
	// Resent says how a connection ended that had taken the request, which was
	// sent again; nil where it was sent once.
	Resent error
}
