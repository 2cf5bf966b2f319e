package compare

import (
	"fmt"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// MinSessions is the least number of earlier sessions that tells how much two
// sessions differ, and MaxSessions how many of the newest are worth to be looked
// at: from 20 on the interval is within 7 % of the narrowest, and older ones are
// of a service and a machine that have changed.
const (
	MinSessions = 5
	MaxSessions = 20
)

// SessionGap is how far apart runs must start to be of two sessions. What sets
// a machine's mood (its neighbours, its temperature, what is in its caches) lasts
// for hours: five runs of one hour show one mood, and taken for five they would
// make another hour's look like a change. With this gap, five sessions span a
// day at least, and runs of every night and of twice a day count.
const SessionGap = 6 * time.Hour

// Sessions returns one of the runs of each of the newest sessions, at most
// [MaxSessions]: the newest run of each. Runs are given from the newest to the
// oldest, and those of head's own session are left out, which says nothing of
// how another session differs from it.
func Sessions[R any](runs []R, started func(R) time.Time, head time.Time) (sessions []R) {
	for _, r := range runs {
		switch at := started(r); {
		case head.Sub(at).Abs() < SessionGap:
		case len(sessions) > 0 && started(sessions[len(sessions)-1]).Sub(at) < SessionGap:
		case len(sessions) < MaxSessions:
			sessions = append(sessions, r)
		}
	}
	return sessions
}

// earlier is what is known of the sessions behind a pair of runs that were
// measured apart.
type earlier struct {
	count          int
	oldest, newest time.Time
	base, head     time.Time // starts of the runs that are compared
	branch         string
}

func sessionsOf(p Pair) earlier {
	e := earlier{count: len(p.History), base: p.Base.Started, head: p.Head.Started, branch: p.Base.Subject.Branch}
	for _, r := range p.History {
		if e.oldest.IsZero() || r.Started.Before(e.oldest) {
			e.oldest = r.Started
		}
		if r.Started.After(e.newest) {
			e.newest = r.Started
		}
	}
	return e
}

// sessions counts the earlier sessions, warns of what they are taken for, and
// says why those of a profile are too few. The fewest of any profile count.
func (c *Comparison) sessions(pairs []Pair) (few string) {
	for i, p := range pairs {
		e := sessionsOf(p)
		if i == 0 || e.count < c.Sessions {
			c.Sessions = e.count
		}
		c.Warnings = addOnce(c.Warnings, e.warnings()...)
		if text := e.few(); few == "" && text != "" {
			few = fmt.Sprintf("profile %s: %s", p.Base.Profile, text)
		}
	}
	return few
}

// few says why the earlier sessions cannot tell how much base's and head's
// differ by themselves. Where these lie more than twice as far apart as all the
// earlier ones, they do not show what changes that slowly.
func (e earlier) few() string {
	apart, span := e.head.Sub(e.base).Abs(), e.newest.Sub(e.oldest)
	switch {
	case e.count < MinSessions:
		return fmt.Sprintf("base and head were measured apart, and how much two sessions differ by themselves would take %d earlier ones like base's, %d hours apart at least, to tell: the store has %d: %s",
			MinSessions, SessionGap/time.Hour, e.count, together)
	case apart > 2*span:
		return fmt.Sprintf("base and head were measured %s apart, and the earlier sessions, which lie within %s, do not show how much changes in such a time: %s",
			days(apart), days(span), together)
	default:
		return ""
	}
}

// days writes a time from two days on in whole days.
func days(d time.Duration) string {
	const day = 24 * time.Hour
	if d < 2*day {
		return d.Round(time.Minute).String()
	}
	return bench.Count(int(d.Round(day)/day), "day")
}

func (e earlier) warnings() []string {
	day := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }
	text := fmt.Sprintf("base and head were measured apart, on %s and %s: what the machine did in between is in the change", day(e.base), day(e.head))
	if e.count == 0 {
		return []string{text}
	}
	on := ""
	if e.branch != "" {
		on = " on " + e.branch
	}
	return []string{text, fmt.Sprintf("how much sessions differ is taken from %s%s, %s to %s", bench.Count(e.count, "earlier one"), on, day(e.oldest), day(e.newest))}
}

// sessionValues returns the value of each session that has one, in base units.
func (s *series) sessionValues(history []*bench.Run) (values []float64) {
	for _, r := range history {
		v, _ := valueOf(r, s.metric, s.gate.Key)
		values = append(values, v)
	}
	return present(values)
}
