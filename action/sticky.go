package action

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/go-github/v60/github"
)

// A sticky is a comment with a marker that a pull request has.
type sticky struct {
	id     int64 // later ones are larger
	url    string
	body   string
	marker marker
	author string
}

func newSticky(c *github.IssueComment) (sticky, bool) {
	m, ok := parseMarker(c.GetBody())
	return sticky{
		id:     c.GetID(),
		url:    c.GetHTMLURL(),
		body:   c.GetBody(),
		marker: m,
		author: c.GetUser().GetLogin(),
	}, ok
}

func byAge(a, b sticky) int { return cmp.Compare(a.id, b.id) }

// stickies returns perfcheck's own comments of a suite, the oldest first.
func (c *Client) stickies(ctx context.Context, pull int, suite string) ([]sticky, error) {
	if err := CheckSuite(suite); err != nil {
		return nil, err
	}
	var found []sticky
	op := operation{doing: fmt.Sprintf("read the comments on %s#%d", c.repository, pull), need: "pull-requests: write"}
	err := c.pages(ctx, op, func(page github.ListOptions) (*github.Response, error) {
		options := &github.IssueListCommentsOptions{ListOptions: page}
		comments, response, err := c.github.Issues.ListComments(ctx, c.repository.Owner, c.repository.Name, pull, options)
		for _, comment := range comments {
			if s, ok := newSticky(comment); ok && s.marker.suite == suite {
				found = append(found, s)
			}
		}
		return response, err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, byAge)
	return c.withoutDecoys(ctx, found)
}

// workflowLogin is whom the tokens of workflows stand for.
const workflowLogin = "github-actions[bot]"

// withoutDecoys drops comments of others than the token's owner: anyone can
// write a marker, and have other bots repeat it.
func (c *Client) withoutDecoys(ctx context.Context, found []sticky) ([]sticky, error) {
	if len(found) == 0 {
		return nil, nil
	}
	login, err := c.owner(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(s sticky) bool { return s.author != login }), nil
}

// owner returns the login of the token's owner. That of a workflow may not ask.
func (c *Client) owner(ctx context.Context) (string, error) {
	if c.login != "" {
		return c.login, nil
	}
	var user *github.User
	err := c.do(ctx, operation{doing: "ask whose token it is"}, func() (err error) {
		user, _, err = c.github.Users.Get(ctx, "")
		return err
	})
	if _, ok := errors.AsType[*PermissionError](err); ok {
		return workflowLogin, nil
	}
	return user.GetLogin(), err
}
