package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/revision"
)

// Commits of the default branch are known as such: the default base, by whose
// sessions it is judged, and what a hash names. Others keep no name.
func TestBranch(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-c", "user.name=Ada", "-c", "user.email=ada@example.com"}, args...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q", "-b", "main")
	git("commit", "-q", "--allow-empty", "-m", "Serve")
	base := git("rev-parse", "HEAD")
	git("checkout", "-q", "-b", "feature")
	git("commit", "-q", "--allow-empty", "-m", "Cache")
	head := target{subject: bench.Subject{Commit: git("rev-parse", "HEAD")}}
	repo, err := revision.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{repo: repo}
	for _, where := range []string{"here", "at origin"} {
		if where == "at origin" {
			git("update-ref", "refs/remotes/origin/main", base)
			git("branch", "-q", "-D", "main")
		}
		got, err := s.mergeBase(t.Context(), head)
		if err != nil || got.commit != base || got.subject.Branch != "main" {
			t.Errorf("%s: got %+v, %v; want %s of main", where, got, err, base)
		}
		for rev, want := range map[string]string{base: "main", head.subject.Commit: "", "feature": "feature"} {
			got, err := s.commit(t.Context(), rev)
			if err != nil || got.subject.Branch != want {
				t.Errorf("%s: %s is of branch %q, %v; want %q", where, rev, got.subject.Branch, err, want)
			}
		}
		git("checkout", "-q", "--detach", base)
		if got, err := s.workingTree(t.Context()); err != nil || got.subject.Branch != "main" {
			t.Errorf("%s: the working tree is of branch %q, %v; want main", where, got.subject.Branch, err)
		}
	}
}
