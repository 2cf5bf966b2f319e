package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/resource"
	"github.com/perfcheck/perfcheck/compare"
)

// A workplace is the checkout of a pull request in a job of GitHub Actions: a
// merge commit whose parents are main and the pull request's head.
type workplace struct {
	t           *testing.T
	dir         string
	main, head  string // commits
	merge       string
	hour        int    // of what is stored next
	summary     string // files that GitHub reads
	outputs     string
	out, errors bytes.Buffer
}

func newWorkplace(t *testing.T) *workplace {
	w := &workplace{t: t, dir: t.TempDir()}
	if err := os.CopyFS(w.dir, os.DirFS("testdata/service")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(w.dir)
	// No compose: what is tried here must not depend on a container engine.
	w.write("perfcheck.yml", strings.NewReplacer("  compose: docker-compose.yml\n", "", "  target: api:8080\n", "").Replace(w.read("perfcheck.yml")))
	w.git("init", "-q", "-b", "main")
	w.git("add", "-A")
	w.git("commit", "-q", "-m", "Serve")
	w.main = w.git("rev-parse", "HEAD")
	w.git("checkout", "-q", "-b", "hash-more")
	w.write("behaviour.go", strings.Replace(w.read("behaviour.go"), "300", "2000", 1))
	w.git("commit", "-q", "-a", "-m", "Hash more")
	w.head = w.git("rev-parse", "HEAD")
	w.git("checkout", "-q", "--detach", "main")
	w.git("merge", "-q", "--no-ff", "-m", "Merge", "hash-more")
	w.merge = w.git("rev-parse", "HEAD")
	w.files()
	return w
}

// files sets what every step of a workflow finds in its environment.
func (w *workplace) files() {
	w.summary, w.outputs = filepath.Join(w.t.TempDir(), "summary"), filepath.Join(w.t.TempDir(), "outputs")
	for name, value := range map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/shop", "GITHUB_SHA": w.merge, "GITHUB_REF": "refs/pull/7/merge",
		"GITHUB_RUN_ID": "1000", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_SERVER_URL": "https://github.com",
		"GITHUB_API_URL": "http://127.0.0.1:1", "GITHUB_STEP_SUMMARY": w.summary, "GITHUB_OUTPUT": w.outputs,
		"GIT_CONFIG_GLOBAL": os.DevNull,
	} {
		w.t.Setenv(name, value)
	}
	w.event("pull_request", w.pullRequest("acme/shop"))
}

// event sets the event that the steps answer.
func (w *workplace) event(name string, payload map[string]any) {
	w.t.Helper()
	data, err := json.Marshal(payload)
	if err != nil {
		w.t.Fatal(err)
	}
	path := filepath.Join(w.t.TempDir(), "event.json")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		w.t.Fatal(err)
	}
	w.t.Setenv("GITHUB_EVENT_NAME", name)
	w.t.Setenv("GITHUB_EVENT_PATH", path)
}

// pullRequest is the payload of number 7, whose branch is in the repository from.
func (w *workplace) pullRequest(from string) map[string]any {
	point := func(ref, sha, repo string) map[string]any {
		return map[string]any{"ref": ref, "sha": sha, "repo": map[string]any{"full_name": repo}}
	}
	return map[string]any{
		"number": 7,
		"pull_request": map[string]any{
			"number": 7, "head": point("hash-more", w.head, from), "base": point("main", w.main, "acme/shop"),
		},
		"repository": map[string]any{"full_name": "acme/shop", "default_branch": "main"},
	}
}

