package githubtest

import (
	"fmt"
	"net/http"
	"slices"
	"unicode/utf8"
)

const (
	maxOutput      = 65_535 // characters of a summary
	maxAnnotations = 50     // a request
)

// A Check is a check run.
type Check struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	HeadSHA    string `json:"head_sha"`
	Status     string `json:"status"`
	Conclusion string `json:"conclusion"`
	URL        string `json:"details_url"`
	Output     Output `json:"output"`
}

// An Output is what a check run shows.
type Output struct {
	Title       string       `json:"title"`
	Summary     string       `json:"summary"`
	Annotations []Annotation `json:"annotations"`
}

// An Annotation is a remark at lines of a file.
type Annotation struct {
	Path      string `json:"path"`
	StartLine int    `json:"start_line"`
	EndLine   int    `json:"end_line"`
	Level     string `json:"annotation_level"`
	Title     string `json:"title"`
	Message   string `json:"message"`
}

// Checks returns the check runs of a commit, the oldest first.
func (s *Server) Checks(sha string) []Check {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Check
	for _, c := range s.checks {
		if c.HeadSHA == sha {
			found = append(found, *c)
		}
	}
	return found
}

func (s *Server) checkRoutes() []route {
	needs := []string{"checks: write"}
	return []route{{"POST /repos/*/check-runs", needs, http.StatusCreated, s.createCheck}}
}

func (s *Server) createCheck(r *request) (any, error) {
	in, err := decodeCheck(r)
	if err != nil {
		return nil, err
	}
	switch {
	case in.Name == "":
		return nil, invalid("CheckRun", "name", "name can't be blank")
	case !fullSHA.MatchString(in.HeadSHA):
		return nil, noCommit(in.HeadSHA)
	}
	in.ID = s.id()
	s.checks = append(s.checks, &in)
	return in, nil
}

func decodeCheck(r *request) (Check, error) {
	var in Check
	if err := r.decode(&in); err != nil {
		return Check{}, err
	}
	if in.Conclusion != "" && in.Status == "" {
		in.Status = "completed"
	}
	return in, in.check()
}

// check holds a check run to GitHub's rules, and to one of its own: it has an output.
func (c Check) check() error {
	conclusions := []string{"", "action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"}
	switch out := c.Output; {
	case !slices.Contains(conclusions, c.Conclusion):
		return invalid("CheckRun", "conclusion", fmt.Sprintf("%q is not a member of the list", c.Conclusion))
	case c.Status == "completed" && c.Conclusion == "":
		return invalid("CheckRun", "conclusion", "a completed check run needs one")
	case out.Title == "" || out.Summary == "":
		return invalid("CheckRun", "output", "title and summary are required")
	case utf8.RuneCountInString(out.Summary) > maxOutput:
		return tooLong("CheckRun", "summary", maxOutput)
	case len(out.Annotations) > maxAnnotations:
		return invalid("CheckRun", "annotations", fmt.Sprintf("No more than %d items are allowed", maxAnnotations))
	}
	for _, a := range c.Output.Annotations {
		if err := a.check(); err != nil {
			return err
		}
	}
	return nil
}

func (a Annotation) check() error {
	switch {
	case a.Path == "" || a.Message == "" || a.StartLine < 1 || a.EndLine < a.StartLine:
		return invalid("CheckRun", "annotations", "path, message, start_line and end_line are required")
	case !slices.Contains([]string{"notice", "warning", "failure"}, a.Level):
		return invalid("CheckRun", "annotations", fmt.Sprintf("annotation_level %q is not a member of the list", a.Level))
	case utf8.RuneCountInString(a.Title) > 255:
		return tooLong("CheckRun", "title", 255)
	case len(a.Message) > 64<<10:
		return invalid("CheckRun", "message", "message is too long (maximum is 64 KB)")
	}
	return nil
}
