package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
)

// choose finds base and head, and brings them here where they are missing, as
// in the shallow clones of CI.
func (g *gate) choose(ctx context.Context) error {
	if g.event == nil {
		base, head, err := g.targets(ctx, g.session)
		g.base, g.head = base, head
		return err
	}
	head, err := g.fetched(ctx, cmp.Or(g.question.head, "HEAD"))
	if err != nil {
		return err
	}
	g.head, g.head.side = head, bench.Head
	g.head.subject.Branch = cmp.Or(head.subject.Branch, g.event.Branch) // git knows none where a commit is checked out
	g.base, err = g.baseOf(ctx, head.commit)
	g.base.side = bench.Base
	return err
}

// baseOf returns the first of the possible bases that there is, and says why it is that one.
func (g *gate) baseOf(ctx context.Context, head string) (target, error) {
	if g.question.base != "" {
		g.ui.say("base is %s, as --base says", g.question.base)
		return g.fetched(ctx, g.question.base)
	}
	parents, err := g.session.repo.Parents(ctx, head)
	if err != nil {
		return target{}, err
	}
	choice, err := g.event.Choose(action.Checkout{Hash: head, Parents: parents})
	if err != nil {
		return target{}, &exitError{exitUsage, err}
	}
	var errs []error
	for _, c := range choice.Bases {
		base, err := g.candidate(ctx, c, choice.Head)
		if err == nil && base.commit != choice.Head {
			g.ui.say("base is %v: %s", base.subject, c.Why)
			base.subject.Branch = cmp.Or(base.subject.Branch, g.event.BaseBranch())
			return base, nil
		}
		if err == nil {
			err = fmt.Errorf("%s: that is the head itself", c.Why)
		}
		g.ui.say("no base by this: %v", err)
		errs = append(errs, err)
	}
	return target{}, &exitError{exitUsage, fmt.Errorf("there is no commit to compare with, name one with --base: %w", errors.Join(errs...))}
}

func (g *gate) candidate(ctx context.Context, c action.Candidate, head string) (t target, err error) {
	switch c.Kind {
	case action.BaseLastStored:
		t, err = g.lastStored(ctx, c.Branch, head)
	case action.BaseMergeBase:
		t, err = g.parting(ctx, c, head)
	default:
		t, err = g.fetched(ctx, c.SHA)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", c.Why, err)
	}
	return t, err
}

// parting returns where head's history and that of a branch, or of a commit of it, parted.
func (g *gate) parting(ctx context.Context, c action.Candidate, head string) (t target, err error) {
	repo, other := g.session.repo, c.SHA
	if c.Branch != "" {
		if other, err = repo.Tip(ctx, c.Branch); err != nil {
			return target{}, err
		}
	}
	if err := repo.Fetch(ctx, other); err != nil {
		return target{}, err
	}
	commit, err := repo.MergeBase(ctx, other, head)
	return target{subject: subject(commit), commit: commit.Hash}, err
}

// fetched returns the commit that rev names, and fetches it where it is missing.
func (g *gate) fetched(ctx context.Context, rev string) (target, error) {
	t, err := g.session.commit(ctx, rev)
	if err == nil {
		return t, nil
	}
	if failed := g.session.repo.Fetch(ctx, rev); failed != nil {
		return target{}, errors.Join(err, failed)
	}
	return g.session.commit(ctx, rev)
}

// maxStored is how many runs of a profile are looked at for a base: half a year
// of nights.
const maxStored = 200

// lastStored returns the newest commit on a branch that any of the profiles was
// measured of, among those that head comes after.
func (g *gate) lastStored(ctx context.Context, branch, head string) (target, error) {
	runs, err := g.stored(branch)
	if err != nil {
		return target{}, err
	}
	for _, run := range runs {
		commit := run.Subject.Commit
		if commit == head {
			continue
		}
		before, known, err := g.session.repo.Contains(ctx, head, commit)
		switch {
		case err != nil:
			return target{}, err
		case !known:
			g.ui.say("the clone is shallow: whether %v comes before the head is not known", run.Subject)
			return g.fetched(ctx, commit)
		case before:
			return g.fetched(ctx, commit)
		}
	}
	return target{}, fmt.Errorf("a complete run of a commit of %s before this one: %w", branch, baseline.ErrNotFound)
}

// stored returns the runs on a branch that may serve as a base, the latest first.
func (g *gate) stored(branch string) (runs []baseline.Summary, err error) {
	store, err := baseline.OpenReadOnly(g.session.store, baseline.Options{Version: version})
	if err != nil {
		return nil, err
	}
	for _, p := range g.session.profiles {
		found, e := store.List(baseline.Filter{Digest: p.Digest, Branch: branch, Eligible: true, Limit: maxStored})
		runs, err = append(runs, found...), errors.Join(err, e)
	}
	slices.SortStableFunc(runs, later)
	return runs, errors.Join(err, store.Close())
}

// later sorts runs, the latest first. Of two that were measured side by side,
// and so began at once, head is the later state.
func later(a, b baseline.Summary) int {
	return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(b.Side, a.Side)) // "head" after "base"
}
