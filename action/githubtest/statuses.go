package githubtest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxDescription = 140   // characters
	maxStatuses    = 1_000 // of a commit and a context
)

// A Status is what was said of a commit in one context.
type Status struct {
	Context     string `json:"context"`
	State       string `json:"state"`
	Description string `json:"description"`
	URL         string `json:"target_url"`
}

// Statuses returns the statuses of a commit, the oldest first. The last one of
// a context counts.
func (s *Server) Statuses(sha string) []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.statuses[sha])
}

func (s *Server) statusRoutes() []route {
	needs := []string{"statuses: write"}
	return []route{{"POST /repos/*/statuses/{sha}", needs, http.StatusCreated, s.createStatus}}
}

// fullSHA is the name of a commit. The server takes it that the commit exists.
var fullSHA = regexp.MustCompile(`^[0-9a-f]{40}$`)

func (s *Server) createStatus(r *request) (any, error) {
	in := Status{Context: "default"}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	sha := r.PathValue("sha")
	if !fullSHA.MatchString(sha) {
		return nil, noCommit(sha)
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	same := 0
	for _, before := range s.statuses[sha] {
		if strings.EqualFold(before.Context, in.Context) {
			same++
		}
	}
	if same == maxStatuses {
		return nil, invalid("Status", "base", "This SHA and context has reached the maximum number of statuses.")
	}
	s.statuses[sha] = append(s.statuses[sha], in)
	return in, nil
}

func (s Status) check() error {
	beyond := func(r rune) bool { return r > 0xffff }
	web := strings.HasPrefix(s.URL, "https://") || strings.HasPrefix(s.URL, "http://")
	switch {
	case !slices.Contains([]string{"error", "failure", "pending", "success"}, s.State):
		return invalid("Status", "state", "state is not included in the list")
	case utf8.RuneCountInString(s.Description) > maxDescription:
		return tooLong("Status", "description", maxDescription)
	case strings.ContainsFunc(s.Description, beyond):
		return invalid("Status", "description", "description doesn't accept 4-byte Unicode")
	case s.URL != "" && !web:
		return invalid("Status", "target_url", "target_url must use http(s) scheme")
	}
	return nil
}

// FillStatuses gives a commit as many statuses in a context as GitHub keeps.
func (s *Server) FillStatuses(sha, context string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range maxStatuses {
		s.statuses[sha] = append(s.statuses[sha], Status{Context: context, State: "pending"})
	}
}
