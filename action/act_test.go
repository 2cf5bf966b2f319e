package action_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/action/githubtest"
)

// The tools that make action-test builds.
var (
	actBinary  = flag.String("act", "", "act to run the workflows of docs/workflows with; empty: they are not run")
	actionlint = flag.String("actionlint", "", "actionlint to check workflows with; empty: they are not checked")
)

// The actions that act cannot fetch, and what stands for them.
var standIns = map[string]string{
	"actions/cache@5a3ec84eff668545956fd18022155c47e93e2684":           "testdata/act/cache",
	"actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02": "testdata/act/upload-artifact",
	"perfcheck/perfcheck@v1": "..",
}

const repository = "acme/shop"

// A forge is a repository with the shop, a GitHub that it is on, and what its
// workflows leave there.
type forge struct {
	t      *testing.T
	github *githubtest.Server
	repo   string
	kept   string // what the stand-ins keep: cache and artifacts
	runs   int64
	main   string // its newest commit
}

func newForge(t *testing.T) *forge {
	f := &forge{t: t, github: githubtest.New(t, repository), repo: t.TempDir(), kept: t.TempDir()}
	if err := os.CopyFS(f.repo, os.DirFS("../testdata/shop")); err != nil {
		t.Fatal(err)
	}
	for _, leftover := range []string{"patches", "shop", ".perfcheck"} {
		if err := os.RemoveAll(filepath.Join(f.repo, leftover)); err != nil {
			t.Fatal(err)
		}
	}
	f.copy("testdata/act/perfcheck.yml", "perfcheck.yml")
	for _, w := range []string{"pull-request", "fork-measure", "fork-publish", "merge-queue", "history", "monorepo", "nightly"} {
		f.copy("../docs/workflows/"+w+".yml", ".github/workflows/"+w+".yml")
	}
	f.git("init", "-q", "-b", "main")
	f.git("remote", "add", "origin", "https://github.com/"+repository+".git")
	f.git("add", "-A")
	f.git("commit", "-q", "-m", "Open the shop")
	f.main = f.git("rev-parse", "HEAD")
	return f
}

func (f *forge) copy(from, to string) {
	f.t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		f.t.Fatal(err)
	}
	to = filepath.Join(f.repo, to)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o644); err != nil {
		f.t.Fatal(err)
	}
}

func (f *forge) git(args ...string) string {
	f.t.Helper()
	git := exec.Command("git", args...)
	git.Dir = f.repo
	git.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=A. Tester", "GIT_AUTHOR_EMAIL=tester@example.org",
		"GIT_COMMITTER_NAME=A. Tester", "GIT_COMMITTER_EMAIL=tester@example.org")
	out, err := git.CombinedOutput()
	if err != nil {
		f.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// branch makes a branch of main with a patch of the shop, or without any
// change to it, and checks its merge with main out, as GitHub does for a pull
// request. It returns the branch's head.
func (f *forge) branch(name, patch string) string {
	f.t.Helper()
	f.git("checkout", "-q", "-B", name, f.main)
	if patch == "" {
		f.git("commit", "-q", "--allow-empty", "-m", "Change nothing")
	} else {
		path, err := filepath.Abs("../testdata/shop/patches/" + patch + ".patch")
		if err != nil {
			f.t.Fatal(err)
		}
		f.git("am", "-q", path)
	}
	head := f.git("rev-parse", "HEAD")
	f.git("checkout", "-q", "--detach", f.main)
	f.git("merge", "-q", "--no-ff", "-m", "Merge "+name, head)
	return head
}

// A result is what a workflow run ended with.
type result struct {
	failed bool
	log    string
}

// act runs a workflow for an event.
func (f *forge) act(event, workflow string, payload map[string]any, token string) result {
	f.t.Helper()
	f.runs++
	data, err := json.Marshal(payload)
	if err != nil {
		f.t.Fatal(err)
	}
	file := filepath.Join(f.t.TempDir(), "event.json")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		f.t.Fatal(err)
	}
	args := []string{event, "--workflows", ".github/workflows/" + workflow + ".yml", "--eventpath", file,
		"--platform", "ubuntu-latest=-self-hosted", "--no-cache-server",
		"--env", "GITHUB_API_URL=" + f.github.URL, "--env", "GITHUB_RUN_ID=" + fmt.Sprint(f.runs), "--env", "STANDIN=" + f.kept,
		"--secret", "GITHUB_TOKEN=" + token}
	for action, dir := range standIns {
		path, err := filepath.Abs(dir)
		if err != nil {
			f.t.Fatal(err)
		}
		args = append(args, "--local-repository", action+"="+path)
	}
	var log bytes.Buffer
	cmd := exec.Command(mustAbs(f.t, *actBinary), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = f.repo, &log, &log
	err = cmd.Run()
	f.t.Logf("act %s %s: %v\n%s", event, workflow, err, &log)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		f.t.Fatal(err)
	}
	return result{failed: err != nil, log: log.String()}
}

