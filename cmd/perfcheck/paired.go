package main

import (
	"fmt"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/compare"
)

// paired returns the newest complete runs of both subjects that were measured
// interleaved, or nil.
func (s *session) paired(store *baseline.Store, p profile.Profile, base, head target) (pair *compare.Pair, looked []compare.Candidate, err error) {
	found, err := store.List(baseline.Filter{Tree: head.subject.Tree, Digest: p.Digest})
	if err != nil {
		return nil, nil, err
	}
	for _, f := range found {
		c := candidate{f, s.unpaired(&f)}
		if c.why == "" && pair != nil {
			c.why = "is older than " + pair.Head.ID
		}
		if c.why == "" {
			pair, c.why, err = beside(store, &f, base)
		}
		switch {
		case err != nil:
			return nil, nil, err
		case c.why != "":
			looked = append(looked, c.left(bench.Head, c.why))
		default:
			b := candidate{Summary: baseline.Summary{Profile: p.Name, ID: pair.Base.ID, Started: pair.Base.Started}}
			looked = append(looked, c.taken(bench.Head, "is the newest that was measured side by side with base"),
				b.taken(bench.Base, "was measured side by side with "+c.ID))
		}
	}
	return pair, looked, nil
}

// unpaired says why a run cannot be head of a pairing.
func (s *session) unpaired(f *baseline.Summary) string {
	if f.Side != bench.Head {
		return "was not measured as head, side by side with a base"
	}
	return s.unfit(f, bench.Head)
}

// beside returns the pairing of which head is a part, or why it is none with base.
func beside(store *baseline.Store, head *baseline.Summary, base target) (pair *compare.Pair, why string, err error) {
	b, h, err := store.Pair(head.Pairing)
	switch {
	case err != nil:
		return nil, "", err
	case b == nil || h == nil:
		return nil, "was measured beside a run that is not in the store", nil
	case !b.Complete:
		return nil, fmt.Sprintf("was measured beside %s, which is incomplete", b.ID), nil
	case b.Subject.Tree != base.subject.Tree:
		return nil, fmt.Sprintf("was measured beside %v, which is another base", b.Subject), nil
	default:
		return &compare.Pair{Base: b, Head: h}, "", nil
	}
}
