package githubtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A bearer is whom a token stands for, and what it may do.
type bearer struct {
	author      Author
	permissions []string // as a workflow spells them: "statuses: write"
}

// An Author is who wrote a comment.
type Author struct {
	Login string `json:"login"`
	Type  string `json:"type"` // User or Bot
}

// actions is whom the tokens of workflows stand for.
var actions = Author{Login: "github-actions[bot]", Type: "Bot"}

// Token returns a token like that of a workflow with these permissions, spelled
// as in its file: "pull-requests: write".
func (s *Server) Token(permissions ...string) string {
	return s.issue("ghs_", bearer{author: actions, permissions: permissions})
}

// ForkToken returns a token like that of a workflow for a pull request from a
// fork, which only reads, whatever the workflow's file says.
func (s *Server) ForkToken() string {
	return s.Token("actions: read", "checks: read", "contents: read", "issues: read", "pull-requests: read", "statuses: read")
}

// UserToken returns a personal token, which may do all that a user may. Check
// runs are not among it.
func (s *Server) UserToken(login string) string {
	return s.issue("github_pat_", bearer{
		author:      Author{Login: login, Type: "User"},
		permissions: []string{"actions: write", "contents: write", "issues: write", "pull-requests: write", "statuses: write"},
	})
}

func (s *Server) issue(prefix string, b bearer) string {
	for _, p := range b.permissions {
		if !strings.HasSuffix(p, ": read") && !strings.HasSuffix(p, ": write") {
			s.t.Fatalf("githubtest: %q is no permission: want one like %q", p, "statuses: write")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	token := fmt.Sprintf("%stest%d", prefix, s.id())
	s.bearers[token] = b
	return token
}

// admit finds out who asks, and whether they may. The caller holds mu.
func (s *Server) admit(r *http.Request, needs []string) (bearer, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	by, known := s.bearers[token]
	switch {
	case !ok:
		return bearer{}, &refusal{status: http.StatusUnauthorized, Message: "Requires authentication"}
	case !known:
		return bearer{}, &refusal{status: http.StatusUnauthorized, Message: "Bad credentials"}
	case len(needs) == 0 && by.author.Type == "User", slices.ContainsFunc(needs, by.may):
		return by, nil
	}
	return bearer{}, inaccessible(by.author, needs)
}

func (b bearer) may(need string) bool {
	write := strings.Replace(need, ": read", ": write", 1)
	return slices.Contains(b.permissions, need) || slices.Contains(b.permissions, write)
}

func inaccessible(author Author, needs []string) *refusal {
	by := "integration"
	if author.Type == "User" {
		by = "personal access token"
	}
	r := &refusal{status: http.StatusForbidden, Message: "Resource not accessible by " + by}
	if len(needs) > 0 {
		accepted := strings.NewReplacer("-", "_", ": ", "=").Replace(strings.Join(needs, "; "))
		r.header = map[string]string{"X-Accepted-GitHub-Permissions": accepted}
	}
	return r
}
