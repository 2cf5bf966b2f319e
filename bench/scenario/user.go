package scenario

import (
	"errors"
	"math/rand/v2"
	"time"
)

// A User is a virtual user: one that executes one scenario after another, for a
// session. It is not safe for concurrent use.
type User struct {
	program *Program
	session *Session
	own     Session // that of a user which shares none
	lacks   *feed   // one that has no record for the session

	phase     phase
	asking    bool // see Asking
	iteration uint64

	flow    []op
	at      int // index of the next op of flow
	current *request
	last    *Request      // that current made, or to which that was redirected
	attempt int           // how often that has failed and is tried again
	hops    int           // redirects that led to it
	backoff time.Duration // what to wait before that

	pcg  rand.PCG
	vars map[string]any // nil until there are any

	// There may be thousands of users, so what not all of them need is apart.
	*draft // nil until a request has expressions, or an answer adds to a metric
	*nest  // nil until the user comes to a loop or a transaction
	*jar   // nil where the profile has no cookies
}

// A draft is reused for every request of a user, and for its answer.
type draft struct {
	made     Request
	header   []Field
	body     []byte
	scratch  []byte
	recorded []Recorded // of the answer that was accepted last
}

type phase uint8

const (
	over phase = iota
	inSetup
	inLogin
	inScenario
)

// User returns a virtual user that acts for the n-th session, which is its own.
func (p *Program) User(n uint64) *User {
	u := &User{program: p}
	if p.cookies {
		u.jar = new(jar)
	}
	u.BecomeNew(n)
	return u
}

// drafted returns the user's draft.
func (u *User) drafted() *draft {
	if u.draft == nil {
		u.draft = new(draft)
	}
	return u.draft
}

// set gives a variable a value.
func (u *User) set(name string, v any) {
	if u.vars == nil {
		u.vars = map[string]any{self: u}
	}
	u.vars[name] = v
}

// Setup returns a user that executes the setup steps once. It is begun
// already, and has the records of user 0.
func (p *Program) Setup() *User {
	u := p.User(0)
	u.seed(setupStream, 0)
	u.start(inSetup, p.setup)
	return u
}

// Teardown makes the user that executed the setup steps go on with those of the
// teardown.
func (u *User) Teardown() {
	u.seed(setupStream, 1)
	u.start(inSetup, u.program.teardown)
}

// Know tells the user what that of [Program.Setup] has captured.
func (u *User) Know(setup *User) {
	for _, name := range u.program.given {
		u.set(name, setup.vars[name])
	}
}

// Begin starts an iteration: login first, where the session is not logged in yet,
// then the scenario that is drawn for this iteration.
func (u *User) Begin(iteration uint64) {
	u.iteration = iteration
	switch {
	case u.lacks != nil:
		u.start(inScenario, []op{u.lacks})
	case u.session.loggedIn:
		u.beginScenario()
	default:
		u.login()
	}
}

func (u *User) beginScenario() {
	if lacks := u.feed(true, u.iteration); lacks != nil {
		u.start(inScenario, []op{lacks})
		return
	}
	u.seed(iterationStream, u.iteration)
	if u.jar != nil {
		u.cookies = append(u.cookies[:0], u.session.cookies...)
	}
	u.start(inScenario, u.program.draw(u.rng()))
}

func (u *User) start(p phase, flow []op) {
	u.phase, u.flow, u.at = p, flow, 0
	if u.nest != nil {
		u.loops = u.loops[:0]
	}
}

// maxIdle is how many ops may follow each other that do nothing.
const maxIdle = 100_000

var errIdle = errors.New("no request and no pause in a loop: it would go on for ever")

// Next returns what the user does next. After a request the engine must have
// called Accept or Fail.
func (u *User) Next() Action {
	u.asking = false
	if pause := u.backoff; pause > 0 {
		u.backoff, u.asking = 0, true
		return Action{Think: pause}
	}
	for idle := 0; u.phase != over; idle++ {
		if u.at == len(u.flow) {
			u.finish()
			continue
		}
		o := u.flow[u.at]
		u.at++
		a, err := o.do(u)
		if idle == maxIdle {
			err = errIdle
		}
		if err != nil {
			u.stop(err)
			return Action{Err: err}
		}
		if a.Request != nil || a.Think > 0 {
			if u.nest != nil {
				u.clock += a.Think
			}
			return a
		}
	}
	return Action{}
}

// Asking says whether the pause that Next returned last is one before the service is
// asked again, and not the user's own.
func (u *User) Asking() bool { return u.asking }

func (u *User) finish() {
	if u.phase != inLogin {
		u.phase = over
		return
	}
	u.loggedIn()
	u.beginScenario()
}

// Accept judges the answer to the last request: nil is a success, else it
// returns the first check that failed, a [StatusError] where it was the
// status's. A failure ends the iteration, unless the user is Retrying. An answer
// that leads on to another one is judged by that: the user is Redirecting.
func (u *User) Accept(r *Response) error {
	if u.draft != nil {
		u.recorded = u.recorded[:0]
	}
	if u.jar != nil {
		u.keepCookies(r)
	}
	if u.current.redirects > 0 && redirects(r.Status) {
		err := u.follow(r)
		if err != nil {
			u.Fail("", err)
		}
		return err
	}
	if err := u.current.answer.judge(u, r); err != nil {
		u.Fail("", err)
		return err
	}
	u.attempt, u.hops = 0, 0
	if u.nest != nil {
		u.clock += r.Time
		u.spend(r.Time, r.Service, 1)
	}
	return nil
}

// Fail says, in one word or two and in full, why the last request got no answer.
// It ends the iteration, unless the user is Retrying; a login that was under way
// is tried again at the next Begin.
func (u *User) Fail(kind string, why error) {
	if !u.retry(kind, why) {
		u.stop(&stepError{u.current.proto.Name, why})
	}
}

// stop ends the iteration early.
func (u *User) stop(why error) {
	if u.phase == inLogin {
		u.session.loggingIn = false
	}
	u.phase, u.attempt, u.hops = over, 0, 0
	u.abandon(why)
}

// A stepError names the step that failed.
type stepError struct {
	step string
	err  error
}

func (e *stepError) Error() string { return e.step + ": " + e.err.Error() }
