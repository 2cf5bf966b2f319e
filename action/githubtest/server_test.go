package githubtest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

var sha = strings.Repeat("a", 40)

// A record is a test that keeps its errors to itself.
type record struct {
	testing.TB
	mu     sync.Mutex
	errors []string
}

func (r *record) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *record) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.errors
	r.errors = nil
	return taken
}

// newServer returns a server with pull request 7, and the test that it fails.
func newServer(t *testing.T) (*Server, *record) {
	t.Helper()
	r := &record{TB: t}
	s := New(r, "acme/shop")
	s.AddPull(Pull{Number: 7, Head: "acme:faster", HeadSHA: sha})
	return s, r
}

// ask sends a request as it is, and returns status, header and body of the answer.
func ask(t *testing.T, s *Server, token, method, path, body string) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(answer)
}

func TestWhatGitHubDoesNotKnowFailsTheTest(t *testing.T) {
	s, errors := newServer(t)
	token := s.Token("pull-requests: write", "statuses: write", "checks: write")
	for _, try := range []struct{ method, path, body string }{
		{"GET", "/repos/acme/shop/issues", ""},
		{"GET", "/repos/acme/other/issues/7/comments", ""},
		{"PUT", "/repos/acme/shop/issues/7/comments", "{}"},
		{"POST", "/repos/acme/shop/issues/7/comments", `{"body": "b", "sticky": true}`},
		{"POST", "/repos/acme/shop/issues/7/comments", `body=b`},
		{"POST", "/repos/acme/shop/statuses/" + sha, `{"state": "success", "conclusion": "x"}`},
		{"POST", "/repos/acme/shop/check-runs", `{"name": "n", "annotations": []}`},
		{"GET", "/repos/acme/shop/issues/7/comments?page=0", ""},
		{"GET", "/repos/acme/shop/issues/7/comments?per_page=all", ""},
	} {
		status, _, _ := ask(t, s, token, try.method, try.path, try.body)
		if got := errors.take(); status < 400 || len(got) != 1 {
			t.Errorf("%s %s %s: %d, errors %q", try.method, try.path, try.body, status, got)
		}
	}
}

func TestWhoMay(t *testing.T) {
	s, errors := newServer(t)
	const comments = "/repos/acme/shop/issues/7/comments"
	for name, test := range map[string]struct {
		token, method, path string
		want                int
	}{
		"nobody":                    {"", "GET", comments, 401},
		"a stranger":                {"ghs_x", "GET", comments, 401},
		"a reader reads":            {s.Token("pull-requests: read"), "GET", comments, 200},
		"a writer reads":            {s.Token("issues: write"), "GET", comments, 200},
		"a fork reads":              {s.ForkToken(), "GET", comments, 200},
		"a fork writes":             {s.ForkToken(), "POST", comments, 403},
		"a writer of issues writes": {s.Token("issues: write"), "POST", comments, 201},
		"no permission":             {s.Token(), "GET", comments, 403},
		"a user":                    {s.UserToken("ada"), "GET", "/user", 200},
		"an app is no user":         {s.Token("issues: write"), "GET", "/user", 403},
		"a user checks":             {s.UserToken("ada"), "POST", "/repos/acme/shop/check-runs", 403},
	} {
		status, header, body := ask(t, s, test.token, test.method, test.path, `{"body": "b"}`)
		if status != test.want {
			t.Errorf("%s: %d %s, want %d", name, status, body, test.want)
		}
		named := header.Get("X-Accepted-GitHub-Permissions") != ""
		if refused := status == 403 && test.path != "/user"; named != refused {
			t.Errorf("%s: header %v", name, header)
		}
	}
	if got := errors.take(); len(got) > 0 {
		t.Errorf("errors %q", got)
	}
}

