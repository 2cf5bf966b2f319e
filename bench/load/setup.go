package load

import (
	"context"
	"fmt"
	"time"
)

// Setup runs the profile's setup steps, and fails with the first request that does.
// It is called before the first slice, if at all.
func (a *Arm) Setup(ctx context.Context) error {
	setup := a.program.Setup()
	for {
		action := setup.Next()
		if action.End {
			return action.Err
		}
		if action.Request == nil {
			if err := pause(ctx, action.Think); err != nil {
				return err
			}
			continue
		}
		request := action.Request.Method + " " + action.Request.Path
		a.wire.Send(0, action.Request)
		for a.results = a.results[:0]; len(a.results) == 0; {
			if err := ctx.Err(); err != nil {
				return err
			}
			a.results = a.wire.Wait(a.wire.Now()+100*time.Millisecond, a.results)
		}
		err := a.results[0].Err
		if err == nil {
			a.results[0].Response.Time = a.results[0].Done - a.results[0].Sent
			err = setup.Accept(&a.results[0].Response)
		}
		if err != nil {
			return fmt.Errorf("setup: %s: %w", request, err)
		}
	}
}

// pause waits for d.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
