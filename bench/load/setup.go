package load

import (
	"context"
	"fmt"
	"time"

	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// Setup runs the profile's setup steps, and fails with the first request that does.
// It is called before the first slice, if at all.
func (a *Arm) Setup(ctx context.Context) error {
	u := a.program.Setup()
	if err := a.drive(ctx, "setup", u, 0); err != nil {
		return err
	}
	a.keeper = u
	for _, other := range a.users {
		other.Know(u)
	}
	return nil
}

// Teardown runs the profile's teardown steps after the last slice, for the user
// that ran those of the setup. It does nothing where Setup did not come to its
// end.
func (a *Arm) Teardown(ctx context.Context) error {
	if a.keeper == nil {
		return nil
	}
	a.keeper.Teardown()
	// An interrupted slice left requests in flight, on the users' slots.
	return a.drive(ctx, "teardown", a.keeper, len(a.users))
}

// drive takes a user through steps that are not measured.
func (a *Arm) drive(ctx context.Context, what string, u *scenario.User, slot int) error {
	for {
		action := u.Next()
		switch {
		case action.Err != nil:
			return fmt.Errorf("%s: %w", what, action.Err)
		case action.End():
			return nil
		case action.Request == nil:
			if err := pause(ctx, action.Think); err != nil {
				return err
			}
			continue
		}
		request := action.Request.Method + " " + action.Request.Path
		result, err := a.exchange(ctx, slot, action.Request)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", what, request, err)
		}
		if err = result.Err; err != nil {
			u.Fail(string(result.Kind), err)
		} else {
			err = u.Accept(&result.Response)
		}
		if err != nil && !u.Retrying() {
			return fmt.Errorf("%s: %s: %w", what, request, err)
		}
	}
}

// exchange sends one request and waits for its answer.
func (a *Arm) exchange(ctx context.Context, slot int, request *scenario.Request) (*http1.Result, error) {
	a.wire.Send(slot, request)
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		a.results = a.wire.Wait(a.wire.Now()+100*time.Millisecond, a.results[:0])
		for i := range a.results {
			if r := &a.results[i]; r.Slot == slot {
				r.Response.Time, r.Response.Service = r.Done-r.Sent, r.Done-r.Sent
				return r, nil
			}
		}
	}
}

// pause waits for d.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