func TestPages(t *testing.T) {
	s, _ := newServer(t)
	for i := range 150 {
		s.AddComment(7, Author{"ada", "User"}, fmt.Sprintf("comment %d.", i))
	}
	token := s.Token("issues: read")
	for _, test := range []struct {
		query       string
		first, last int // -1 is none
		links       []string
	}{
		{"", 0, 29, []string{`page=2>; rel="next"`, `page=5>; rel="last"`}},
		{"?page=5", 120, 149, []string{`page=1>; rel="first"`, `page=4>; rel="prev"`}},
		{"?per_page=100", 0, 99, []string{`page=2&per_page=100>; rel="next"`}},
		{"?per_page=1000&page=2", 100, 149, []string{`page=1&per_page=1000>; rel="prev"`}},
		{"?page=6", -1, -1, []string{`page=5>; rel="prev"`}},
	} {
		_, header, body := ask(t, s, token, "GET", "/repos/acme/shop/issues/7/comments"+test.query, "")
		for _, i := range []int{test.first, test.last} {
			if i >= 0 && !strings.Contains(body, fmt.Sprintf("comment %d.", i)) {
				t.Errorf("%q lacks comment %d", test.query, i)
			}
		}
		if want := test.last - test.first + 1; test.first >= 0 && strings.Count(body, "comment ") != want {
			t.Errorf("%q has %d comments, want %d", test.query, strings.Count(body, "comment "), want)
		}
		for _, link := range test.links {
			if !strings.Contains(header.Get("Link"), link) {
				t.Errorf("%q: link %q lacks %q", test.query, header.Get("Link"), link)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	s, errors := newServer(t)
	token := s.Token("issues: write", "statuses: write", "checks: write")
	s.FillStatuses(sha, "full")
	annotation := `{"path": "p", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}`
	check := func(output string) string {
		return fmt.Sprintf(`{"name": "n", "head_sha": %q, "conclusion": "success", "output": {"title": "t", %s}}`, sha, output)
	}
	const comments, statuses, checks = "issues/7/comments", "statuses/", "check-runs"
	for name, test := range map[string]struct {
		path, body string
		want       int
	}{
		"a body":               {comments, fmt.Sprintf(`{"body": %q}`, strings.Repeat("é", 65_536)), 201},
		"a long body":          {comments, fmt.Sprintf(`{"body": %q}`, strings.Repeat("é", 65_537)), 422},
		"no body":              {comments, `{"body": ""}`, 422},
		"a description":        {statuses + sha, fmt.Sprintf(`{"state": "error", "description": %q}`, strings.Repeat("é", 140)), 201},
		"a long description":   {statuses + sha, fmt.Sprintf(`{"state": "error", "description": %q}`, strings.Repeat("é", 141)), 422},
		"a rocket":             {statuses + sha, `{"state": "error", "description": "🚀"}`, 422},
		"a neutral status":     {statuses + sha, `{"state": "neutral"}`, 422},
		"a context, filled":    {statuses + sha, `{"state": "success", "context": "FULL"}`, 422},
		"an address of a file": {statuses + sha, `{"state": "success", "target_url": "file:///x"}`, 422},
		"no commit":            {statuses + "main", `{"state": "success"}`, 422},
		"a summary":            {checks, check(fmt.Sprintf(`"summary": %q`, strings.Repeat("é", 65_535))), 201},
		"a long summary":       {checks, check(fmt.Sprintf(`"summary": %q`, strings.Repeat("é", 65_536))), 422},
		"50 annotations":       {checks, check(`"summary": "s", "annotations": [` + annotation + strings.Repeat(","+annotation, 49) + "]"), 201},
		"51 annotations":       {checks, check(`"summary": "s", "annotations": [` + annotation + strings.Repeat(","+annotation, 50) + "]"), 422},
		"an unknown level":     {checks, check(`"summary": "s", "annotations": [` + strings.Replace(annotation, "notice", "error", 1) + "]"), 422},
		"an unknown end":       {checks, strings.Replace(check(`"summary": "s"`), "success", "stale", 1), 422},
	} {
		status, _, answer := ask(t, s, token, "POST", "/repos/acme/shop/"+test.path, test.body)
		if status != test.want {
			t.Errorf("%s: %d %.200s, want %d", name, status, answer, test.want)
		}
	}
	if got := errors.take(); len(got) > 0 {
		t.Errorf("errors %q", got)
	}
}

func TestDeletingTwice(t *testing.T) {
	s, _ := newServer(t)
	token := s.Token("issues: write")
	c := s.AddComment(7, Author{"ada", "User"}, "hello")
	for _, want := range []int{204, 404} {
		if got, _, _ := ask(t, s, token, "DELETE", fmt.Sprintf("/repos/acme/shop/issues/comments/%d", c.ID), ""); got != want {
			t.Errorf("%d, want %d", got, want)
		}
	}
}

func TestArchiveIsElsewhere(t *testing.T) {
	s, errors := newServer(t)
	id := s.AddArtifact(5, Artifact{Name: "a", Archive: []byte("zip")})
	token := s.Token("actions: read")
	status, header, _ := ask(t, s, token, "GET", fmt.Sprintf("/repos/acme/shop/actions/artifacts/%d/zip", id), "")
	place, ok := strings.CutPrefix(header.Get("Location"), strings.TrimSuffix(s.URL, root))
	if status != http.StatusFound || !ok {
		t.Fatalf("%d, %v", status, header)
	}
	outside := &Server{URL: strings.TrimSuffix(s.URL, root)}
	if status, _, body := ask(t, outside, "", "GET", place, ""); status != 200 || body != "zip" {
		t.Errorf("%d %q", status, body)
	}
	if status, _, _ := ask(t, outside, token, "GET", place, ""); status != 400 || len(errors.take()) != 1 {
		t.Errorf("shown a token it answered %d", status)
	}
}
