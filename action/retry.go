package action

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/go-github/v60/github"
)

// patience bounds how long one answer is tried for, waits included.
const patience = 2 * time.Minute

// leastWait is the first wait where GitHub names none that is longer, since a
// limit has been reached all the same. Each time it is twice as long.
const leastWait = time.Second

// An operation is something that GitHub is asked to do.
type operation struct {
	doing string // "comment on acme/shop#7"
	need  string // the permission that it takes, as a workflow spells it: "pull-requests: write"
	once  bool   // doing it twice would show, so a lost answer is not asked for again
}

// do makes a call until it is answered, or patience or the context ends, or the
// answer is one that waiting does not change.
func (c *Client) do(ctx context.Context, op operation, call func() error) error {
	limit := patience
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline))
	}
	var last error
	least := leastWait
	attempt := func() (struct{}, error) {
		last = call()
		advice := op.advice(last)
		if limit, ok := errors.AsType[*backoff.RetryAfterError](advice); ok {
			limit.Duration, least = max(limit.Duration, least), 2*least
		}
		return struct{}{}, advice
	}
	announce := func(_ error, wait time.Duration) {
		c.say(fmt.Sprintf("%s: %s; trying again in %s", op.doing, words(last), wait.Round(time.Second/10)))
	}
	_, err := backoff.Retry(ctx, attempt, backoff.WithMaxElapsedTime(limit), backoff.WithNotify(announce))
	if err == nil {
		return nil
	}
	if ended := context.Cause(ctx); ended != nil && !errors.Is(last, ended) {
		return fmt.Errorf("%s: %w, while waiting since %s", op.doing, ended, words(last))
	}
	return op.explain(last)
}

// advice turns the error of a call into what package backoff makes of it: a
// permanent error, a wait of a certain length, or a wait that it chooses.
func (op operation) advice(err error) error {
	if wait, limited := limitedFor(err); limited {
		return &backoff.RetryAfterError{Duration: wait} // was refused, so not done: safe even once
	}
	if err == nil || (unanswered(err) && !op.once) {
		return err
	}
	return backoff.Permanent(err)
}

// limitedFor says whether GitHub refused because of the number of requests, and
// for how long it will. go-github refuses by itself until then.
func limitedFor(err error) (time.Duration, bool) {
	if primary, ok := errors.AsType[*github.RateLimitError](err); ok {
		return time.Until(primary.Rate.Reset.Time) + time.Second, true // the reset is cut to seconds
	}
	if secondary, ok := errors.AsType[*github.AbuseRateLimitError](err); ok {
		if secondary.RetryAfter == nil {
			return unnamedWait, true
		}
		return *secondary.RetryAfter, true
	}
	if answer, ok := errors.AsType[*github.ErrorResponse](err); ok {
		return answeredWait(answer.Response)
	}
	return 0, false
}

// unnamedWait is what GitHub asks for where it names no wait:
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
const unnamedWait = time.Minute

// answeredWait finds the limits that go-github v60 does not: those that are
// answered with 429, and with 403 and nothing but the header.
func answeredWait(answer *http.Response) (time.Duration, bool) {
	seconds, err := strconv.Atoi(answer.Header.Get("Retry-After"))
	named := err == nil && seconds >= 0
	switch {
	case named && (answer.StatusCode == http.StatusForbidden || answer.StatusCode == http.StatusTooManyRequests):
		return time.Duration(seconds) * time.Second, true
	case answer.StatusCode == http.StatusTooManyRequests:
		return unnamedWait, true
	}
	return 0, false
}

// unanswered says whether err leaves open what became of the request: GitHub
// broke down, or its answer did not arrive whole.
func unanswered(err error) bool {
	if answer, ok := errors.AsType[*github.ErrorResponse](err); ok {
		return answer.Response.StatusCode >= 500
	}
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.ErrUnexpectedEOF)
}
