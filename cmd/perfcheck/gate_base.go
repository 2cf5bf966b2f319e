package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
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
		t, err = g.lastStored(ctx, c.Branch)
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

// lastStored returns the commit on a branch that every profile was last measured of.
func (g *gate) lastStored(ctx context.Context, branch string) (target, error) {
	store, err := baseline.OpenReadOnly(g.session.store, baseline.Options{Version: version})
	if err != nil {
		return target{}, err
	}
	last, err := newest(store, g.session.profiles, branch)
	if err := errors.Join(err, store.Close()); err != nil {
		return target{}, err
	}
	return g.fetched(ctx, last.Subject.Commit)
}

func newest(store *baseline.Store, profiles []profile.Profile, branch string) (last baseline.Summary, err error) {
	for _, p := range profiles {
		found, err := store.Latest(p.Digest, branch)
		if err != nil {
			return last, err
		}
		if found.Started.After(last.Started) {
			last = found
		}
	}
	return last, nil
}
