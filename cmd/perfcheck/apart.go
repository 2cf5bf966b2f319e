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
func (s *session) recorded(base, head target) (*compare.Comparison, []compare.Pair, error) {
	pairs, looked, err := s.lookUp(s.paired, base, head)
	if err == nil && pairs == nil {
		pairs, looked, err = s.lookUp(s.apart, base, head)
	}
	if err != nil {
		return nil, nil, err
	}
	if pairs == nil {
		return nil, nil, fmt.Errorf("%s: %w: compare without --measure never", s.store, baseline.ErrNoStore)
	}
	c, err := s.judgeStored(pairs)
	if err != nil {
		return nil, nil, err
	}
	if c.Candidates = looked; !c.Apart {
		s.restate(c, pairs)
		return c, pairs, nil
	}
	s.warnUnstored(s.keep(c, pairs))
	return c, pairs, nil
}

// keep stores the outcome of runs that were measured apart. What regressed is
// marked, so that it never becomes a baseline, and no longer so when that is
// accepted; base's runs stay what they were.
func (s *session) keep(c *compare.Comparison, pairs []compare.Pair) error {
	if c.Verdict == compare.Regression || c.Without != nil && c.Without.Verdict == compare.Regression {
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
func (s *session) apart(store *baseline.Store, p profile.Profile, base, head target) (*compare.Pair, []compare.Candidate, error) {
	heads, err := s.candidates(store, p, head)
	if err != nil {
		return nil, nil, err
	}
	bases, err := s.candidates(store, p, base)
	if err != nil {
		return nil, nil, err
	}
	b, h := choose(fitting(bases), fitting(heads), p.Digest)
	if b == nil {
		return nil, nil, noRun(base, p, bases, "both sides are the same files, which takes two runs")
	}
	pair, err := load(store, b, h)
	return pair, append(tell(bases, bench.Base, b, h), tell(heads, bench.Head, h, b)...), err
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
func earlier(store *baseline.Store, base, head *baseline.Summary) (sessions []baseline.Summary, err error) {
	last := base.Started
	if head.Started.After(last) {
		last = head.Started
	}
	line := baseline.Filter{Digest: base.Digest, Branch: base.Subject.Branch, Eligible: true}
	for len(sessions) < compare.MaxSessions {
		known := len(sessions)
		err = store.Walk(line, func(f *baseline.Summary) (more bool) {
			if f.Side != bench.Head && !f.Started.After(last) && f.Subject.Branch == base.Subject.Branch && f.Alike(base) {
				sessions = compare.Sessions(append(sessions, *f), func(f baseline.Summary) time.Time { return f.Started }, head.Started)
			}
			return len(sessions) == known
		})
		if err != nil || len(sessions) == known {
			return sessions, err
		}
		// The other runs of that session need not be read.
		line.Before = sessions[known].Started.Add(-compare.SessionGap + time.Nanosecond)
	}
	return sessions, nil
}
