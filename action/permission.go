package action

import (
	"fmt"
	"net/http"
	"strings"

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
	text += fmt.Sprintf(": it takes `permissions: {%s}` in the workflow", e.Need)
	if strings.HasSuffix(e.Need, ": write") {
		text += ", which pull requests from forks and of Dependabot are not given"
	}
	return text
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
