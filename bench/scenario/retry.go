package scenario

import (
	"errors"
	"math"
	"slices"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// Retrying says whether the request that failed last is sent again: Next returns
// the pause before that, if any, and then the same request.
func (u *User) Retrying() bool { return u.attempt > 0 }

// retry makes the user send its last request again, where the step asks for that
// and has an attempt left.
func (u *User) retry(kind string, why error) bool {
	t := u.current.retry
	if t == nil || u.attempt >= t.Times || !wanted(t, kind, why) {
		return false
	}
	u.backoff = wait(t, u.attempt, u.jitter())
	u.attempt++
	u.at-- // to the request
	return true
}

// wanted says whether a failure is one after which to try again.
func wanted(t *profile.Retry, kind string, why error) bool {
	status, ok := errors.AsType[*StatusError](why)
	if !ok {
		return slices.Contains(t.Kinds, kind)
	}
	return among(status.Got, t.Status, t.Classes)
}

// wait returns the pause after so many failed retries; x is from 0 up to 1.
func wait(t *profile.Retry, failed int, x float64) time.Duration {
	pause := min(float64(t.Backoff)*math.Pow(t.Factor, float64(failed)), float64(t.Max))
	return time.Duration(pause * (1 + t.Jitter*(2*x-1)))
}

// jitter returns a number from 0 up to 1. It is not drawn from the user's
// generator: what comes after a retry must not depend on whether there was one.
func (u *User) jitter() float64 {
	x := mix(mix(mix(u.program.seed)+u.iteration)+uint64(u.at)<<8) + uint64(u.attempt)
	return float64(mix(x)>>11) / (1 << 53)
}
