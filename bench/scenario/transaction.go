package scenario

import (
	"slices"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// A Transaction is a group of steps, or a scenario, that a user has done to its
// end, or failed in.
type Transaction struct {
	Index int // into Program.Transactions

	// Latency is the sum of the latencies of its requests, Service that of their
	// service times. Both count the pauses of a loop that waits for the service;
	// think times are the user's, and do not count.
	Latency, Service time.Duration

	Requests int   // successful ones
	Err      error // of the step that failed, with its name

	forgotten bool // see Forget
}

// A nest is what a user is in, the innermost last.
type nest struct {
	open  []Transaction
	ended []Transaction // see Ended
	loops []progress
	clock time.Duration // what all its requests and pauses took, from some moment on
}

// inside returns the user's nest.
func (u *User) inside() *nest {
	if u.nest == nil {
		u.nest = new(nest)
	}
	return u.nest
}

// Ended returns the transactions that ended in the last call of Next, or in the
// failure before it. They are valid until the next one.
func (u *User) Ended() []Transaction {
	if u.nest == nil || len(u.ended) == 0 {
		return nil
	}
	ended := u.ended
	u.ended = u.ended[:0]
	return ended
}

// spend adds to the transactions that the user is in.
func (u *User) spend(latency, service time.Duration, requests int) {
	for i := range u.open {
		t := &u.open[i]
		t.Latency += latency
		t.Service += service
		t.Requests += requests
	}
}

// Forget keeps the transactions that the user is in out of Ended.
func (u *User) Forget() {
	if u.nest == nil {
		return
	}
	for i := range u.open {
		u.open[i].forgotten = true
	}
}

// abandon ends the transactions that the user is in.
func (u *User) abandon(why error) {
	if u.nest == nil {
		return
	}
	for _, t := range slices.Backward(u.open) {
		t.Err = why
		u.tell(t)
	}
	u.open = u.open[:0]
}

// tell hands a transaction that ended to whoever asks.
func (u *User) tell(t Transaction) {
	if !t.forgotten {
		u.ended = append(u.ended, t)
	}
}

// A begin begins a transaction.
type begin struct{ transaction int }

func (b begin) do(u *User) (Action, error) {
	n := u.inside()
	n.open = append(n.open, Transaction{Index: b.transaction})
	return Action{}, nil
}

// An end ends the transaction that was begun last. One in which nothing was
// requested, since its conditions did not hold, did not take place.
type end struct{}

func (end) do(u *User) (Action, error) {
	last := len(u.open) - 1
	if t := u.open[last]; t.Requests > 0 {
		u.tell(t)
	}
	u.open = u.open[:last]
	return Action{}, nil
}

func (f *flow) transaction(at string, s profile.Step) {
	if !f.measured {
		f.bad(at+".transaction", "only scenarios are timed: list the steps without it")
	}
	f.timed(s.Transaction, func() { f.steps(at+".steps", s.Steps) })
}

// timed makes a transaction of what body compiles.
func (f *flow) timed(name string, body func()) {
	f.add(begin{slices.Index(f.program.transactions, name)})
	body()
	f.add(end{})
}
