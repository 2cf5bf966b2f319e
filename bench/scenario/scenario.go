// Package scenario compiles a profile's steps and runs them as virtual users:
// state machines that say what to send and judge what came back, and do no I/O
// and read no clock themselves, so that any engine can drive them.
package scenario

import (
	"net/http"
	"time"
)

// A Request is what a virtual user wants to be sent.
type Request struct {
	Step    int // index into Program.Steps, or -1 for a request that is not measured (login, setup)
	Method  string
	Path    string // with query, starts with /
	Header  []Field
	Body    []byte
	Timeout time.Duration
}

// A Field is one header line.
type Field struct{ Name, Value string }

// A Response is a complete answer to a Request.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// An Action is what a virtual user does next: exactly one of its fields is set.
type Action struct {
	Request *Request
	Think   time.Duration
	End     bool // the scenario is over
}