func (w *workplace) read(name string) string {
	w.t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

func (w *workplace) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *workplace) git(args ...string) string {
	w.t.Helper()
	git := exec.Command("git", append([]string{"-c", "user.name=A. Tester", "-c", "user.email=tester@example.org"}, args...)...)
	git.Dir = w.dir
	out, err := git.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// measured stores runs of main and of the merge, as if they had been measured
// here, whose latencies differ by a factor.
func (w *workplace) measured(factor float64) {
	w.t.Helper()
	config, err := profile.Load(filepath.Join(w.dir, "perfcheck.yml"))
	if err != nil {
		w.t.Fatal(err)
	}
	host, err := resource.Host()
	if err != nil {
		w.t.Fatal(err)
	}
	host.Perfcheck = version
	w.hour++
	started := time.Date(2026, 3, 1, w.hour, 0, 0, 0, time.UTC)
	s := &session{ui: &ui{err: w.t.Output()}, store: filepath.Join(w.dir, stateDir, "baseline.db")}
	for i, side := range []bench.Side{bench.Base, bench.Head} {
		commit := []string{w.main, w.merge}[i]
		run := &bench.Run{
			ID: fmt.Sprintf("%s-%s", started.Format("20060102T150405"), side), Pairing: fmt.Sprintf("pairing-%v", factor), Side: side,
			Profile: config.Profiles[0].Name, Digest: config.Profiles[0].Digest, Service: "process", Interleave: profile.Slices,
			Subject: bench.Subject{Commit: commit, Tree: w.git("rev-parse", commit+"^{tree}"), Title: "a title"},
			Host:    host, Complete: true, Started: started,
		}
		latency := time.Duration(float64(time.Millisecond) * []float64{1, factor}[i])
		random := rand.New(rand.NewPCG(uint64(i), 1))
		for block := range compare.MinBlocks {
			run.Trials = append(run.Trials, quickTrial(block+1, run.Started, latency, random))
		}
		if err := s.put(run); err != nil {
			w.t.Fatal(err)
		}
	}
}

// measuredAgain stores runs that are newer, and has gate judge them.
func (w *workplace) measuredAgain(factor float64) {
	w.t.Helper()
	w.measured(factor)
	if code := w.perfcheck("gate"); code != exitOK {
		w.t.Fatalf("gate: exit code %d", code)
	}
}

// perfcheck runs a command and returns its exit code.
func (w *workplace) perfcheck(args ...string) int {
	w.t.Helper()
	w.out.Reset()
	w.errors.Reset()
	code := run(w.t.Context(), append([]string{"perfcheck"}, args...), &w.out, &w.errors)
	w.t.Logf("perfcheck %s: %d\n%s%s", strings.Join(args, " "), code, &w.out, &w.errors)
	return code
}

// outcome is what gate left for publish.
func (w *workplace) outcome() *compare.Comparison {
	w.t.Helper()
	o, err := readOutcome(strings.NewReader(w.read(filepath.Join(gateDir, outcomeFile))))
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := o.comparison()
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func wantText(t *testing.T, what, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%s has no %q:\n%s", what, want, text)
		}
	}
}

func TestGateOfPullRequest(t *testing.T) {
	w := newWorkplace(t)
	w.measured(1.5)
	if code := w.perfcheck("gate"); code != exitRegression {
		t.Fatalf("exit code %d, want %d", code, exitRegression)
	}
	wantText(t, "stderr", w.errors.String(), "base is "+w.main[:8], "pull request #7")
	wantText(t, "stdout", w.out.String(), "REGRESSION", "::error file=perfcheck.yml,line=", "p50")
	wantText(t, "outputs", w.read(w.outputs), "verdict", "regression", w.main, w.head)
	wantText(t, "summary", w.read(w.summary), "regression", "work")
	for _, r := range gateReports {
		wantText(t, r.name, w.read(filepath.Join(gateDir, r.name)), "p50")
	}
	if c := w.outcome(); c.Verdict != compare.Regression || c.Base.Commit != w.main || c.Head.Commit != w.merge {
		t.Errorf("%s of %s and %s", c.Verdict, c.Base.Commit, c.Head.Commit)
	}
	if left := w.git("status", "--porcelain"); left != "" {
		t.Errorf("gate left %s", left)
	}
}

