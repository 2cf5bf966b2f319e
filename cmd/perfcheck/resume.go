package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/lock"
)

// resumeArguments takes the ID of a run to resume, and no other argument.
func resumeArguments(c *cli.Context) error {
	switch {
	case !c.Bool("resume"):
		return noArguments(c)
	case c.NArg() > 1:
		return usageErrorf("run --resume takes the ID of one run at most, got %d arguments", c.NArg())
	default:
		return nil
	}
}

// resume finds the runs of a measurement that was cut off, to go on with what
// is left of it by the same seed. Whether that is still the same measurement,
// the runner knows when the service is built.
func (m *measurement) resume(c *cli.Context, t target) error {
	if err := m.takeOver(c.Args().First(), t); err != nil {
		return err
	}
	first := m.earlier[0]
	if c.IsSet("seed") && first.Seed != m.seed {
		return usageErrorf("--seed: run %s was measured with seed %d, and goes on with it", first.ID, first.Seed)
	}
	if len(m.earlier) != len(m.profiles) {
		return usageErrorf("run %s was measured with %d profiles, and the flags name %d: name the same with --profile", first.ID, len(m.earlier), len(m.profiles))
	}
	m.seed = first.Seed
	m.ui.say("resuming run %s", first.ID)
	return nil
}

// takeOver claims the run with an id, or the newest of the subject, and those
// that were measured with it. They are read again then: whoever had them until
// now may have ended them.
func (m *measurement) takeOver(id string, t target) error {
	if err := m.find(id, t); err != nil {
		return err
	}
	switch err := m.claim(m.earlier); {
	case errors.Is(err, lock.ErrHeld):
		return &exitError{exitUsage, err}
	case err != nil:
		return err
	}
	return m.find(m.earlier[0].ID, t)
}

// find reads the runs to go on with.
func (m *measurement) find(id string, t target) error {
	store, err := baseline.OpenReadOnly(m.store, baseline.Options{Version: version, Wait: m.wait})
	if err != nil {
		return err
	}
	first, err := m.interrupted(store, id, t)
	if err == nil {
		m.earlier, err = siblings(store, first)
	}
	return errors.Join(err, store.Close())
}

// interrupted returns the run with an id, or the newest of the subject, which
// must not be complete.
func (m *measurement) interrupted(store *baseline.Store, id string, t target) (*bench.Run, error) {
	if id == "" {
		var err error
		if id, err = m.newestInterrupted(store, t); err != nil {
			return nil, err
		}
	}
	run, err := store.Get(id)
	switch {
	case err != nil:
		return nil, err
	case run.Complete:
		return nil, usageErrorf("run %s is complete: there is nothing to resume", run.ID)
	case run.Pairing != "":
		return nil, usageErrorf("run %s was measured side by side with another, by compare: only what run measured can be resumed", run.ID)
	case run.Subject.Tree != t.subject.Tree:
		return nil, usageErrorf("run %s measured %v, and this is %v: name it with --commit, or restore its files", run.ID, run.Subject, t.subject)
	default:
		return run, nil
	}
}

func (m *measurement) newestInterrupted(store *baseline.Store, t target) (id string, err error) {
	found, err := store.List(baseline.Filter{Tree: t.subject.Tree, Profile: m.profiles[0].Name})
	if err != nil {
		return "", err
	}
	for _, run := range found {
		if !run.Complete && run.Pairing == "" {
			return run.ID, nil
		}
	}
	return "", usageErrorf("no run of %v with profile %s was interrupted: there is nothing to resume", t.subject, m.profiles[0].Name)
}

// siblings returns the runs of one measurement, one a profile.
func siblings(store *baseline.Store, of *bench.Run) ([]*bench.Run, error) {
	found, err := store.List(baseline.Filter{Tree: of.Subject.Tree})
	if err != nil {
		return nil, err
	}
	var runs []*bench.Run
	for _, f := range found {
		if f.Pairing != "" || f.Complete || !f.Started.Equal(of.Started) {
			continue
		}
		run, err := store.Get(f.ID)
		if err != nil {
			return nil, err
		}
		if run.Seed == of.Seed {
			runs = append(runs, run)
		}
	}
	return runs, nil
}
