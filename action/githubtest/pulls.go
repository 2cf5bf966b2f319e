package githubtest

import (
	"fmt"
	"net/http"
	"strings"
)

// A Pull is an open pull request.
type Pull struct {
	Number  int
	Head    string // owner:branch
	HeadSHA string
	Base    string // a branch of the repository; "" is main
	BaseSHA string
}

// AddPull opens a pull request, or changes the one with the same number.
func (s *Server) AddPull(p Pull) {
	if owner, branch, ok := strings.Cut(p.Head, ":"); !ok || owner == "" || branch == "" {
		s.t.Fatalf("githubtest: pull request %d: head %q is not owner:branch", p.Number, p.Head)
	}
	if p.Base == "" {
		p.Base = "main"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.pulls {
		if s.pulls[i].Number == p.Number {
			s.pulls[i] = p
			return
		}
	}
	s.pulls = append(s.pulls, p)
}

func (s *Server) pullRoutes() []route {
	needs := []string{"pull-requests: read"}
	return []route{
		{"GET /repos/*/pulls", needs, http.StatusOK, s.listPulls},
		{"GET /repos/*/pulls/{number}/files", needs, http.StatusOK, s.listFiles},
	}
}

// AddFiles makes a pull request change files.
func (s *Server) AddFiles(pull int, paths ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[pull] = append(s.files[pull], paths...)
}

// maxFiles is how many files of a pull request GitHub lists.
const maxFiles = 3000

func (s *Server) listFiles(r *request) (any, error) {
	number, err := s.pullNumber(r)
	if err != nil {
		return nil, err
	}
	found := []fileAnswer{}
	for _, path := range s.files[number][:min(len(s.files[number]), maxFiles)] {
		found = append(found, fileAnswer{path, "modified"})
	}
	return page(r, found)
}

type fileAnswer struct {
	Name   string `json:"filename"`
	Status string `json:"status"`
}

// listPulls knows the parameters state, head and base. A head that is not
// owner:branch is ignored, as GitHub does.
func (s *Server) listPulls(r *request) (any, error) {
	query := r.URL.Query()
	if state := query.Get("state"); state != "" && state != "open" && state != "all" {
		return page(r, []pullAnswer{})
	}
	head, base := query.Get("head"), query.Get("base")
	found := []pullAnswer{}
	for _, p := range s.pulls {
		if (!strings.Contains(head, ":") || head == p.Head) && (base == "" || base == p.Base) {
			found = append(found, s.describe(p))
		}
	}
	return page(r, found)
}

type pullAnswer struct {
	Number int    `json:"number"`
	State  string `json:"state"`
	Head   end    `json:"head"`
	Base   end    `json:"base"`
}

// An end is a branch of a pull request.
type end struct {
	Label string      `json:"label"`
	Ref   string      `json:"ref"`
	SHA   string      `json:"sha"`
	User  Author      `json:"user"`
	Repo  *repository `json:"repo"`
}

type repository struct {
	FullName string `json:"full_name"`
}

func (s *Server) describe(p Pull) pullAnswer {
	owner, name, _ := strings.Cut(s.repository, "/")
	return pullAnswer{
		Number: p.Number,
		State:  "open",
		Head:   branchEnd(p.Head, p.HeadSHA, name),
		Base:   branchEnd(fmt.Sprintf("%s:%s", owner, p.Base), p.BaseSHA, name),
	}
}

// branchEnd describes owner:branch. A fork has the repository's name.
func branchEnd(label, sha, name string) end {
	owner, branch, _ := strings.Cut(label, ":")
	return end{Label: label, Ref: branch, SHA: sha, User: Author{owner, "User"}, Repo: &repository{owner + "/" + name}}
}
