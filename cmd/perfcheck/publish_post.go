package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/report"
)

// post publishes a comparison: first what gates the merge.
func (p *publisher) post(ctx context.Context, c *compare.Comparison) error {
	err := p.may(p.client.SetStatus(ctx, p.sha, p.status(p.failOn.state(c.Verdict), p.headline(c))))
	return errors.Join(err, p.may(p.postCheck(ctx, c)), p.may(p.postComment(ctx, c)))
}

// headline is what the status and the check run say, in a line.
func (p *publisher) headline(c *compare.Comparison) string {
	if p.unattested {
		return "unattested: " + report.Headline(c)
	}
	return report.Headline(c)
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
		Title:       p.headline(c),
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
	// That nobody vouches for a pass is always something to say.
	if p.comment == commentOnChange && !p.unattested && (c.Verdict == compare.Pass || c.Verdict == compare.Skipped) {
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
	if posted.Outcome == action.CommentStale {
		p.ui.say("the comment stays as it is, for a newer run of another commit has written it: %s", posted.URL)
	} else {
		p.ui.say("comment %s: %s", posted.Outcome, posted.URL)
	}
	return action.WriteOutputs(os.Getenv, action.Output{Name: "comment-id", Value: fmt.Sprint(posted.ID)})
}

func (p *publisher) commentOptions(c *compare.Comparison) report.CommentOptions {
	return report.CommentOptions{
		Suite:      p.suite,
		RunURL:     p.event.RunURL(),
		ReportURL:  p.event.RunURL() + "#artifacts",
		Reproduce:  p.again(c),
		Accept:     p.accept(),
		Unattested: p.unattested,
	}
}

// again is the command that measures it again, and empty where it is not known.
// Base may be named by a stranger's run, and the command is there to be pasted.
func (p *publisher) again(c *compare.Comparison) string {
	if action.CheckCommit(c.Base.Commit) != nil {
		return ""
	}
	words := []string{"perfcheck", "compare"}
	if p.config != "" {
		words = append(words, "--config", quoted(p.config))
	}
	for _, name := range p.profiles {
		words = append(words, "--profile", quoted(name))
	}
	if p.pull == nil {
		return strings.Join(append(words, c.Base.Commit, p.sha), " ")
	}
	ref := "merge" // which is what the event of a pull request has checked out
	if c.Head.Commit == p.sha {
		ref = "head"
	}
	return fmt.Sprintf("git fetch origin refs/pull/%d/%s && %s", p.pull.Number, ref, strings.Join(append(words, c.Base.Commit, "FETCH_HEAD"), " "))
}

// quoted is a word as a shell takes it.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// accept is how a wanted slowdown is accepted.
func (p *publisher) accept() string {
	command := "perfcheck accept"
	if p.config != "" {
		command += " --config " + quoted(p.config)
	}
	command += ` --from comparison.json --why "…"  # the file is in the artifact ` + artifactName(p.suite) + "-report"
	if p.event.WorkflowRun != nil {
		command += "\n# and a maintainer has to put the " + profile.AcceptFile + " that it writes on the default branch, whose rules are applied here"
	}
	return command
}
