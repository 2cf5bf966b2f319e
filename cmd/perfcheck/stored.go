package main

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/resource"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/report"
)

// decided judges what the store holds of two subjects that were measured side
// by side before, on this machine and in the same way. It returns nil when that
// decides nothing.
func (m *measurement) decided(base, head target) (*compare.Comparison, []compare.Pair, error) {
	pairs, looked, err := m.lookUp(m.paired, base, head)
	if err != nil || pairs == nil {
		return nil, nil, err
	}
	if alike, err := m.alike(pairs); err != nil || !alike {
		return nil, nil, err
	}
	c, err := m.judgeStored(pairs)
	if err != nil || c.Verdict == compare.Inconclusive || c.Verdict == compare.Invalid {
		return nil, nil, err
	}
	c.Candidates = looked
	m.restate(c, pairs)
	m.ui.say("measured %v ago; --measure always measures again", time.Since(pairs[0].Head.Started).Round(time.Second))
	return c, pairs, nil
}

// alike says whether the pairs were measured on this machine, by this
// perfcheck, with the service run as it would be now.
func (m *measurement) alike(pairs []compare.Pair) (bool, error) {
	here, err := resource.Host()
	if err != nil {
		return false, err
	}
	here.Perfcheck = version
	for _, p := range pairs {
		there := p.Head.Host
		there.Engine = "" // known only after a build
		if p.Head.Service != string(m.mode) || len(here.Differences(there)) > 0 {
			return false, nil
		}
	}
	return true, nil
}

// judgeStored judges runs to which no blocks will be added.
func (s *session) judgeStored(pairs []compare.Pair) (*compare.Comparison, error) {
	c, err := compare.Judge(pairs, compare.Options{Final: true, Now: time.Now(), Usual: s.usual(pairs), Accepted: s.accepted})
	if err != nil {
		return nil, err
	}
	var runs []*bench.Run
	for _, p := range pairs {
		runs = append(runs, p.Head, p.Base) // reports name the first log
	}
	c.Logs = s.logsOf(c.Verdict, runs...)
	return c, nil
}

// record stores the outcome of runs that were measured side by side, which it
// marks with the verdict.
func (s *session) record(c *compare.Comparison, pairs []compare.Pair) error {
	var runs []*bench.Run
	for _, p := range pairs {
		p.Base.Verdict, p.Head.Verdict = string(c.Verdict), string(c.Verdict)
		runs = append(runs, p.Base, p.Head)
	}
	if err := s.put(runs...); err != nil {
		return err
	}
	return s.putComparison(c)
}

// restate stores the outcome of runs that were measured before, for what is printed
// is the latest comparison. The runs are marked anew where it is another than then:
// a gate was changed since, or a slowdown accepted.
func (s *session) restate(c *compare.Comparison, pairs []compare.Pair) {
	store := func() error { return s.putComparison(c) }
	if slices.ContainsFunc(pairs, func(p compare.Pair) bool { return p.Head.Verdict != string(c.Verdict) }) {
		store = func() error { return s.record(c, pairs) }
	}
	s.warnUnstored(store())
}

// warnUnstored tells that an outcome could not be stored, which is an answer all the same.
func (s *session) warnUnstored(err error) {
	if err != nil {
		s.ui.warn("the outcome is not stored: %v", err)
	}
}

// A lookup finds runs of two subjects with a profile, or nil, and says which it
// looked at.
type lookup func(store *baseline.Store, p profile.Profile, base, head target) (*compare.Pair, []compare.Candidate, error)

// lookUp finds a pair of runs for every profile; it returns nil when one has none.
func (s *session) lookUp(find lookup, base, head target) (pairs []compare.Pair, looked []compare.Candidate, err error) {
	store, err := baseline.OpenReadOnly(s.store, baseline.Options{Version: version})
	if errors.Is(err, baseline.ErrNoStore) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for _, p := range s.profiles {
		pair, runs, err := find(store, p, base, head)
		if err != nil || pair == nil {
			return nil, nil, err
		}
		pair.Gates, pair.Digest = p.Gates, p.Digest
		pairs, looked = append(pairs, *pair), append(looked, runs...)
	}
	return pairs, looked, nil
}

// putComparison stores the outcome for perfcheck report.
func (s *session) putComparison(c *compare.Comparison) error {
	var text bytes.Buffer
	if err := report.JSON(&text, c); err != nil {
		return err
	}
	return s.withStore(func(store *baseline.Store) error {
		return store.PutComparison(c.ID, c.Created, text.Bytes())
	})
}