// pull is the event of pull request number, whose branch is in the repository
// of owner.
func (f *forge) pull(number int, owner, branch, head string) map[string]any {
	f.github.AddPull(githubtest.Pull{Number: number, Head: owner + ":" + branch, HeadSHA: head, BaseSHA: f.main})
	point := func(ref, sha, owner string) map[string]any {
		return map[string]any{"ref": ref, "sha": sha, "repo": map[string]any{"full_name": owner + "/shop"}}
	}
	return map[string]any{
		"action": "synchronize", "number": number,
		"pull_request": map[string]any{"number": number, "head": point(branch, head, owner), "base": point("main", f.main, "acme")},
		"repository":   map[string]any{"full_name": repository, "default_branch": "main"},
	}
}

// status is the last one of a commit.
func (f *forge) status(sha string) githubtest.Status {
	f.t.Helper()
	all := f.github.Statuses(sha)
	if len(all) == 0 {
		f.t.Fatalf("commit %s has no status", sha)
	}
	return all[len(all)-1]
}

// wantStatus wants the first status of a commit to be pending, and the last state.
func (f *forge) wantStatus(sha, state, text string) {
	f.t.Helper()
	first, last := f.github.Statuses(sha)[0], f.status(sha)
	if first.State != "pending" && state != "pending" {
		f.t.Errorf("the first status is %+v", first)
	}
	if last.State != state || last.Context != "perfcheck/default" || !strings.Contains(last.Description, text) {
		f.t.Errorf("status %+v, want %s with %q", last, state, text)
	}
}

// wantComment wants one comment on a pull request.
func (f *forge) wantComment(pull int, text string) githubtest.Comment {
	f.t.Helper()
	comments := f.github.Comments(pull)
	if len(comments) != 1 || !strings.Contains(comments[0].Body, text) {
		f.t.Fatalf("comments on #%d: %+v, want one with %q", pull, comments, text)
	}
	return comments[0]
}

// wantEnd wants a workflow to have ended with a verdict and an exit code.
func (f *forge) wantEnd(r result, verdict string, code int) {
	f.t.Helper()
	if !strings.Contains(r.log, "perfcheck: verdict "+verdict) || !strings.Contains(r.log, fmt.Sprintf("::set-output:: exit-code=%d", code)) {
		f.t.Errorf("the verdict is not %s with exit code %d", verdict, code)
	}
	if r.failed != (code != 0) {
		f.t.Errorf("with exit code %d the workflow failed: %t", code, r.failed)
	}
}

// measure runs a workflow that measures, and once more where the machine was too
// busy for perfcheck to measure anything by it.
func (f *forge) measure(event, workflow string, payload map[string]any, token string) result {
	f.t.Helper()
	r := f.act(event, workflow, payload, token)
	if strings.Contains(r.log, "perfcheck: verdict invalid") {
		r = f.act(event, workflow, payload, token)
	}
	return r
}

// wantPass wants a workflow to pass where nothing changed. Of a hundred such
// comparisons one may be called a regression, and a machine may be too busy to
// decide one: two in a row are a fault.
func (f *forge) wantPass(event, workflow string, payload map[string]any) {
	f.t.Helper()
	r := f.act(event, workflow, payload, f.write())
	if r.failed {
		r = f.act(event, workflow, payload, f.write())
	}
	f.wantEnd(r, "pass", 0)
}

// write is a token as the documented workflows ask for.
func (f *forge) write() string {
	return f.github.Token("contents: read", "pull-requests: write", "statuses: write")
}

