package remote

import (
	"fmt"
	"strings"
)

// reasons are what a server's words, passed on by git, mean and ask for.
// The words are those of git itself, OpenSSH, GitHub and GitLab.
var reasons = []struct {
	err    error
	advice string
	words  []string
}{
	{ErrProtected, "exempt the branch from the server's rules, or name another with #BRANCH", []string{
		"protected branch", "GH006", "GH013", "hook declined", "pushes to this branch are not allowed",
	}},
	{ErrDenied, "in GitHub Actions, pushing needs 'permissions: contents: write' in the job, which pull requests from forks never get; elsewhere, what 'git push' there needs", []string{
		"Permission denied", "Permission to ", "requested URL returned error: 401", "requested URL returned error: 403",
		"Write access to repository not granted", "Authentication failed", "not allowed to push",
		"could not read Username", "could not read Password", "insufficient permission",
	}},
	{ErrNotFound, "check its address, and that you may read it", []string{
		"Repository not found", "does not appear to be a git repository", "' not found", "project you were looking for could not be found",
	}},
}

// explain adds to the error of a git command what it means and what to do.
func explain(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, r := range reasons {
		for _, words := range r.words {
			if strings.Contains(text, words) {
				return fmt.Errorf("%w: %s\n%v", r.err, r.advice, err)
			}
		}
	}
	return err
}
