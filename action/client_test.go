package action

import (
	"errors"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/action/githubtest"
)

func TestNewRefuses(t *testing.T) {
	good := Options{APIURL: "https://api.github.com", Token: "t", Repository: Repository{"acme", "shop"}}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Options){
		"no address":             func(o *Options) { o.APIURL = "" },
		"an address without":     func(o *Options) { o.APIURL = "api.github.com" },
		"another scheme":         func(o *Options) { o.APIURL = "file:///etc/passwd" },
		"no token":               func(o *Options) { o.Token = "" },
		"no owner":               func(o *Options) { o.Repository.Owner = "" },
		"a name that leads away": func(o *Options) { o.Repository.Name = ".." },
		"a name with a path":     func(o *Options) { o.Repository.Name = "shop/../../user" },
		"an owner with a query":  func(o *Options) { o.Repository.Owner = "acme?x=" },
	} {
		o := good
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAPIRootEndsInOneSlash(t *testing.T) {
	for _, text := range []string{"https://ghe.example/api/v3", "https://ghe.example/api/v3/", "https://ghe.example/api/v3//"} {
		root, err := apiRoot(text)
		if err != nil || root.String() != "https://ghe.example/api/v3/" {
			t.Errorf("apiRoot(%q) = %v, %v", text, root, err)
		}
	}
}

func TestPermissions(t *testing.T) {
	comment := Comment{Suite: "shop", HeadSHA: headSHA, Run: RunID{1, 1}, Body: "fine"}
	for _, test := range []struct {
		need string
		ask  func(*testing.T, *Client) error
	}{
		{"pull-requests: write", func(t *testing.T, c *Client) error {
			_, err := c.Comment(t.Context(), 7, comment)
			return err
		}},
		{"statuses: write", func(t *testing.T, c *Client) error {
			return c.SetStatus(t.Context(), headSHA, Status{Context: "perfcheck/shop", State: StateSuccess})
		}},
		{"checks: write", func(t *testing.T, c *Client) error {
			return c.CreateCheck(t.Context(), headSHA, Check{Name: "perfcheck", Conclusion: ConclusionNeutral, Title: "t", Summary: "s"})
		}},
		{"actions: read", func(t *testing.T, c *Client) error {
			_, err := c.Artifact(t.Context(), 1, "perfcheck", "result.json", 100)
			return err
		}},
		{"pull-requests: read", func(t *testing.T, c *Client) error {
			_, err := c.PullOf(t.Context(), WorkflowRun{HeadOwner: "acme", HeadBranch: "faster", HeadSHA: headSHA})
			return err
		}},
	} {
		t.Run(test.need, func(t *testing.T) {
			hub := newHub(t)
			tokens := map[string]string{"no permission": hub.Token()}
			if strings.HasSuffix(test.need, "write") {
				tokens["a fork's token"] = hub.ForkToken()
			}
			for whose, token := range tokens {
				c, said := dial(t, hub, token)
				err := test.ask(t, c)
				refused, ok := errors.AsType[*PermissionError](err)
				if !ok || refused.Need != test.need || !strings.Contains(err.Error(), test.need) {
					t.Errorf("%s: %v: want a PermissionError that names %q", whose, err, test.need)
				}
				if strings.Count(err.Error(), "\n") > 0 || len(*said) > 0 {
					t.Errorf("%s: %q, said %q: want one line, and no waiting", whose, err, *said)
				}
			}
		})
	}
}

func TestWrongTokenIsNoPermissionError(t *testing.T) {
	hub := newHub(t)
	c, _ := dial(t, hub, "ghs_unknown")
	_, err := c.HasComment(t.Context(), 7, "shop")
	if _, ok := errors.AsType[*PermissionError](err); ok || err == nil || !strings.Contains(err.Error(), "Bad credentials") {
		t.Errorf("got %v", err)
	}
}

func TestMissingPullSaysWhatMayBeMissing(t *testing.T) {
	hub := newHub(t)
	_, err := commenter(t, hub).HasComment(t.Context(), 8, "shop")
	if _, ok := errors.AsType[*PermissionError](err); ok || err == nil || !strings.Contains(err.Error(), "acme/shop#8") ||
		!strings.Contains(err.Error(), "it is not there, or the token lacks") {
		t.Errorf("got %v", err)
	}
}

// A lock is no lack of permissions, but the words that say so must be passed on.
func TestRefusalKeepsGitHubsWords(t *testing.T) {
	hub := newHub(t)
	hub.Inject("POST", "/comments", githubtest.Fault{
		Status: 403,
		Header: map[string]string{"X-Accepted-GitHub-Permissions": "issues=write; pull_requests=write"},
		Body:   `{"message": "Unable to create comment because issue is locked."}`,
	})
	_, err := commenter(t, hub).Comment(t.Context(), 7, Comment{Suite: "shop", HeadSHA: headSHA, Body: "fine"})
	if err == nil || !strings.Contains(err.Error(), "issue is locked") {
		t.Errorf("got %v", err)
	}
}