func TestGateSkipsWhatCannotMatter(t *testing.T) {
	w := newWorkplace(t)
	if code := w.perfcheck("gate", "--paths", "docs/**"); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	if c := w.outcome(); c.Verdict != compare.Skipped {
		t.Errorf("verdict %s", c.Verdict)
	}
	wantText(t, "outputs", w.read(w.outputs), "skipped")
	wantText(t, "stdout", w.out.String(), "SKIPPED", "no changed file, of 1, fits docs/**")

	w.measured(1)
	if code := w.perfcheck("gate", "--paths", "*.go"); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	if c := w.outcome(); c.Verdict != compare.Pass {
		t.Errorf("verdict %s", c.Verdict)
	}
}

// Whatever goes wrong, there is an outcome, and it is not green.
func TestGateLeavesAnOutcome(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*workplace)
		args   []string
		code   int
		reason string
	}{
		"configuration":  {func(w *workplace) { w.write("perfcheck.yml", "version: 2\n") }, nil, exitUsage, "perfcheck.yml:1"},
		"base":           {func(*workplace) {}, []string{"--base", "nowhere"}, exitUsage, "nowhere"},
		"nothing stored": {func(*workplace) {}, []string{"--measure", "never"}, exitInvalid, "no store yet"},
		"build": {func(w *workplace) {
			w.write("behaviour.go", "package")
			w.git("commit", "-q", "-a", "-m", "Break")
		}, []string{"--base", "HEAD~1", "--head", "HEAD"}, exitInvalid, "go build"},
		"a wrong flag": {func(*workplace) {}, []string{"--fail-on", "regresion"}, exitUsage, "regresion"},
		"no budget":    {func(*workplace) {}, []string{"--budget", "5x"}, exitUsage, `--budget: want a time above 0, as 10m, got "5x"`},
		"a wrong path": {func(*workplace) {}, []string{"--paths", "["}, exitUsage, "--paths"},
		"moved on":     {func(w *workplace) { w.git("checkout", "-q", "--detach", "HEAD~1") }, nil, exitUsage, "is neither pull request #7's head"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkplace(t)
			test.change(w)
			if code := w.perfcheck(append([]string{"gate"}, test.args...)...); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			c := w.outcome()
			if c.Verdict != compare.Invalid || !strings.Contains(strings.Join(c.Reasons, "\n"), test.reason) {
				t.Errorf("%s: %q, want %q", c.Verdict, c.Reasons, test.reason)
			}
			wantText(t, "outputs", w.read(w.outputs), "invalid")
		})
	}
}

// What an earlier gate left is gone before anything else can go wrong.
func TestGateRemovesWhatAnEarlierOneLeft(t *testing.T) {
	dir := t.TempDir()
	names := []string{outcomeFile, "kept.txt"}
	for _, r := range gateReports {
		names = append(names, r.name)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	g := &gate{gateOptions: gateOptions{dir: dir}}
	for range 2 {
		if err := g.makeDir(); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 || left[0].Name() != "kept.txt" {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestGateInterrupted(t *testing.T) {
	w := newWorkplace(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code := run(ctx, []string{"perfcheck", "gate"}, &w.out, &w.errors); code == exitOK {
		t.Errorf("exit code %d", code)
	}
	if c := w.outcome(); c.Verdict != compare.Invalid || c.Reasons[0] != "interrupted before there was a verdict" {
		t.Errorf("%s: %q", c.Verdict, c.Reasons)
	}
}

// Outside of GitHub base and head are those of the command line, and nothing
// of GitHub's is written.
func TestGateElsewhere(t *testing.T) {
	w := newWorkplace(t)
	w.measured(1)
	t.Setenv("GITHUB_ACTIONS", "")
	if code := w.perfcheck("gate", "--base", w.main, "--head", w.merge, "--out", "reports"); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	wantText(t, "junit.xml", w.read("reports/junit.xml"), "<testsuites")
	if _, err := os.Stat(w.outputs); err == nil {
		t.Error("outputs of GitHub Actions were written")
	}
}
