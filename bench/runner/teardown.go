package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// teardownLimit is how long the teardown of one arm may take.
const teardownLimit = 30 * time.Second

// tearDown runs the profile's teardown for all arms, after their trials. With a
// service that died, what its setup made is gone.
func tearDown(ctx context.Context, lanes []*lane, trials []bench.Trial) {
	for i, l := range lanes {
		if trials[i].Died {
			continue
		}
		if err := l.tearDown(ctx); err != nil {
			trials[i].Warnings = append(trials[i].Warnings, err.Error())
		}
	}
}

// abandon runs it for the arms of a block that has no trials.
func abandon(ctx context.Context, lanes []*lane) error {
	var errs []error
	for _, l := range lanes {
		if err := l.tearDown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", l.name, err))
		}
	}
	return errors.Join(errs...)
}

// tearDown runs the profile's teardown, where its setup came to its end, even
// when ctx is done.
func (l *lane) tearDown(ctx context.Context) error {
	if l.load == nil {
		return nil
	}
	late := fmt.Errorf("not done within %v", teardownLimit)
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), teardownLimit, late)
	defer cancel()
	if err := l.resume(ctx); err != nil { // a trial may have left it paused
		return fmt.Errorf("teardown: %w", err)
	}
	return l.masked(l.load.Teardown(ctx))
}
