package main

import (
	"fmt"
	"time"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/compare"
)

// recorded judges what the store holds of two subjects. Unless all profiles were
// measured side by side, all are looked up as measured apart, and the outcome
// is stored: two rules make no verdict.
func (s *session) recorded(base, head target) (*compare.Comparison, error) {
	pairs, err := s.lookUp(s.paired, base, head)
	if err == nil && pairs == nil {
		pairs, err = s.lookUp(s.apart, base, head)
	}
	if err != nil {
		return nil, err
	}
	if pairs == nil {
		return nil, fmt.Errorf("%s: %w: compare without --measure never", s.store, baseline.ErrNoStore)
	}
	c, err := s.judgeStored(pairs)
	if err != nil || !c.Apart {
		return c, err
	}
	// A store that cannot be written has still answered.
	if err := s.keep(c, pairs); err != nil {
		s.ui.warn("the outcome is not stored: %v", err)
	}
	return c, nil
}

// keep stores the outcome of runs that were measured apart. What regressed is
// marked, so that it never becomes a baseline; base's runs stay what they were.
func (s *session) keep(c *compare.Comparison, pairs []compare.Pair) error {
	if c.Verdict == compare.Regression {
		for _, p := range pairs {
			p.Head.Verdict = string(c.Verdict)
			if err := s.put(p.Head); err != nil {
				return err
			}
		}
	}
	return s.putComparison(c)
}

// apart returns the newest runs of both subjects that can be compared, with the
// earlier sessions like base's. Where no two can, it returns the newest of each,
// so that the verdict says what differs.
func (s *session) apart(store *baseline.Store, p profile.Profile, base, head target) (*compare.Pair, error) {
	heads, err := s.candidates(store, p, head)
	if err != nil {
		return nil, err
	}
	bases, err := s.candidates(store, p, base)
	if err != nil {
		return nil, err
	}
	b, h := choose(bases, heads, p.Digest)
	if b == nil {
		return nil, noRun(base, p, "both sides are the same files, which takes two runs")
	}
	return load(store, b, h)
}

// candidates returns the runs of a subject with a profile in whatever state that
// can stand for its side, newest first.
func (s *session) candidates(store *baseline.Store, p profile.Profile, t target) (fit []baseline.Summary, err error) {
	found, err := store.List(baseline.Filter{Tree: t.subject.Tree, Profile: p.Name})
	if err != nil {
		return nil, err
	}
	why := ""
	for _, f := range found {
		if reason := s.unfit(&f, t.side); reason == "" {
			fit = append(fit, f)
		} else if why == "" {
			why = f.ID + " " + reason
		}
	}
	if len(fit) == 0 {
		return nil, noRun(t, p, why)
	}
	return fit, nil
}

// unfit says why a run cannot stand for a side, where it cannot.
func (s *session) unfit(f *baseline.Summary, side bench.Side) string {
	switch {
	case s.service != "" && f.Service != string(s.service):
		return fmt.Sprintf("was not measured with --service %s", s.service)
	case side == bench.Head && f.Complete:
		return ""
	default:
		return f.Ineligible()
	}
}

// noRun says that a subject has no run, and why one that is there will not do.
func noRun(t target, p profile.Profile, why string) error {
	if why != "" {
		why = " (" + why + ")"
	}
	return fmt.Errorf("the store has no run that can stand for %s (%v) with profile %s%s: compare without --measure never", t.side, t.subject, p.Name, why)
}

// choose returns the runs that fit best, the newest of them; nil where both
// subjects have one and the same run only.
func choose(bases, heads []baseline.Summary, digest string) (base, head *baseline.Summary) {
	best := 0
	for i := range heads {
		for j := range bases {
			if f := fit(&bases[j], &heads[i], digest); f > best {
				best, base, head = f, &bases[j], &heads[i]
			}
		}
	}
	return base, head
}

// fit says how well two runs can be compared with the profile of that digest;
// 3 is well, 0 not at all, and of those between the verdict says what differs.
func fit(base, head *baseline.Summary, digest string) int {
	switch {
	case base.ID == head.ID:
		return 0
	case !base.Alike(head):
		return 1
	case head.Digest != digest:
		return 2
	default:
		return 3
	}
}

// load reads the runs of a pair and of the earlier sessions like base's.
func load(store *baseline.Store, base, head *baseline.Summary) (pair *compare.Pair, err error) {
	pair = new(compare.Pair)
	if pair.Base, err = store.Get(base.ID); err != nil {
		return nil, err
	}
	if pair.Head, err = store.Get(head.ID); err != nil {
		return nil, err
	}
	sessions, err := earlier(store, base, head)
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		run, err := store.Get(s.ID)
		if err != nil {
			return nil, err
		}
		pair.History = append(pair.History, run)
	}
	return pair, nil
}

// earlier returns one run of each of the newest sessions like base's, other
// than head's and up to the later of the two: what is measured afterwards does
// not change the answer. Of two runs that were measured interleaved it is base's: they
// shared the machine's mood.
func earlier(store *baseline.Store, base, head *baseline.Summary) ([]baseline.Summary, error) {
	found, err := store.List(baseline.Filter{Digest: base.Digest, Branch: base.Subject.Branch, Eligible: true})
	if err != nil {
		return nil, err
	}
	last := base.Started
	if head.Started.After(last) {
		last = head.Started
	}
	var alike []baseline.Summary
	for _, f := range found {
		if f.Side != bench.Head && !f.Started.After(last) && f.Subject.Branch == base.Subject.Branch && f.Alike(base) {
			alike = append(alike, f)
		}
	}
	return compare.Sessions(alike, func(f baseline.Summary) time.Time { return f.Started }, head.Started), nil
}
