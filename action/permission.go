package action

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"
)

// A PermissionError is returned when the token may not do what it was asked to.
type PermissionError struct {
	Doing string // "comment on acme/shop#7"
	Need  string // the permission, as a workflow spells it: "pull-requests: write"
	Said  string // GitHub's own words
}

func (e *PermissionError) Error() string {
	text := fmt.Sprintf("%s: the token may not (%s)", e.Doing, e.Said)
	if e.Need == "" {
		return text
	}
	return fmt.Sprintf("%s: grant the job `permissions: {%s}`; pull requests from forks and of Dependabot get a token that only reads", text, e.Need)
}

// explain says what was being done when err came, and what it takes.
func (op operation) explain(err error) error {
	answer, ok := errors.AsType[*github.ErrorResponse](err)
	switch {
	case ok && refused(answer):
		return &PermissionError{Doing: op.doing, Need: op.need, Said: answer.Message}
	case notFound(err) && op.need != "":
		// GitHub denies that there is what a token may not see.
		return fmt.Errorf("%s: %w: it is not there, or the token lacks %q", op.doing, err, op.need)
	}
	if wait, limited := limitedFor(err); limited {
		return fmt.Errorf("%s: %w: GitHub asks to wait %s, which is longer than is left", op.doing, err, wait.Round(time.Second))
	}
	return fmt.Errorf("%s: %w", op.doing, err)
}

// refused says whether an answer speaks of permissions: "Resource not
// accessible by integration", or "… by personal access token", or a 403 that
// names what would have been accepted.
func refused(answer *github.ErrorResponse) bool {
	if strings.HasPrefix(answer.Message, "Resource not accessible by ") {
		return true
	}
	return answer.Response.StatusCode == http.StatusForbidden &&
		answer.Response.Header.Get("X-Accepted-GitHub-Permissions") != ""
}

func notFound(err error) bool {
	answer, ok := errors.AsType[*github.ErrorResponse](err)
	return ok && answer.Response.StatusCode == http.StatusNotFound
}
