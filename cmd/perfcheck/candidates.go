package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/compare"
)

// A candidate is a stored run of a subject's files.
type candidate struct {
	baseline.Summary
	why string // it cannot stand for the side; empty where it can
}

func (c *candidate) taken(side bench.Side, why string) compare.Candidate {
	return compare.Candidate{Profile: c.Profile, Side: side, Run: c.ID, Started: c.Started, Taken: true, Why: why}
}

func (c *candidate) left(side bench.Side, why string) compare.Candidate {
	return compare.Candidate{Profile: c.Profile, Side: side, Run: c.ID, Started: c.Started, Why: why}
}

// candidates returns the runs of a subject with a profile in whatever state,
// newest first, at least one of which can stand for its side.
func (s *session) candidates(store *baseline.Store, p profile.Profile, t target) (all []candidate, err error) {
	found, err := store.List(baseline.Filter{Tree: t.subject.Tree, Profile: p.Name})
	if err != nil {
		return nil, err
	}
	why := ""
	for _, f := range found {
		c := candidate{f, s.unfit(&f, t.side)}
		if c.why != "" && why == "" {
			why = c.ID + " " + c.why
		}
		all = append(all, c)
	}
	if len(fitting(all)) == 0 {
		return nil, noRun(t, p, all, why)
	}
	return all, nil
}

// unfit says why a run cannot stand for a side, where it cannot.
func (s *session) unfit(f *baseline.Summary, side bench.Side) string {
	switch {
	case s.service != "" && f.Service != string(s.service):
		return fmt.Sprintf("was not measured with --service %s", s.service)
	case f.Started.Before(s.oldest):
		return "is too old: it was measured on " + f.Started.UTC().Format(time.DateOnly)
	case side == bench.Head && f.Complete:
		return ""
	default:
		return f.Ineligible()
	}
}

// fitting returns the runs that can stand for their side.
func fitting(all []candidate) (fit []baseline.Summary) {
	for _, c := range all {
		if c.why == "" {
			fit = append(fit, c.Summary)
		}
	}
	return fit
}

// tell says of each run of a side why it was taken or not, where other was
// taken for the other side.
func tell(all []candidate, side bench.Side, taken, other *baseline.Summary) (looked []compare.Candidate) {
	for _, c := range all {
		switch unlike := c.Unlike(other); {
		case c.ID == taken.ID && unlike == "":
			looked = append(looked, c.taken(side, fmt.Sprintf("is the newest that was measured as %s was", other.ID)))
		case c.ID == taken.ID:
			looked = append(looked, c.taken(side, "is the newest, and none was measured as one of the other side was"))
		case c.why != "":
			looked = append(looked, c.left(side, c.why))
		case c.ID == other.ID:
			looked = append(looked, c.left(side, "stands for the other side"))
		case unlike != "":
			looked = append(looked, c.left(side, fmt.Sprintf("was not measured as %s was: %s", other.ID, unlike)))
		default:
			looked = append(looked, c.left(side, "is older than "+taken.ID))
		}
	}
	return looked
}

// A noRunError says that a subject has no run that can stand for its side.
type noRunError struct {
	text   string
	looked []compare.Candidate
}

func (e *noRunError) Error() string { return e.text }

// noRun says that a subject has no run, and why one that is there will not do.
func noRun(t target, p profile.Profile, all []candidate, why string) error {
	if why != "" {
		why = " (" + why + ")"
	}
	e := &noRunError{text: fmt.Sprintf("the store has no run that can stand for %s (%v) with profile %s%s: compare without --measure never", t.side, t.subject, p.Name, why)}
	for _, c := range all {
		if c.why != "" {
			e.looked = append(e.looked, c.left(t.side, c.why))
		}
	}
	return e
}

// lookedAt tells of a comparison that could not be made which runs will not do.
func (u *ui) lookedAt(err error) {
	var e *noRunError
	if !errors.As(err, &e) {
		return
	}
	for _, c := range e.looked {
		u.say("%s of profile %s: %s %s", c.Side, c.Profile, c.Run, c.Why)
	}
}
