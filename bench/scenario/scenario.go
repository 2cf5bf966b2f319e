// Package scenario compiles a profile's steps and runs them as virtual users:
// state machines that say what to send and judge what came back, and do no I/O
// and read no clock themselves, so that any engine can drive them.
//
// An engine drives a [User] like this:
//
//	user := program.User(n)
//	for iteration := … {
//		user.Begin(iteration)
//		for {
//			action := user.Next()
//			// End: leave the loop; Think: wait;
//			// Request: send it, then user.Accept(answer) or user.Fail(kind, why)
//		}
//	}
//
// A user acts for one session, or takes turns: see [User.Become].
//
// # Templates
//
// A template is text with expressions in it, as in /products/${id}. The
// expressions are those of github.com/expr-lang/expr, without a clock. They
// see the feeds of the profile by name (accounts.user, a string where the file is
// CSV), what setup and login captured or set, and what earlier steps of the same
// scenario did; what is captured under a condition is known under that condition
// only, so a variable always has a value where it can be used. $${ stands for a
// plain ${.
//
// Beside expr's own functions there are
//
//	randint(a, b)   a whole number from a to b, both included
//	uniform(a, b)   a number from a up to b
//	round(x, n)     x rounded to n decimals; n may be left out
//	uuid()          a random UUID
//
// What a value becomes depends on where it stands. In a path it is escaped, so
// that it stays within its segment or, after the question mark, within its
// query value; in a form it is escaped likewise. A path that begins with it takes
// it for a link. A JSON string that is wholly one expression takes the value's own
// type; in all other places a value must be a string, number or boolean.
//
// # Draws
//
// Everything random is drawn from the profile's seed: the records of a session
// and what its login draws also from the session's number, all else also from the
// iteration's. The same seed means the same requests, whatever the timing.
package scenario

import (
	"fmt"
	"time"
)

// A Request is what a virtual user wants to be sent. It belongs to the user
// and must not be changed.
type Request struct {
	Step    int // index into Program.Steps; -1 for a request that is not measured (setup, login)
	Name    string
	Method  string
	Path    string  // with query, starts with /
	Header  []Field // without those that belong to the connection, Host and Content-Length
	Body    []byte
	Timeout time.Duration
	Fixed   bool // the step has no expressions: whenever it is at this address, it is this request
}

// A Field is one header line.
type Field struct{ Name, Value string }

// A Response is a complete answer to a Request. Its bytes belong to the engine
// and are valid only during the call that they are passed to.
type Response struct {
	Status int
	Header []byte        // the raw header lines, each ending in CRLF
	Body   []byte        // decoded from chunks
	Time   time.Duration // the latency, from when the request was due

	Service time.Duration // from when it was sent
}

// An Action is what a virtual user does next: it sends Request, or thinks. Where
// there is neither, its scenario is over. It is small enough to be passed in registers.
type Action struct {
	Request *Request // valid until the user's next call of Next
	Think   time.Duration

	// Err says why the scenario ended early: a request could not be made from the
	// values at hand, as a division by zero cannot, or a loop came to its bound,
	// which is a [LimitError].
	Err error
}

// End says whether the scenario is over.
func (a Action) End() bool { return a.Request == nil && a.Think == 0 }

// A StatusError is what [User.Accept] returns for a status that the step does
// not expect.
type StatusError struct {
	Got  int
	Want string // the codes that are accepted, in words
	Body string // how the answer begins, quoted; empty where it has no body
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("status %d, want %s", e.Got, e.Want)
	if e.Body != "" {
		text += ": " + e.Body
	}
	return text
}

// A SlowError is what [User.Accept] returns for an answer that took longer than
// the step allows.
type SlowError struct{ Took, Limit time.Duration }

func (e *SlowError) Error() string {
	return fmt.Sprintf("time %v, want < %v", e.Took.Round(time.Microsecond), e.Limit)
}
