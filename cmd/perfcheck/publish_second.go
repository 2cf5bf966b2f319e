package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// artifactName is what the action uploads gate's files as.
func artifactName(suite string) string { return "perfcheck-" + suite }

// second posts what a run of a pull request's code left, for which that run's
// token was not enough. All in the artifact may be forged.
func (p *publisher) second(c *cli.Context) error {
	w := p.event.WorkflowRun
	if w.Event != "pull_request" {
		p.ui.say("the run before was of a %s, which posts for itself", w.Event)
		return nil
	}
	pull, err := p.client.PullOf(c.Context, *w)
	if errors.Is(err, action.ErrNoPull) || errors.Is(err, action.ErrMoved) {
		p.ui.say("nothing to post: %v", err)
		return nil
	}
	if err != nil && !errors.Is(err, action.ErrManyPulls) { // then the commit gets its status, and none of them a comment
		return err
	}
	p.pull, p.sha, p.ran, p.unattested = pull, w.HeadSHA, w.ID, pull == nil || pull.Fork
	if p.pending {
		return p.postPending(c.Context)
	}
	if p.session, err = openSession(c, p.ui); err != nil {
		return err
	}
	result, err := p.left(c.Context)
	if err != nil {
		result = p.unread(err)
	}
	return p.post(c.Context, result)
}

// left returns what may be said of the result that the run before left.
func (p *publisher) left(ctx context.Context) (*compare.Comparison, error) {
	data, err := p.client.Artifact(ctx, p.ran.ID, artifactName(p.suite), outcomeFile, maxOutcome)
	if err != nil {
		return nil, err
	}
	o, err := p.outcome(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	claimed, err := o.comparison()
	if err != nil {
		return nil, err
	}
	if claimed.Verdict == compare.Skipped {
		return p.skipped(ctx, claimed)
	}
	return o.judge(p.session, claimed)
}

// unread blocks where there is no result that can be read.
func (p *publisher) unread(err error) *compare.Comparison {
	return compare.Unmeasured(bench.Subject{}, bench.Subject{Commit: p.sha}, compare.Invalid, time.Now(),
		fmt.Sprintf("the measurement left no result that could be read: %v", err))
}

// skipped checks that a run had the right to skip.
func (p *publisher) skipped(ctx context.Context, claimed *compare.Comparison) (*compare.Comparison, error) {
	changed, err := p.client.Changed(ctx, p.pull.Number)
	if err != nil {
		return nil, err
	}
	if reason := p.paths.unaffected(changed); reason != "" {
		return compare.Unmeasured(claimed.Base, claimed.Head, compare.Skipped, claimed.Created, reason), nil
	}
	return compare.Unmeasured(claimed.Base, claimed.Head, compare.Invalid, claimed.Created,
		"the run skipped the measurement, and files changed that matter"), nil
}