// TestWorkflows runs the workflows of docs/workflows as they are, with a
// GitHub beside them, for every event.
//
//	make action-test
func TestWorkflows(t *testing.T) {
	if *actBinary == "" {
		t.Skip("no -act: make action-test runs the workflows")
	}
	f := newForge(t)
	slow := f.branch("slow", "n-plus-one")

	t.Run("slow pull request", func(t *testing.T) {
		f := f.in(t)
		event := f.pull(1, "acme", "slow", slow)
		f.wantEnd(f.measure("pull_request", "pull-request", event, f.write()), "regression", 1)
		f.wantStatus(slow, "failure", "regression")
		first := f.wantComment(1, "list products")
		f.wantEnd(f.measure("pull_request", "pull-request", event, f.write()), "regression", 1)
		if again := f.wantComment(1, "list products"); again.ID != first.ID {
			t.Errorf("comment %d was replaced by %d", first.ID, again.ID)
		}
	})
	forked := f.branch("forked", "alloc-storm")
	t.Run("fork", func(t *testing.T) {
		f := f.in(t)
		event := f.pull(2, "mallory", "forked", forked)
		f.wantEnd(f.measure("pull_request", "fork-measure", event, f.github.ForkToken()), "regression", 1)
		if len(f.github.Comments(2)) != 0 || len(f.github.Statuses(forked)) != 0 {
			t.Error("the first stage has posted")
		}
		f.serveArtifact("perfcheck-default")
		f.git("checkout", "-q", "main")
		token := f.github.Token("actions: read", "contents: read", "pull-requests: write", "statuses: write")
		run := f.runs
		for _, action := range []string{"requested", "completed"} {
			if f.act("workflow_run", "fork-publish", ofRun(run, action, "mallory", "forked", forked), token).failed {
				t.Error("the second stage failed when the run was " + action)
			}
		}
		f.wantComment(2, "list products")
		f.wantStatus(forked, "failure", "regression")
	})
	same := f.branch("same", "")
	t.Run("identical pull request", func(t *testing.T) {
		f := f.in(t)
		f.wantPass("pull_request", "pull-request", f.pull(3, "acme", "same", same))
		f.wantStatus(same, "success", "pass")
		f.wantComment(3, "pass")
	})
	merged := f.git("rev-parse", "HEAD")
	t.Run("merge queue", func(t *testing.T) {
		f := f.in(t)
		event := map[string]any{"action": "checks_requested", "merge_group": map[string]any{"head_sha": merged, "base_sha": f.main, "base_ref": "refs/heads/main"},
			"repository": map[string]any{"full_name": repository, "default_branch": "main"}}
		f.wantPass("merge_group", "merge-queue", event)
		f.wantStatus(merged, "success", "pass")
	})
	t.Run("push", func(t *testing.T) {
		f := f.in(t)
		f.git("checkout", "-q", "-B", "main", merged)
		event := map[string]any{"ref": "refs/heads/main", "before": f.main, "after": merged,
			"repository": map[string]any{"full_name": repository, "default_branch": "main"}}
		f.wantPass("push", "history", event)
		f.wantStatus(merged, "success", "pass")
		kept, err := os.ReadDir(filepath.Join(f.kept, "cache"))
		if err != nil || len(kept) == 0 {
			t.Errorf("the history was not kept: %v", err)
		}
	})
	t.Run("nothing that matters", func(t *testing.T) {
		f := f.in(t)
		for _, suite := range []string{"api", "search"} {
			f.copy("testdata/act/perfcheck.yml", filepath.Join("services", suite, "perfcheck.yml"))
		}
		f.git("add", "-A")
		f.git("commit", "-q", "-m", "Split the shop")
		f.main = f.git("rev-parse", "HEAD")
		head := f.branch("words", "")
		f.wantEnd(f.act("pull_request", "monorepo", f.pull(4, "acme", "words", head), f.write()), "skipped", 0)
		for _, s := range f.github.Statuses(head)[2:] {
			if s.State != "success" || !strings.Contains(s.Description, "skipped") {
				t.Errorf("status %+v", s)
			}
		}
		if n := len(f.github.Comments(4)); n != 2 {
			t.Errorf("%d comments, want one of each suite", n)
		}
	})
	t.Run("nightly", func(t *testing.T) {
		f := f.in(t)
		payload := map[string]any{"repository": map[string]any{"full_name": repository, "default_branch": "main"}}
		f.wantPass("schedule", "nightly", payload)
		payload["inputs"] = map[string]any{"base": slow}
		f.wantEnd(f.measure("workflow_dispatch", "nightly", payload, f.write()), "improvement", 0)
	})
}

// in is the forge for a part of the test.
func (f *forge) in(t *testing.T) *forge {
	part := *f
	part.t = t
	return &part
}

// ofRun is an event about a workflow run, which was of a branch in the repository
// of owner.
func ofRun(run int64, action, owner, branch, head string) map[string]any {
	return map[string]any{
		"action": action,
		"workflow_run": map[string]any{
			"id": run, "run_attempt": 1, "event": "pull_request", "head_branch": branch, "head_sha": head,
			"head_repository": map[string]any{"full_name": owner + "/shop", "owner": map[string]any{"login": owner}},
		},
		"repository": map[string]any{"full_name": repository, "default_branch": "main"},
	}
}

// serveArtifact has GitHub serve what the last run uploaded.
func (f *forge) serveArtifact(name string) {
	f.t.Helper()
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	err := z.AddFS(os.DirFS(filepath.Join(f.kept, "artifacts", name)))
	if err := errors.Join(err, z.Close()); err != nil {
		f.t.Fatal(err)
	}
	f.github.AddArtifact(f.runs, githubtest.Artifact{Name: name, Archive: archive.Bytes()})
}
