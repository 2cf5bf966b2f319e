package action

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/go-github/v60/github"
)

// A State is what a commit status says. GitHub has no neutral one.
type State string

const (
	StatePending State = "pending"
	StateSuccess State = "success"
	StateFailure State = "failure"
	StateError   State = "error" // nothing could be said: neither success nor failure
)

// A Status is a commit status: a line beside the merge button that can be required.
type Status struct {
	Context     string // its name: "perfcheck/checkout"
	State       State
	Description string // cut to what GitHub takes
	URL         string // of the details; "" is none
}

// SetStatus gives a commit a status, in place of the last one of the same context.
func (c *Client) SetStatus(ctx context.Context, sha string, s Status) error {
	if err := CheckCommit(sha); err != nil {
		return fmt.Errorf("status %s: %w", s.Context, err)
	}
	if s.Context == "" {
		return fmt.Errorf("status of %s: it has no context, and would be called default", sha)
	}
	status := &github.RepoStatus{
		Context:     &s.Context,
		State:       github.String(string(s.State)),
		Description: github.String(describe(s.Description)),
	}
	if s.URL != "" {
		status.TargetURL = &s.URL
	}
	op := operation{doing: fmt.Sprintf("set the status %s of %s", s.Context, sha), need: "statuses: write"}
	return c.do(ctx, op, func() error {
		_, _, err := c.github.Repositories.CreateStatus(ctx, c.repository.Owner, c.repository.Name, sha, status)
		return err
	})
}

// describe makes one line of text that GitHub takes: without characters beyond
// Unicode's first plane ("description doesn't accept 4-byte Unicode"), and cut
// after a word.
func describe(text string) string {
	const most = 140 // characters: "description is too long (maximum is 140 characters)"
	text = strings.Map(func(r rune) rune {
		if r > 0xffff {
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	cut := string([]rune(text)[:most-1])
	// Where the line would lose half of itself with its last word, that is cut.
	if space := strings.LastIndexByte(string([]rune(text)[:most]), ' '); space > len(cut)/2 {
		cut = text[:space]
	}
	return cut + "…"
}
