package githubtest

import (
	"fmt"
	"net/http"
	"strings"
)

// SetMergeBase says from which commit head left base. Both are names as they
// are asked for.
func (s *Server) SetMergeBase(base, head, sha string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bases[[2]string{base, head}] = sha
}

func (s *Server) compareRoutes() []route {
	needs := []string{"contents: read"}
	return []route{{"GET /repos/*/compare/{basehead}", needs, http.StatusOK, s.compare}}
}

func (s *Server) compare(r *request) (any, error) {
	base, head, ok := strings.Cut(r.PathValue("basehead"), "...")
	if !ok {
		return nil, notFound()
	}
	sha, ok := s.bases[[2]string{base, head}]
	if !ok {
		message := fmt.Sprintf("No common ancestor between %s and %s.", base, head)
		return nil, &refusal{status: http.StatusNotFound, Message: message}
	}
	return map[string]any{"merge_base_commit": map[string]string{"sha": sha}}, nil
}
