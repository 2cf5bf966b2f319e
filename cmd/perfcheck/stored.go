package main

import (
	"bytes"
	"errors"
	"fmt"
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
func (m *measurement) decided(base, head target) (*compare.Comparison, error) {
	pairs, err := m.lookUp(func(store *baseline.Store, p profile.Profile) (*bench.Run, *bench.Run, error) {
		return paired(store, p, base, head)
	})
	if err != nil || pairs == nil {
		return nil, err
	}
	if alike, err := m.alike(pairs); err != nil || !alike {
		return nil, err
	}
	c, err := m.judgeStored(pairs)
	if err != nil || c.Verdict == compare.Inconclusive || c.Verdict == compare.Invalid {
		return nil, err
	}
	m.ui.say("measured %v ago; --measure always measures again", time.Since(pairs[0].Head.Started).Round(time.Second))
	return c, nil
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

// recorded judges what the store holds of two subjects, however it was measured.
func (s *session) recorded(base, head target) (*compare.Comparison, error) {
	pairs, err := s.lookUp(func(store *baseline.Store, p profile.Profile) (*bench.Run, *bench.Run, error) {
		b, h, err := paired(store, p, base, head)
		if err != nil || b != nil {
			return b, h, err
		}
		if b, err = latest(store, p, base, ""); err != nil {
			return nil, nil, err
		}
		h, err = latest(store, p, head, b.ID)
		return b, h, err
	})
	if err != nil {
		return nil, err
	}
	if pairs == nil {
		return nil, fmt.Errorf("%s: %w: compare without --measure never", s.store, baseline.ErrNoStore)
	}
	return s.judgeStored(pairs)
}

func (s *session) judgeStored(pairs []compare.Pair) (*compare.Comparison, error) {
	return compare.Judge(pairs, compare.Options{Final: true, Now: time.Now()})
}

// lookUp finds a pair of runs for every profile; it returns nil when one has none.
func (s *session) lookUp(find func(*baseline.Store, profile.Profile) (base, head *bench.Run, err error)) (pairs []compare.Pair, err error) {
	store, err := baseline.OpenReadOnly(s.store, baseline.Options{Version: version})
	if errors.Is(err, baseline.ErrNoStore) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for _, p := range s.profiles {
		base, head, err := find(store, p)
		if err != nil || base == nil || head == nil {
			return nil, err
		}
		pairs = append(pairs, compare.Pair{Base: base, Head: head, Gates: p.Gates})
	}
	return pairs, nil
}

// paired returns the newest complete runs of both subjects that were measured
// interleaved, or nil.
func paired(store *baseline.Store, p profile.Profile, base, head target) (*bench.Run, *bench.Run, error) {
	found, err := store.List(baseline.Filter{Tree: head.subject.Tree, Digest: p.Digest})
	if err != nil {
		return nil, nil, err
	}
	for _, f := range found {
		if !f.Complete || f.Side != bench.Head {
			continue
		}
		b, h, err := store.Pair(f.Pairing)
		if err != nil {
			return nil, nil, err
		}
		if b != nil && h != nil && b.Complete && b.Subject.Tree == base.subject.Tree {
			return b, h, nil
		}
	}
	return nil, nil, nil
}

// latest returns the newest complete run of a subject, other than the one taken.
// For a base it must be one that may serve as a baseline.
func latest(store *baseline.Store, p profile.Profile, t target, taken string) (*bench.Run, error) {
	found, err := store.List(baseline.Filter{Tree: t.subject.Tree, Digest: p.Digest, Eligible: t.side == bench.Base})
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if f.Complete && f.ID != taken {
			return store.Get(f.ID)
		}
	}
	return nil, fmt.Errorf("the store has no run that can stand for %s (%v) with profile %s as it is now: compare without --measure never",
		t.side, t.subject, p.Name)
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
