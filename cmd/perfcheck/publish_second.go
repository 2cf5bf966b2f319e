package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/report"
)

// artifactName is what the action uploads gate's files as.
func artifactName(suite string) string { return "perfcheck-" + suite }

// second posts what a run of a pull request's code left, for which that run's
// token was not enough. All in the artifact may be forged.
func (p *publisher) second(c *cli.Context) error {
	w := p.event.WorkflowRun
	p.unattested = true
	pull, err := p.client.PullOf(c.Context, *w)
	if errors.Is(err, action.ErrNoPull) || errors.Is(err, action.ErrMoved) {
		p.ui.say("nothing to post: %v", err)
		return nil
	}
	if errors.Is(err, action.ErrManyPulls) {
		p.ui.say("the commit gets its status, and no pull request a comment: %v", err)
		err = nil
	}
	if pull != nil {
		p.pull, p.unattested = pull, pull.Fork
	}
	err = p.may(err) // without the pull request there is the commit still
	if p.pending || !w.Completed {
		return errors.Join(err, p.postPending(c.Context))
	}
	result, err := p.verdict(c, err)
	return errors.Join(err, p.post(c.Context, result), p.summarize(result))
}

// verdict is that on what the run before left. Where there is none, because of
// err that was met before or another error, it blocks.
func (p *publisher) verdict(c *cli.Context, err error) (*compare.Comparison, error) {
	if err == nil {
		p.session, err = openSession(c, p.ui)
	}
	if err != nil {
		return p.invalid("no verdict could be made: " + here(err)), err
	}
	result, err := p.left(c.Context)
	if err != nil {
		p.ui.warn("%v", err) // which is no failure of this step: to tell it is its work
		return p.unread(err), nil
	}
	return result, nil
}

// summarize writes the full report into the step's summary.
func (p *publisher) summarize(c *compare.Comparison) error {
	var text bytes.Buffer
	if p.unattested {
		text.WriteString("**Unattested**: measured by a workflow that the pull request itself could change.\n\n")
	}
	if err := report.Markdown(&text, c); err != nil {
		return err
	}
	return action.AppendSummary(os.Getenv, text.String())
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
		return p.skipped(ctx)
	}
	return o.judge(p.session, claimed)
}

// unread blocks where there is no result that can be read.
func (p *publisher) unread(err error) *compare.Comparison {
	return p.invalid("no result could be read: " + here(err))
}

func (p *publisher) invalid(reason string) *compare.Comparison {
	return compare.Unmeasured(bench.Subject{}, bench.Subject{Commit: p.sha}, compare.Invalid, time.Now(), reason)
}

// skipped checks that a run had the right to skip.
func (p *publisher) skipped(ctx context.Context) (*compare.Comparison, error) {
	if p.pull == nil {
		return p.invalid("the run skipped the measurement, and which pull request it was of, and so what changed, is not known"), nil
	}
	changed, err := p.client.Changed(ctx, p.pull.Number)
	if err != nil {
		return nil, err
	}
	if reason := p.paths.unaffected(changed); reason != "" {
		return compare.Unmeasured(bench.Subject{Commit: p.pull.BaseSHA}, bench.Subject{Commit: p.sha}, compare.Skipped, time.Now(), reason), nil
	}
	return p.invalid("the run skipped the measurement, and files changed that matter"), nil
}
