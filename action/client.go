package action

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"
)

// Options say how to reach GitHub.
type Options struct {
	APIURL     string // what GITHUB_API_URL says: github.com's, or that of an Enterprise Server
	Token      string
	Repository Repository
	Login      string       // of the token's owner, whose comments are perfcheck's; "" is asked for, or that of a workflow's token
	HTTP       *http.Client // nil is one that gives up on an answer after 30 seconds
	Say        func(string) // is told why the client waits, a sentence each time; nil is told nothing
}

// A Client speaks with GitHub about one repository. Answers that GitHub is too
// busy to give are waited for. Its methods may be called concurrently.
type Client struct {
	github     *github.Client
	plain      *http.Client // carries no token: for hosts that are not the API's
	repository Repository
	login      string // "" where it must be asked for
	say        func(string)
}

// New returns a client. It sends nothing yet.
func New(o Options) (*Client, error) {
	root, err := apiRoot(o.APIURL)
	switch {
	case err != nil:
		return nil, err
	case o.Token == "":
		return nil, errors.New("no token for GitHub: hand the step ${{ github.token }}")
	case !o.Repository.valid():
		return nil, fmt.Errorf("%q is no repository: want owner/name", o.Repository)
	}
	plain, say, login := o.HTTP, o.Say, o.Login
	if plain == nil {
		plain = &http.Client{Timeout: 30 * time.Second}
	}
	if say == nil {
		say = func(string) {}
	}
	if login == "" && strings.HasPrefix(o.Token, "ghs_") { // an installation's, which may not ask who it is
		login = workflowLogin
	}
	// WithEnterpriseURLs would guess at the path, which GITHUB_API_URL already has.
	gh := github.NewClient(plain).WithAuthToken(o.Token)
	gh.BaseURL, gh.UserAgent = root, "perfcheck" // GitHub asks for the name of the application
	return &Client{github: gh, plain: plain, repository: o.Repository, login: login, say: say}, nil
}

func apiRoot(text string) (*url.URL, error) {
	root, err := url.Parse(text)
	if err != nil || root.Host == "" || (root.Scheme != "https" && root.Scheme != "http") {
		return nil, fmt.Errorf("%q is no address of GitHub's API: want what GITHUB_API_URL says, like https://api.github.com", text)
	}
	root.Path = strings.TrimRight(root.Path, "/") + "/"
	return root, nil
}

// valid says whether r is safe in the paths of requests, which take it unescaped.
func (r Repository) valid() bool {
	return fullName.MatchString(r.String()) && r.Name != "." && r.Name != ".."
}

// CheckCommit says what is wrong with the full hash of a commit.
func CheckCommit(sha string) error {
	if !fullHash.MatchString(sha) {
		return fmt.Errorf("%q is not the full hash of a commit", sha)
	}
	return nil
}

// pages asks for all pages of a list, a hundred entries each.
func (c *Client) pages(ctx context.Context, op operation, list func(github.ListOptions) (*github.Response, error)) error {
	options := github.ListOptions{PerPage: 100}
	for {
		var response *github.Response
		err := c.do(ctx, op, func() (err error) {
			response, err = list(options)
			return err
		})
		if err != nil || response.NextPage == 0 {
			return err
		}
		options.Page = response.NextPage
	}
}
