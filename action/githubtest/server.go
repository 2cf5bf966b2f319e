// Package githubtest is a GitHub for tests: one repository, served over HTTP
// by the rules that GitHub documents, or is known to enforce. It is strict: a
// request that GitHub's API does not describe fails the test.
//
//	github := githubtest.New(t, "acme/shop")
//	github.AddPull(githubtest.Pull{Number: 7, Head: "acme:faster"})
//	token := github.Token("pull-requests: write")
//	… let the code under test speak with github.URL, then look at
//	github.Comments(7)
//
// What is said over the API is kept in memory. All methods may be called while
// requests are being served.
package githubtest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// root is where the API lies, as on an Enterprise Server: its address has a path.
const root = "/api/v3"

// A Server is a GitHub with one repository.
type Server struct {
	URL string // of the API: what GITHUB_API_URL says

	t          testing.TB
	repository string // owner/name
	http       *httptest.Server

	mu        sync.Mutex // guards all below
	lastID    int64
	requests  []string
	faults    []*fault
	barriers  []*barrier
	bearers   map[string]bearer // by token
	pulls     []Pull
	files     map[int][]string     // changed, by pull request
	comments  map[int][]Comment    // by pull request, the oldest first
	statuses  map[string][]Status  // by commit, the oldest first
	checks    []*Check             // the oldest first
	artifacts map[int64][]Artifact // by run, the oldest first
}

// New starts a GitHub that has the repository owner/name, and stops it when the
// test ends.
func New(t testing.TB, repository string) *Server {
	t.Helper()
	s := &Server{
		t:          t,
		repository: repository,
		bearers:    map[string]bearer{},
		files:      map[int][]string{},
		comments:   map[int][]Comment{},
		statuses:   map[string][]Status{},
		artifacts:  map[int64][]Artifact{},
	}
	s.http = httptest.NewServer(s.handler())
	t.Cleanup(s.http.Close)
	s.URL = s.http.URL + root
	return s
}

// Requests returns what was asked of the API, in order of arrival, like
// "GET /repos/acme/shop/issues/7/comments?per_page=100".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// handler serves the API, and beside it the store of archives.
func (s *Server) handler() http.Handler {
	api := http.NewServeMux()
	for _, r := range slices.Concat(
		s.userRoutes(), s.pullRoutes(), s.commentRoutes(), s.statusRoutes(), s.checkRoutes(), s.artifactRoutes(),
	) {
		pattern := strings.Replace(r.pattern, "/repos/*", "/repos/"+s.repository, 1)
		api.Handle(pattern, s.serve(r))
	}
	api.HandleFunc("/", s.unknown)

	mux := http.NewServeMux()
	mux.Handle(root+"/", http.StripPrefix(root, api))
	mux.HandleFunc("GET /archives/{id}", s.archive)
	mux.HandleFunc("/", s.unknown)
	return mux
}

// unknown fails the test: the code under test asks for what is not there.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request) {
	s.t.Errorf("githubtest: there is no %s %s", r.Method, r.URL)
	write(w, http.StatusNotFound, notFound())
}

// id returns a number that is larger than all before. The caller holds mu.
func (s *Server) id() int64 {
	s.lastID++
	return s.lastID
}
