package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/report"
)

// post publishes a comparison: first what gates the merge.
func (p *publisher) post(ctx context.Context, c *compare.Comparison) error {
	err := p.may(p.client.SetStatus(ctx, p.sha, p.status(p.failOn.state(c.Verdict), report.Headline(c))))
	return errors.Join(err, p.may(p.postCheck(ctx, c)), p.may(p.postComment(ctx, c)))
}

func (p *publisher) postPending(ctx context.Context) error {
	return p.may(p.client.SetStatus(ctx, p.sha, p.status(action.StatePending, "measuring base and head side by side")))
}

// may turns the lack of a permission into a warning: the verdict stands without
// what could not be posted, in the step summary at least.
func (p *publisher) may(err error) error {
	var permission *action.PermissionError
	if errors.As(err, &permission) {
		p.ui.warn("%v", permission)
		return nil
	}
	return err
}

func (p *publisher) status(state action.State, description string) action.Status {
	return action.Status{Context: "perfcheck/" + p.suite, State: state, Description: description, URL: p.event.RunURL()}
}

// state is how a verdict shows in a status. GitHub knows nothing between
// success and failure, so what does not fail is a success that says what it is.
func (f failOn) state(v compare.Verdict) action.State {
	switch f.code(v) {
	case exitOK:
		return action.StateSuccess
	case exitInvalid:
		return action.StateError
	default:
		return action.StateFailure
	}
}

// postCheck posts a check run, which knows what a status does not: neutral and annotations.
func (p *publisher) postCheck(ctx context.Context, c *compare.Comparison) error {
	if !p.checkRun {
		return nil
	}
	var summary bytes.Buffer
	if err := report.Comment(&summary, c, p.commentOptions(c)); err != nil {
		return err
	}
	var annotations []action.Annotation
	if p.session != nil {
		annotations = p.session.annotations(c)
	}
	return p.client.CreateCheck(ctx, p.sha, action.Check{
		Name:        "perfcheck/" + p.suite,
		Conclusion:  p.failOn.conclusion(c.Verdict),
		Title:       report.Headline(c),
		Summary:     summary.String(),
		Annotations: annotations,
		URL:         p.event.RunURL(),
	})
}

// conclusion is how a verdict shows in a check run.
func (f failOn) conclusion(v compare.Verdict) action.Conclusion {
	switch {
	case f.code(v) != exitOK:
		return action.ConclusionFailure
	case v == compare.Skipped:
		return action.ConclusionSkipped
	case v == compare.Inconclusive || v == compare.Regression:
		return action.ConclusionNeutral
	default:
		return action.ConclusionSuccess
	}
}

func (p *publisher) postComment(ctx context.Context, c *compare.Comparison) error {
	if p.pull == nil || p.comment == commentNever {
		return nil
	}
	if p.comment == commentOnChange && (c.Verdict == compare.Pass || c.Verdict == compare.Skipped) {
		there, err := p.client.HasComment(ctx, p.pull.Number, p.suite)
		if err != nil || !there {
			return err
		}
	}
	var body bytes.Buffer
	if err := report.Comment(&body, c, p.commentOptions(c)); err != nil {
		return err
	}
	posted, err := p.client.Comment(ctx, p.pull.Number, action.Comment{Suite: p.suite, HeadSHA: p.sha, Run: p.ran, Body: body.String()})
	if err != nil {
		return err
	}
	p.ui.say("comment %s: %s", posted.Outcome, posted.URL)
	return action.WriteOutputs(os.Getenv, action.Output{Name: "comment-id", Value: fmt.Sprint(posted.ID)})
}

func (p *publisher) commentOptions(c *compare.Comparison) report.CommentOptions {
	return report.CommentOptions{
		Suite:      p.suite,
		RunURL:     p.event.RunURL(),
		ReportURL:  p.event.RunURL() + "#artifacts",
		Reproduce:  fmt.Sprintf("perfcheck compare %.8s %.8s", c.Base.Commit, p.sha),
		Accept:     `perfcheck accept --why "…"`,
		Unattested: p.unattested,
	}
}
