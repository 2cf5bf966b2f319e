// Package scenario compiles a profile's steps and runs them as virtual users:
// state machines that say what to send and judge what came back, and do no I/O
// and read no clock themselves, so that any engine can drive them.
package scenario

import "time"

// A Request is what a virtual user wants to be sent.
type Request struct {
	Step    int // index into Program.Steps; -1 for a request that is not measured (setup, login)
	Name    string
	Method  string
	Path    string // with query, starts with /
	Header  []Field
	Body    []byte
	Timeout time.Duration
}

// A Field is one header line.
type Field struct{ Name, Value string }

// A Response is a complete answer to a Request. Its bytes belong to the engine
// and are valid only during the call that they are passed to.
type Response struct {
	Status int
	Header []byte // the raw header lines, each ending in CRLF
	Body   []byte // decoded from chunks
}

// An Action is what a virtual user does next: exactly one of its fields is set.
type Action struct {
	Request *Request // valid until the user's next call of Next
	Think   time.Duration
	End     bool // the scenario is over
}
