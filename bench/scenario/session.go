package scenario

import "slices"

// A Session is who a user is: the records that it has, and what its login
// captured. Users that share one act for the same account, one after the other
// or at once; only their login must not be under way twice.
type Session struct {
	number    uint64
	loggingIn bool
	loggedIn  bool
	*outcome  // of its login
}

// An outcome is what a login came to.
type outcome struct {
	captured []any // in the order of Program.kept
	cookies  []cookie
}

// noOutcome stands where no login has ended.
var noOutcome = new(outcome)

// Session returns the n-th session, counted from 0. Its records and the draws
// of its login follow from n.
func (p *Program) Session(n uint64) Session {
	return Session{number: n, loggedIn: len(p.login) == 0, outcome: noOutcome}
}

// HasLogin says whether sessions log in.
func (p *Program) HasLogin() bool { return len(p.login) > 0 }

// LoggingIn says whether a user is logging in as this session.
func (s *Session) LoggingIn() bool { return s.loggingIn }

// Become makes the user act for a session from its next Begin on.
func (u *User) Become(s *Session) {
	u.session = s
	u.lacks = u.feed(false, s.number)
	for i, value := range s.captured {
		u.set(u.program.kept[i], value)
	}
}

// feed gives the user its records for the n-th session, or for the n-th scenario.
// It returns a feed that has none.
func (u *User) feed(perScenario bool, n uint64) (lacks *feed) {
	for i := range u.program.feeds {
		f := &u.program.feeds[i]
		if f.perScenario != perScenario {
			continue
		}
		u.seed(feedStream+stream(i), n)
		record := f.record(n, u.rng())
		if record == nil {
			lacks = f
		}
		u.set(f.name, record)
	}
	return lacks
}

// BecomeNew makes the user act for the n-th session, as one that is its own.
func (u *User) BecomeNew(n uint64) {
	u.own = u.program.Session(n)
	u.Become(&u.own)
}

// login begins the login of the user's session.
func (u *User) login() {
	u.session.loggingIn = true
	u.seed(loginStream, u.session.number)
	if u.jar != nil {
		u.cookies = u.cookies[:0]
	}
	u.start(inLogin, u.program.login)
}

// loggedIn ends it, and keeps what it captured for the other users of the session.
func (u *User) loggedIn() {
	s := u.session
	s.loggingIn, s.loggedIn = false, true
	s.outcome = new(outcome)
	if u.jar != nil {
		s.cookies = slices.Clone(u.cookies)
	}
	for _, name := range u.program.kept {
		s.captured = append(s.captured, u.vars[name])
	}
}
