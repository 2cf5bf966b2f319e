package runner

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// teardownLimit is how long the teardown of one arm may take.
const teardownLimit = 30 * time.Second

// tearDown runs the profile's teardown, even when ctx is done.
func (l *lane) tearDown(ctx context.Context) error {
	if l.load == nil {
		return nil
	}
	late := fmt.Errorf("not done within %v", teardownLimit)
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), teardownLimit, late)
	defer cancel()
	return l.load.Teardown(ctx)
}

func tearDown(ctx context.Context, lanes []*lane) error {
	var errs []error
	for _, l := range lanes {
		errs = append(errs, l.tearDown(ctx))
	}
	return errors.Join(errs...)
}
