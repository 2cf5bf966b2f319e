package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/action/githubtest"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// publishes is a workplace in which gate has found a regression, on a GitHub
// with its pull request.
func publishes(t *testing.T, from string, permissions ...string) (*workplace, *githubtest.Server) {
	w := newWorkplace(t)
	w.measured(1.5)
	w.event("pull_request", w.pullRequest(from))
	if code := w.perfcheck("gate"); code != exitRegression {
		t.Fatalf("gate: exit code %d", code)
	}
	owner, _, _ := strings.Cut(from, "/")
	github := githubtest.New(t, "acme/shop")
	github.AddPull(githubtest.Pull{Number: 7, Head: owner + ":hash-more", HeadSHA: w.head, BaseSHA: w.main})
	t.Setenv("GITHUB_API_URL", github.URL)
	t.Setenv("GITHUB_TOKEN", github.Token(permissions...))
	return w, github
}

// writing are the permissions that the documentation asks for.
var writing = []string{"contents: read", "pull-requests: write", "statuses: write"}

func TestPublish(t *testing.T) {
	w, github := publishes(t, "acme/shop", append(writing, "checks: write")...)
	if code := w.perfcheck("publish", "--pending"); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	for range 2 {
		if code := w.perfcheck("publish", "--check-run"); code != exitOK {
			t.Fatalf("exit code %d", code)
		}
	}
	statuses := github.Statuses(w.head)
	if len(statuses) != 3 || statuses[0].State != "pending" || statuses[2].State != "failure" || statuses[2].Context != "perfcheck/default" {
		t.Errorf("statuses %+v", statuses)
	}
	wantText(t, "status", statuses[2].Description, "p50")
	comments := github.Comments(7)
	if len(comments) != 1 {
		t.Fatalf("comments %+v", comments)
	}
	wantText(t, "comment", comments[0].Body, "egression", "work", "git fetch origin refs/pull/7/merge && perfcheck compare "+w.main+" FETCH_HEAD", "perfcheck accept")
	if strings.Contains(comments[0].Body, "a maintainer has to") {
		t.Error("the comment sends for a maintainer, who need not help")
	}
	checks := github.Checks(w.head)
	if len(checks) != 2 || checks[0].Conclusion != "failure" || len(checks[0].Output.Annotations) == 0 {
		t.Fatalf("checks %+v", checks)
	}
	wantText(t, "outputs", w.read(w.outputs), "comment-id")
}

// A token that may not write costs no verdict, and the log names what it lacks.
func TestPublishWithoutPermission(t *testing.T) {
	w, github := publishes(t, "acme/shop", "contents: read", "statuses: write")
	if code := w.perfcheck("publish"); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	wantText(t, "stderr", w.errors.String(), "pull-requests: write")
	if s := github.Statuses(w.head); len(s) != 1 || s[0].State != "failure" {
		t.Errorf("statuses %+v", s)
	}
}

func TestPublishOnChangeOnly(t *testing.T) {
	w, github := publishes(t, "acme/shop", writing...)
	w.measuredAgain(1)
	if code := w.perfcheck("publish", "--comment", "on-change"); code != exitOK || len(github.Comments(7)) != 0 {
		t.Errorf("exit code %d, comments %+v", code, github.Comments(7))
	}
	if s := github.Statuses(w.head); len(s) != 1 || s[0].State != "success" {
		t.Errorf("statuses %+v", s)
	}
}

// Without a result nothing is green.
func TestPublishWithoutResult(t *testing.T) {
	w, github := publishes(t, "acme/shop", writing...)
	if err := os.Remove(filepath.Join(gateDir, outcomeFile)); err != nil {
		t.Fatal(err)
	}
	if code := w.perfcheck("publish"); code != exitInvalid {
		t.Errorf("exit code %d", code)
	}
	if s := github.Statuses(w.head); len(s) != 1 || s[0].State != "error" {
		t.Errorf("statuses %+v", s)
	}
}

// wantStatus wants one status of the head.
func (w *workplace) wantStatus(github *githubtest.Server, state, text string) {
	w.t.Helper()
	if s := github.Statuses(w.head); len(s) != 1 || s[0].State != state || !strings.Contains(s[0].Description, text) {
		w.t.Errorf("statuses %+v, want %s with %q", s, state, text)
	}
}

// The command that a comment shows is pasted into shells.
func TestAgainNamesOnlyCommits(t *testing.T) {
	sha := strings.Repeat("b", 40)
	p := &publisher{publishOptions: publishOptions{config: "it's.yml"}, sha: sha}
	for base, want := range map[string]string{
		"":               "",
		"main; rm -rf /": "",
		"abc1234":        "",
		testCommit:       `perfcheck compare --config 'it'\''s.yml' ` + testCommit + " " + sha,
	} {
		if got := p.again(&compare.Comparison{Base: bench.Subject{Commit: base}}); got != want {
			t.Errorf("base %q: %s, want %s", base, got, want)
		}
	}
	p.pull = &action.Pull{Number: 7}
	got := p.again(&compare.Comparison{Base: bench.Subject{Commit: testCommit}, Head: bench.Subject{Commit: sha}})
	if !strings.HasPrefix(got, "git fetch origin refs/pull/7/head && ") {
		t.Errorf("where the branch was checked out, and not its merge: %s", got)
	}
}

// A mistake in the workflow must not leave the status pending.
func TestPublishRefusesAndTells(t *testing.T) {
	for flag, value := range map[string]string{"--fail-on": "regresion", "--comment": "sometimes", "--paths": "["} {
		t.Run(flag, func(t *testing.T) {
			w, github := publishes(t, "acme/shop", writing...)
			if code := w.perfcheck("publish", flag, value); code != exitUsage {
				t.Errorf("exit code %d", code)
			}
			w.wantStatus(github, "error", flag)
		})
	}
}

// What another run has left is not this one's answer.
func TestPublishRefusesAnotherRunsResult(t *testing.T) {
	w, github := publishes(t, "acme/shop", writing...)
	t.Setenv("GITHUB_RUN_ID", "1002")
	if code := w.perfcheck("publish"); code != exitInvalid {
		t.Errorf("exit code %d", code)
	}
	w.wantStatus(github, "error", "of another run")
}
