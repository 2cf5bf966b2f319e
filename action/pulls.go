package action

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-github/v60/github"
)

// A WorkflowRun is a run of another workflow, as the event workflow_run
// describes it. GitHub vouches for it, whatever the run did.
type WorkflowRun struct {
	ID         RunID
	HeadOwner  string // of the repository that has the branch: of the fork, if it is one
	HeadBranch string
	HeadSHA    string
	Event      string // that started it: "pull_request"
	Completed  bool   // it has ended, and not just begun
}

// Errors of looking for the pull request of a workflow run.
var (
	// ErrNoPull is returned when no open pull request comes from the run's branch.
	ErrNoPull = errors.New("no open pull request comes from this branch")

	// ErrMoved is returned when the branch has newer commits than the run saw:
	// what the run found is stale.
	ErrMoved = errors.New("the branch has moved on since")

	// ErrManyPulls is returned when several pull requests want to merge the same
	// commit, into different branches: the run does not say which it was about.
	ErrManyPulls = errors.New("several open pull requests have this head")
)

// PullOf finds the pull request that a run was about, by its branch and commit.
// What the run itself has written is not asked: a fork controls it. The error
// is one of [ErrNoPull], [ErrMoved] and [ErrManyPulls], wrapped with the branch.
func (c *Client) PullOf(ctx context.Context, w WorkflowRun) (*Pull, error) {
	branch := w.HeadOwner + ":" + w.HeadBranch
	if err := CheckCommit(w.HeadSHA); err != nil {
		return nil, fmt.Errorf("workflow run %d: %w", w.ID.ID, err)
	}
	open, err := c.openPulls(ctx, branch)
	if err != nil {
		return nil, err
	}
	if len(open) == 0 {
		return nil, fmt.Errorf("%s: %w", branch, ErrNoPull)
	}
	var found []Pull
	for _, pull := range open {
		if pull.HeadSHA == w.HeadSHA {
			found = append(found, pull)
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("%s: %w: it is at %s, the run was of %s", branch, ErrMoved, open[0].HeadSHA, w.HeadSHA)
	case 1:
		return &found[0], nil
	}
	return nil, fmt.Errorf("%s: %w: #%d and #%d", branch, ErrManyPulls, found[0].Number, found[1].Number)
}

// openPulls returns the open pull requests from a branch, owner:name.
func (c *Client) openPulls(ctx context.Context, branch string) ([]Pull, error) {
	var open []Pull
	op := operation{doing: "look for the pull request from " + branch, need: "pull-requests: read"}
	err := c.pages(ctx, op, func(page github.ListOptions) (*github.Response, error) {
		options := &github.PullRequestListOptions{State: "open", Head: branch, ListOptions: page}
		pulls, response, err := c.github.PullRequests.List(ctx, c.repository.Owner, c.repository.Name, options)
		for _, pull := range pulls {
			// GitHub ignores a head that it does not understand, and lists all.
			if strings.EqualFold(pull.GetHead().GetUser().GetLogin()+":"+pull.GetHead().GetRef(), branch) {
				open = append(open, newPull(pull))
			}
		}
		return response, err
	})
	return open, err
}

func newPull(p *github.PullRequest) Pull {
	// The head's repository is missing when the fork has been deleted.
	head, base := p.GetHead().GetRepo().GetFullName(), p.GetBase().GetRepo().GetFullName()
	return Pull{
		Number:  p.GetNumber(),
		HeadSHA: p.GetHead().GetSHA(),
		BaseSHA: p.GetBase().GetSHA(),
		BaseRef: p.GetBase().GetRef(),
		Fork:    head != base,
	}
}
