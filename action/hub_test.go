package action

import (
	"net/http"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/action/githubtest"
)

// Commits of tests.
var (
	headSHA = strings.Repeat("a", 40)
	baseSHA = strings.Repeat("b", 40)
	lateSHA = strings.Repeat("c", 40)
)

// newHub returns a GitHub with pull request 7 from a branch of the repository.
func newHub(t *testing.T) *githubtest.Server {
	t.Helper()
	hub := githubtest.New(t, "acme/shop")
	hub.AddPull(githubtest.Pull{Number: 7, Head: "acme:faster", HeadSHA: headSHA, BaseSHA: baseSHA})
	return hub
}

// dial returns a client that keeps no connections, and keeps what it says.
func dial(t *testing.T, hub *githubtest.Server, token string) (*Client, *[]string) {
	t.Helper()
	var said []string
	c, err := New(Options{
		APIURL:     hub.URL,
		Token:      token,
		Repository: Repository{"acme", "shop"},
		HTTP:       &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		Say:        func(text string) { said = append(said, text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, &said
}

// commenter is a client that may comment.
func commenter(t *testing.T, hub *githubtest.Server) *Client {
	t.Helper()
	c, _ := dial(t, hub, hub.Token("pull-requests: write"))
	return c
}

// count returns how many requests began with a method.
func count(hub *githubtest.Server, method string) int {
	n := 0
	for _, line := range hub.Requests() {
		if strings.HasPrefix(line, method+" ") {
			n++
		}
	}
	return n
}
