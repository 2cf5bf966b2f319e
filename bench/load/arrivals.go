package load

import (
	"time"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

// A session is who the arrivals k, k+n, k+2n and so on of an open model are, of
// n sessions. So whom an arrival acts for follows from its number, and not from
// which user happens to be free.
type session struct {
	scenario.Session
	waiting []*user // whose arrivals came while the login was under way
}

func newSessions(p *scenario.Program, n int) []session {
	all := make([]session, n)
	for i := range all {
		all[i].Session = p.Session(uint64(i))
	}
	return all
}

// fallDue counts the arrivals up to an arm time.
func (a *Arm) fallDue(now time.Duration) {
	for ; a.pacer.due <= now; a.pacer.advance() {
		a.queue.push(a.pacer.due)
		a.rec.Planned++
	}
}

// admit gives waiting arrivals to free users, the longest waiting first.
func (a *Arm) admit() {
	for a.queue.len() > 0 {
		u := a.freeUser()
		if u == nil {
			return
		}
		u.iteration = a.served
		a.served++
		a.rec.Started++
		due := a.queue.pop()
		u.ready = max(u.ready, a.slice.wire(due))
		a.begin(u, due)
	}
}

func (a *Arm) freeUser() *user {
	if n := len(a.idle); n > 0 {
		u := a.idle[n-1]
		a.idle = a.idle[:n-1]
		return u
	}
	if len(a.users) >= a.arrival.Limit() {
		return nil
	}
	return a.addUser()
}

func (a *Arm) addUser() *user {
	u := &user{User: a.program.User(uint64(len(a.users))), slot: len(a.users)}
	if a.keeper != nil {
		u.Know(a.keeper)
	}
	a.users = append(a.users, u)
	return u
}

// begin starts the arrival that a user serves. A login that is under way for
// its session must end first. Like a login of its own, that is no part of its
// latency.
func (a *Arm) begin(u *user, due time.Duration) {
	if a.sessions == nil {
		u.BecomeNew(u.iteration)
	} else {
		u.as = &a.sessions[u.iteration%uint64(len(a.sessions))]
		if u.as.LoggingIn() {
			u.as.waiting = append(u.as.waiting, u)
			a.held++
			return
		}
		u.Become(&u.as.Session)
	}
	u.prompt = false
	u.Begin(u.iteration)
	a.advance(u, due)
}

// letIn begins the arrivals that wait for a session's login, if that was over at
// an arm time. Where it failed, the first of them logs in, and the others wait on.
func (a *Arm) letIn(s *session, over time.Duration) {
	if s == nil || len(s.waiting) == 0 || s.LoggingIn() {
		return
	}
	waiting := s.waiting
	s.waiting = nil
	a.held -= len(waiting)
	for _, u := range waiting {
		u.ready = a.slice.wire(over)
		a.begin(u, over)
	}
}
