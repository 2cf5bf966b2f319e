package main

import (
	"errors"
	"fmt"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/lock"
)

// claim keeps other perfchecks from resuming runs for as long as this one
// measures them, and does nothing for those that it has. What was killed leaves the
// file of its claim, which counts for nothing, until the run is resumed. Runs
// that are measured side by side need no claim: they cannot be resumed.
func (m *measurement) claim(runs []*bench.Run) error {
	if len(m.targets) > 1 || len(m.claims) > 0 {
		return nil
	}
	for _, run := range runs {
		held, err := lock.Acquire(m.store + ".run-" + run.ID + ".lock")
		if errors.Is(err, lock.ErrHeld) {
			err = fmt.Errorf("run %s is being measured (%w): resume it when that was cut off", run.ID, err)
		}
		if err != nil {
			return errors.Join(err, m.release())
		}
		m.claims = append(m.claims, held)
	}
	return nil
}

// release gives up the claims.
func (m *measurement) release() error {
	var errs []error
	for _, held := range m.claims {
		errs = append(errs, held.Release())
	}
	m.claims = nil
	return errors.Join(errs...)
}
