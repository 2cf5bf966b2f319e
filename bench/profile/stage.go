package profile

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// A Stage is a part of a trial. Of Rate and Users all stages of an arrival
// have the same one.
type Stage struct {
	For   time.Duration `json:",omitzero"`
	Rate  Ramp          `json:",omitzero"` // scenarios per second
	Users Ramp          `json:",omitzero"`
}

// A Ramp goes evenly from one level of load to another. Where both are equal
// the level stays.
type Ramp struct{ From, To float64 }

// mean returns the level halfway.
func (r Ramp) mean() float64 { return (r.From + r.To) / 2 }

// Level returns what the stage is about: its Rate or its Users.
func (s Stage) Level() Ramp {
	if s.Rate != (Ramp{}) {
		return s.Rate
	}
	return s.Users
}

// Open says whether load arrives at a rate, whatever the service does, rather
// than from users that wait for it.
func (a Arrival) Open() bool {
	return a.Rate > 0 || len(a.Stages) > 0 && a.Stages[0].Rate != Ramp{}
}

// Steady returns the level of a load that stays as it is: the rate per second
// or the number of users, where there are stages the mean of the first one.
func (a Arrival) Steady() float64 {
	switch {
	case len(a.Stages) > 0:
		return a.Stages[0].Level().mean()
	case a.Open():
		return a.Rate
	}
	return float64(a.Users)
}

// Rises says whether the load ever goes up within a trial.
func (a Arrival) Rises() bool {
	for i, s := range a.Stages {
		level := s.Level()
		if level.To > level.From || i > 0 && level.From > a.Stages[i-1].Level().To {
			return true
		}
	}
	return false
}

// PeakUsers returns the most users of a closed model, and 0 for an open one.
func (a Arrival) PeakUsers() int {
	most := float64(a.Users)
	for _, s := range a.Stages {
		most = max(most, s.Users.From, s.Users.To)
	}
	return int(most)
}

// Limit returns how many users an open model may have at work at once. When all
// are, arrivals wait, and their wait counts as latency.
func (a Arrival) Limit() int {
	if a.MaxUsers > 0 {
		return a.MaxUsers
	}
	return DefaultMaxUsers
}

// LoggedIn returns how many sessions the arrivals of an open model take in turn,
// where there is a login: as many as arrive in a second, so that all have logged
// in when a warm-up of that length ends.
func (a Arrival) LoggedIn() int {
	if a.Sessions > 0 {
		return a.Sessions
	}
	return int(min(math.Ceil(a.Steady()), DefaultMaxUsers))
}

// staged returns how long all stages last together.
func (a Arrival) staged() (sum time.Duration) {
	for _, s := range a.Stages {
		sum += s.For
	}
	return sum
}

// stages reads the parts of a trial.
func (r *reader) stages(n *node) []Stage {
	var out []Stage
	var sum time.Duration
	before, users := len(r.problems), 0
	for _, item := range r.elements(n) {
		s := r.stage(item)
		out = append(out, s)
		if item.field("users") != nil {
			users++
		}
		if sum += s.For; sum > maxDuration {
			r.bad(item, "with this one the stages take longer than 24h")
			return nil
		}
	}
	switch {
	case len(r.problems) > before || len(out) == 0:
	case users != 0 && users != len(out):
		r.bad(n, "some stages have a rate and some have users: want the same in all of them")
	case out[0].Level().mean() == 0:
		r.bad(n.items[0], "want some load in the first stage: the warm-up has its mean level")
	}
	return out
}

func (r *reader) stage(n *node) Stage {
	var s Stage
	before := len(r.problems)
	r.fields(n, map[string]func(*node){
		"for": func(n *node) { s.For = r.duration(n) },
		"rate": func(n *node) {
			s.Rate = r.ramp(n, "a rate or a ramp, as in 100/s or 100/s -> 500/s", perSecond)
		},
		"users": func(n *node) {
			s.Users = r.ramp(n, "a number of users or a ramp, as in 50 or 10 -> 50", wholeUsers)
		},
	})
	levels := (n.field("rate") != nil) != (n.field("users") != nil)
	if len(r.problems) == before && (n.field("for") == nil || !levels) {
		r.bad(n, "want for and one of rate and users, as in {for: 30s, rate: 100/s -> 500/s}")
	}
	return s
}

// ramp reads one level, or two with an arrow between them.
func (r *reader) ramp(n *node, want string, level func(string) (float64, bool)) Ramp {
	first, last, changes := strings.Cut(n.text, "->")
	if !changes {
		last = first
	}
	from, ok := level(strings.TrimSpace(first))
	to, okToo := level(strings.TrimSpace(last))
	if !ok || !okToo {
		r.bad(n, "want %s, got %s", want, n)
		return Ramp{}
	}
	return Ramp{from, to}
}

// maxRate bounds scenarios per second: more than a machine sends.
const maxRate = 1_000_000

// perSecond reads a rate from 0 to maxRate, such as 5/s or 300/m.
func perSecond(s string) (rate float64, ok bool) {
	for unit, seconds := range map[string]float64{"/s": 1, "/m": 60} {
		if digits, found := strings.CutSuffix(s, unit); found {
			f, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
			rate := f / seconds
			return rate, err == nil && rate >= 0 && rate <= maxRate
		}
	}
	return 0, false
}

// wholeUsers reads a number of users, at least 0.
func wholeUsers(s string) (users float64, ok bool) {
	n, err := strconv.Atoi(s)
	return float64(n), err == nil && n >= 0 && n <= maxUsers
}

// checkStages makes the stages the profile's trial.
func (r *reader) checkStages(n *node, p *Profile) {
	if len(p.Arrival.Stages) == 0 {
		return
	}
	if trial := n.field("trial"); trial != nil {
		r.bad(trial, "a trial is all stages, which take %v: remove one of them", p.Arrival.staged())
	}
	p.Trial = p.Arrival.staged()
}
