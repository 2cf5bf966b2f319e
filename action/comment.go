package action

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/go-github/v60/github"
)

// MaxComment is the most characters that a comment may have, its marker
// included. GitHub's own limit is 65,536, and it has been seen to allow more.
// Whoever renders the comment cuts it, at a place that makes sense.
const MaxComment = 65_000

// A Comment is the one comment of a suite on a pull request.
type Comment struct {
	Suite   string
	HeadSHA string
	Run     RunID // of the workflow that made the verdict; an older one never overwrites a newer one of another head
	Body    string
}

// An Outcome is what became of a comment.
type Outcome string

const (
	CommentCreated   Outcome = "created"
	CommentUpdated   Outcome = "updated"
	CommentUnchanged Outcome = "unchanged" // it was there already, and nothing was sent
	CommentStale     Outcome = "stale"     // a newer run has commented, and nothing was sent
)

// Posted says what became of a comment, and which one now stands.
type Posted struct {
	Outcome Outcome
	ID      int64
	URL     string
}

// Comment puts m on a pull request: in place of what this suite said before,
// if anything. Where several did so at once, one comment is left; GitHub has no
// edit on condition, so runs that edit within one second may do so in any order.
func (c *Client) Comment(ctx context.Context, pull int, m Comment) (Posted, error) {
	text, err := m.text()
	if err != nil {
		return Posted{}, err
	}
	found, err := c.stickies(ctx, pull, m.Suite)
	if err != nil {
		return Posted{}, err
	}
	if len(found) > 0 {
		return c.replace(ctx, pull, found, m.marker(), text)
	}
	own, err := c.createComment(ctx, pull, text)
	if err != nil {
		return Posted{}, err
	}
	// Others may have found none as well. Who created later sees the earlier
	// ones, so all agree on which is the oldest.
	found, err = c.stickies(ctx, pull, m.Suite)
	if err != nil {
		return Posted{}, err
	}
	return c.yield(ctx, pull, found, own, text)
}

// HasComment says whether a suite has commented on a pull request.
func (c *Client) HasComment(ctx context.Context, pull int, suite string) (bool, error) {
	found, err := c.stickies(ctx, pull, suite)
	return len(found) > 0, err
}

func (m Comment) marker() marker { return marker{suite: m.Suite, head: m.HeadSHA, run: m.Run} }

// text returns the comment as it is sent: marker first.
func (m Comment) text() (string, error) {
	mark := m.marker()
	if err := mark.check(); err != nil {
		return "", fmt.Errorf("comment: %w", err)
	}
	text := mark.String() + "\n" + m.Body
	if n := utf8.RuneCountInString(text); n > MaxComment {
		return "", fmt.Errorf("comment: %d characters are more than the %d that may be sent", n, MaxComment)
	}
	return text, nil
}

// replace makes the oldest comment say text and deletes the others, unless a
// newer run has spoken: then that one tidies up.
func (c *Client) replace(ctx context.Context, pull int, found []sticky, own marker, text string) (Posted, error) {
	oldest := found[0]
	posted := Posted{ID: oldest.id, URL: oldest.url}
	switch {
	case slices.ContainsFunc(found, func(s sticky) bool { return own.stale(s.marker) }):
		posted.Outcome = CommentStale
		return posted, nil
	case sameText(oldest.body, text):
		posted.Outcome = CommentUnchanged
	default:
		posted.Outcome = CommentUpdated
		if err := c.editComment(ctx, pull, oldest.id, text); err != nil {
			return Posted{}, err
		}
	}
	var errs []error
	for _, spare := range found[1:] {
		errs = append(errs, c.deleteComment(ctx, pull, spare.id))
	}
	return posted, errors.Join(errs...)
}

// yield settles what is to become of a comment that was just created, now that
// all that others created at the same time are known.
func (c *Client) yield(ctx context.Context, pull int, found []sticky, own sticky, text string) (Posted, error) {
	if !slices.ContainsFunc(found, func(s sticky) bool { return s.id == own.id }) {
		found = append(found, own) // the list lags behind, or another has just deleted it
		slices.SortFunc(found, byAge)
	}
	posted, err := c.replace(ctx, pull, found, own.marker, text)
	switch {
	case err != nil:
		return Posted{}, err
	case posted.Outcome == CommentStale && posted.ID != own.id:
		return posted, c.deleteComment(ctx, pull, own.id)
	case posted.ID == own.id && posted.Outcome == CommentUnchanged:
		posted.Outcome = CommentCreated
	}
	return posted, nil
}

// sameText compares comments as GitHub keeps them: it may return other ends of
// lines than it was sent.
func sameText(a, b string) bool {
	plain := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return plain(a) == plain(b)
}

func (c *Client) commenting(doing string, pull int) operation {
	return operation{doing: fmt.Sprintf("%s %s#%d", doing, c.repository, pull), need: "pull-requests: write"}
}

func (c *Client) createComment(ctx context.Context, pull int, text string) (sticky, error) {
	var created *github.IssueComment
	// Repeated when the answer is lost: a second comment is found and removed.
	err := c.do(ctx, c.commenting("comment on", pull), func() (err error) {
		created, _, err = c.github.Issues.CreateComment(ctx, c.repository.Owner, c.repository.Name, pull, &github.IssueComment{Body: &text})
		return err
	})
	if err != nil {
		return sticky{}, err
	}
	own, ok := newSticky(created)
	if !ok {
		return sticky{}, fmt.Errorf("comment on %s#%d: GitHub did not keep its first line", c.repository, pull)
	}
	return own, nil
}

func (c *Client) editComment(ctx context.Context, pull int, id int64, text string) error {
	return c.do(ctx, c.commenting("edit the comment on", pull), func() error {
		_, _, err := c.github.Issues.EditComment(ctx, c.repository.Owner, c.repository.Name, id, &github.IssueComment{Body: &text})
		return err
	})
}

// deleteComment deletes a comment, if another has not already done so.
func (c *Client) deleteComment(ctx context.Context, pull int, id int64) error {
	return c.do(ctx, c.commenting("delete a second comment on", pull), func() error {
		_, err := c.github.Issues.DeleteComment(ctx, c.repository.Owner, c.repository.Name, id)
		if notFound(err) {
			return nil
		}
		return err
	})
}
