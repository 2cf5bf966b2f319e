package load

import (
	"container/heap"
	"context"
	"runtime"
	"time"

	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// A Wire sends requests, one at a time for each slot, and collects the answers.
// All times are on its own clock.
type Wire interface {
	Now() time.Duration
	Send(slot int, r *scenario.Request)
	Wait(until time.Duration, into []http1.Result) []http1.Result
}

// An Arm drives the load of one program on one service.
type Arm struct {
	program *scenario.Program
	arrival profile.Arrival
	wire    Wire
	targets []string // of the wire, where there are several

	keeper  *scenario.User // runs setup and teardown
	users   []*user
	idle    []*user // free users of an open model, the last used on top
	pending wakeups // users that go on at an arm time
	pacer   pacer

	// Of an open model:
	queue    queue     // arrivals that fell due and got no user yet
	served   uint64    // arrivals that got one so far
	sessions []session // that arrivals take in turn; nil where nobody logs in
	held     int       // users that wait for the service without a request of their own: for a session's login, or to ask again

	clock    time.Duration // arm time at the end of the last slice
	slice    slice
	inFlight int
	results  []http1.Result

	rec Recording
}

// ended is what users do who did all of their scenario.
var ended = new(scenario.Action)

// A slice is the running turn: arm time from..to began at wire time began.
type slice struct {
	from, to time.Duration
	began    time.Duration
}

// wire returns the wire time of an arm time.
func (s slice) wire(arm time.Duration) time.Duration { return s.began + arm - s.from }

// arm returns the arm time of a wire time: the clock stands at the slice's end.
func (s slice) arm(wire time.Duration) time.Duration {
	return min(s.from+wire-s.began, s.to)
}

// A user is a virtual user and its slot on the wire.
type user struct {
	*scenario.User
	slot      int
	iteration uint64           // number of its scenario
	due       time.Duration    // arm time at which it goes on
	intended  time.Duration    // wire time at which its request was due, unless prompt
	spent     time.Duration    // on what came before its request in the same step: attempts, their pauses, redirects
	served    time.Duration    // service times of those redirects
	ready     time.Duration    // wire time from which it could go on
	ahead     *scenario.Action // what it does when it goes on, where it was asked before; nil: it was not
	as        *session         // whom it acts for, in an open model with a login
	step      int              // of the request that is in flight
	parked    bool             // in a closed model: not at work until due
	held      bool             // in a pause before it asks again
	prompt    bool             // its request was due when it was sent: an answer led to it, and no pause
}

// New returns an arm at arm time 0 that has sent nothing yet.
func New(p *scenario.Program, a profile.Arrival, w Wire) *Arm {
	arm := &Arm{program: p, arrival: a, wire: w, pacer: newPacer(p, a)}
	arm.rec.reset(p, 0)
	if a.Open() {
		arm.idle = make([]*user, 0, a.Limit())
	}
	if a.Open() && p.HasLogin() {
		arm.sessions = newSessions(p, a.LoggedIn())
	}
	users := a.PeakUsers()
	for range users {
		u := arm.addUser()
		// Nothing is begun yet: it goes on to iteration number slot.
		u.iteration = uint64(u.slot) - uint64(users)
		heap.Push(&arm.pending, u)
	}
	return arm
}

// Begin ends the warm-up: what was recorded is forgotten, as are the transactions
// that began in it, and stages begin.
func (a *Arm) Begin() {
	a.Take()
	for _, u := range a.users {
		u.Forget()
	}
	if len(a.arrival.Stages) == 0 {
		return
	}
	a.pacer.begin(staged(a.arrival.Stages), a.clock)
	for _, u := range a.pending {
		if u.parked {
			u.due = a.pacer.wanted(u.slot, a.clock)
		}
	}
	heap.Init(&a.pending)
}

// Slice loads the service for a length of arm time, then waits for the answers
// that are still missing, each at most as long as its time-out. It returns
// early, with ctx's error, only when ctx is done.
func (a *Arm) Slice(ctx context.Context, length time.Duration) error {
	runtime.LockOSThread() // the wire sleeps in system calls
	defer runtime.UnlockOSThread()

	a.slice = slice{from: a.clock, to: a.clock + length, began: a.wire.Now()}
	for now := a.clock; now < a.slice.to; {
		a.release(now)
		now = a.collect(a.slice.wire(a.nextDue()))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	// Only now: in a slice's first moments even the users that a slow service
	// kept until the last one ended have their answers.
	a.rec.Crowded = a.rec.Crowded || a.Waiting() > 0 && 2*(a.inFlight+a.held) < a.arrival.Limit()
	a.clock = a.slice.to
	a.fallDue(a.clock - 1) // what is due at the end itself is the next slice's
	for a.inFlight > 0 {
		a.collect(a.wire.Now() + 100*time.Millisecond)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	a.rec.Slices++
	a.rec.Load += length
	a.rec.Busy += a.wire.Now() - a.slice.began
	return nil
}

// release starts everything that is due at arm time now.
func (a *Arm) release(now time.Duration) {
	for len(a.pending) > 0 && a.pending[0].due <= now {
		u := heap.Pop(&a.pending).(*user)
		if u.held {
			u.held = false
			a.held--
		}
		u.ready = a.slice.wire(u.due)
		u.prompt = false
		a.advance(u, u.due)
	}
	a.fallDue(now)
	a.admit()
}

// advance takes a user to its next action, which is due at an arm time.
func (a *Arm) advance(u *user, due time.Duration) {
	u.due = due
	action := a.next(u)
	a.letIn(u.as, due)
	if action.End() {
		if a.pacer.open {
			a.idle = append(a.idle, u)
			return
		}
		if from := a.pacer.wanted(u.slot, due); from > due {
			u.due, u.parked = from, true
			heap.Push(&a.pending, u)
			return
		}
		u.parked = false
		u.iteration += uint64(len(a.users))
		u.Begin(u.iteration)
		a.rec.Started++
		action = a.next(u)
	}
	if action.Request == nil {
		// A pause; a scenario that did nothing at all must let time pass, too.
		pause := max(action.Think, time.Millisecond)
		u.due += pause
		if u.Retrying() {
			u.spent += pause
		}
		if u.Asking() {
			u.held = true
			a.held++
		}
		heap.Push(&a.pending, u)
		return
	}
	u.step = action.Request.Step
	u.intended = a.slice.wire(u.due) - u.spent
	a.inFlight++
	a.wire.Send(u.slot, action.Request)
}

// next returns the user's next action, and counts what ended before it and a
// scenario that cannot go on.
func (a *Arm) next(u *user) scenario.Action {
	if action := u.ahead; action != nil {
		u.ahead = nil
		return *action
	}
	action := u.Next()
	for _, t := range u.Ended() {
		a.rec.transaction(t, u.due)
	}
	if action.Err != nil {
		a.rec.aside(scenarioStep, u.due, impossible(action.Err), action.Err)
	}
	return action
}

// nextDue returns the arm time until which nothing needs to be sent.
func (a *Arm) nextDue() time.Duration {
	next := a.slice.to
	if len(a.pending) > 0 {
		next = min(next, a.pending[0].due)
	}
	return min(next, a.pacer.due)
}

// collect waits for answers, until a wire time at most, and moves on the users
// that got one. It returns the arm time at which the wait was over. When that is
// later than it was to be, perfcheck did not get to run.
func (a *Arm) collect(until time.Duration) time.Duration {
	a.results = a.wire.Wait(until, a.results[:0])
	over := a.over()
	a.rec.Stall = max(a.rec.Stall, over-until)
	now := max(a.clock, a.slice.arm(over)) // an answer may be older than the end of the slice
	for i := range a.results {
		a.finish(&a.results[i], now)
	}
	if len(a.results) > 0 && now < a.slice.to {
		a.admit()
	}
	return now
}

// over returns the wire time at which the last wait was over. A wait that brings
// answers is over once they are complete, so the clock need not be read again.
func (a *Arm) over() time.Duration {
	if n := len(a.results); n > 0 {
		return a.results[n-1].Done
	}
	return a.wire.Now()
}

// carried returns what of an answer's times counts towards the next request's,
// where that is of the same step.
func (u *user) carried(r *scenario.Response) (spent, served time.Duration) {
	switch {
	case u.Retrying():
		return r.Time, u.served
	case u.Redirecting():
		return r.Time, r.Service
	}
	return 0, 0
}

// finish records one answer, now. While the slice lasts its user goes on at once,
// else when the next slice begins; but what ended with the answer is counted.
func (a *Arm) finish(r *http1.Result, now time.Duration) {
	u := a.users[r.Slot]
	a.inFlight--
	kind, err := string(r.Kind), r.Err
	if u.prompt {
		u.intended = r.Sent - u.spent
	}
	r.Response.Time, r.Response.Service = r.Done-u.intended, u.served+r.Done-r.Sent
	if err != nil {
		u.Fail(kind, err)
	} else if err = u.Accept(&r.Response); err != nil {
		kind = refusal(err)
	}
	a.rec.hit(u, r, a.slice.arm(r.Done), kind, err)
	if err == nil {
		a.rec.add(u.Recorded())
	}
	u.spent, u.served = u.carried(&r.Response)

	u.due, u.ready = now, r.Done
	if now < a.slice.to {
		u.prompt = true
		a.advance(u, now)
	} else {
		if action := a.next(u); action.End() {
			u.ahead = ended
		} else {
			ahead := action
			u.ahead = &ahead
		}
		heap.Push(&a.pending, u)
	}
}
