package revision

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func checkout(t *testing.T, r *Repo, hash, parent string) *Worktree {
	t.Helper()
	w, err := r.Checkout(t.Context(), hash, parent)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Remove(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return w
}

// empty fails the test when anything is left in parent or in git's list.
func empty(t *testing.T, s *sandbox, parent string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(parent, "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left below %s: %q, %v", parent, left, err)
	}
	if list := s.git("worktree", "list", "--porcelain"); strings.Count(list, "worktree ") != 1 {
		t.Errorf("git still knows:\n%s", list)
	}
}

func TestCheckout(t *testing.T) {
	s := newSandbox(t)
	base := s.commit("base", "services/api/main.go", "old")
	s.commit("head", "services/api/main.go", "new")
	s.write("services/api/main.go", "dirty")
	r, err := Open(t.Context(), filepath.Join(s.dir, "services", "api"))
	if err != nil {
		t.Fatal(err)
	}
	parent := filepath.Join(t.TempDir(), "work trees")
	a := checkout(t, r, base, parent)
	b := checkout(t, r, snapshot(s).Commit.Hash, parent)
	if got := read(t, a.Dir, r.Prefix, "main.go"); got != "old" {
		t.Errorf("base holds %q", got)
	}
	if got := read(t, b.Dir, r.Prefix, "main.go"); got != "dirty" {
		t.Errorf("the working tree's snapshot holds %q", got)
	}
	if len(a.Notes) > 0 {
		t.Errorf("notes: %q", a.Notes)
	}

	s.at(a.Dir).write("build/result", "x")
	for _, w := range []*Worktree{a, b, a} { // twice is once
		if err := w.Remove(t.Context()); err != nil {
			t.Error(err)
		}
	}
	empty(t, s, parent)

	again := checkout(t, r, base, parent)
	if again.Dir != a.Dir {
		t.Errorf("second checkout in %s, first in %s", again.Dir, a.Dir)
	}
}

func TestCheckoutFromLinkedWorktree(t *testing.T) {
	s := newSandbox(t)
	base := s.commit("base", "a", "1")
	linked := s.at(filepath.Join(t.TempDir(), "linked"))
	s.git("worktree", "add", "--quiet", "--detach", linked.dir)
	w := checkout(t, linked.open(), base, t.TempDir())
	if got := read(t, w.Dir, "a"); got != "1" {
		t.Errorf("got %q", got)
	}
}

func TestCheckoutRunsNoHook(t *testing.T) {
	s := newSandbox(t)
	base := s.commit("base", "a", "1")
	hook := filepath.Join(s.dir, ".git", "hooks", "post-checkout")
	if err := os.WriteFile(hook, []byte("#!/bin/sh\ntouch hooked\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	w := checkout(t, s.open(), base, t.TempDir())
	if _, err := os.Stat(filepath.Join(w.Dir, "hooked")); err == nil {
		t.Error("the user's post-checkout hook was run")
	}
}

func TestCheckoutThatFailsLeavesNothing(t *testing.T) {
	s := newSandbox(t)
	base := s.commit("base", "a", "1")
	r, parent := s.open(), t.TempDir()
	if _, err := r.Checkout(t.Context(), "0123456789abcdef0123456789abcdef01234567", parent); err == nil {
		t.Error("no error for an unknown commit")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Checkout(ctx, base, parent); err == nil {
		t.Error("no error for a cancelled context")
	}
	empty(t, s, parent)
}

func TestRemoveWhenCancelled(t *testing.T) {
	s := newSandbox(t)
	base := s.commit("base", "a", "1")
	parent := t.TempDir()
	w := checkout(t, s.open(), base, parent)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Remove(ctx); err != nil {
		t.Error(err)
	}
	empty(t, s, parent)
}

// The user's other work trees are none of our business, even when their
// directory is missing here: it may be on a disk that is not mounted.
func TestCheckoutForgetsNoOtherWorktree(t *testing.T) {
	s := newSandbox(t)
	base := s.commit("base", "a", "1")
	away := filepath.Join(t.TempDir(), "away")
	s.git("worktree", "add", "--quiet", "--detach", away)
	if err := os.Rename(away, away+" for now"); err != nil {
		t.Fatal(err)
	}
	w := checkout(t, s.open(), base, t.TempDir())
	if err := w.Remove(t.Context()); err != nil {
		t.Error(err)
	}
	if list := s.git("worktree", "list"); !strings.Contains(list, away) {
		t.Errorf("git only knows:\n%s", list)
	}
}

// holdWorktree is the life of another perfcheck, which is killed, or ends with
// the test that is at the other end of its standard input.
func holdWorktree(parent string) {
	ctx := context.Background()
	r, err := Open(ctx, ".")
	if err != nil {
		log.Fatal(err)
	}
	w, err := r.Checkout(ctx, "HEAD", parent)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(w.Dir)
	io.Copy(io.Discard, os.Stdin)
	if err := w.Remove(ctx); err != nil {
		log.Fatal(err)
	}
	os.Exit(0)
}

// start runs another process that has a work tree, and returns its directory.
func start(t *testing.T, s *sandbox, parent string) (dir string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), parentVariable+"="+parent)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
	t.Cleanup(kill)
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		t.Fatalf("the other process ended without a work tree: %v", lines.Err())
	}
	return lines.Text(), kill
}

func TestReap(t *testing.T) {
	s := newSandbox(t)
	base := s.commit("base", "a", "1")
	r, parent := s.open(), t.TempDir()
	dead, kill := start(t, s, parent)
	living, _ := start(t, s, parent)
	ours := checkout(t, r, base, parent)
	if dead == living || ours.Dir == dead || ours.Dir == living {
		t.Fatalf("work trees in use twice: %s, %s, %s", dead, living, ours.Dir)
	}
	if reaped, err := r.Reap(t.Context(), parent); len(reaped) > 0 || err != nil {
		t.Errorf("reaped %q, %v while all owners live", reaped, err)
	}

	kill()
	if reaped, err := r.Reap(t.Context(), parent); !slices.Equal(reaped, []string{dead}) || err != nil {
		t.Errorf("reaped %q, %v; want %q", reaped, err, dead)
	}
	if _, err := os.Stat(dead); err == nil {
		t.Errorf("%s is still there", dead)
	}
	if list := s.git("worktree", "list"); strings.Contains(list, dead+" ") {
		t.Errorf("git still knows %s:\n%s", dead, list)
	}
	for _, dir := range []string{living, ours.Dir} {
		if got := read(t, dir, "a"); got != "1" {
			t.Errorf("%s holds %q", dir, got)
		}
	}
}

// A name whose owner is dead is taken over with a fresh checkout.
func TestCheckoutAfterKill(t *testing.T) {
	s := newSandbox(t)
	base := s.commit("base", "a", "1")
	parent := t.TempDir()
	dir, kill := start(t, s, parent)
	s.at(dir).write("a", "half built")
	s.at(dir).write("left", "x")
	kill()
	w := checkout(t, s.open(), base, parent)
	if _, err := os.Stat(filepath.Join(dir, "left")); w.Dir != dir || err == nil || read(t, dir, "a") != "1" {
		t.Errorf("checked out in %s, want a fresh %s", w.Dir, dir)
	}
}

// Work trees left by another repository in a shared directory are removed too.
func TestReapOfOtherRepository(t *testing.T) {
	theirs, ours := newSandbox(t), newSandbox(t)
	theirs.commit("base", "a", "1")
	parent := t.TempDir()
	dir, kill := start(t, theirs, parent)
	kill()
	if reaped, err := ours.open().Reap(t.Context(), parent); !slices.Equal(reaped, []string{dir}) || err != nil {
		t.Errorf("reaped %q, %v; want %q", reaped, err, dir)
	}
	empty(t, ours, parent)
}

// What a removal or a snapshot left that did not come to its end is removed too,
// and what cannot be stops nothing.
func TestReapOfHalfRemoved(t *testing.T) {
	s := newSandbox(t)
	s.commit("base", "a", "1")
	parent := t.TempDir()
	unlocked := filepath.Join(parent, "2")
	s.at(unlocked).write("left/by", "a build")
	s.at(parent).write("1.lock/in", "the way")
	s.at(parent).write("notes", "somebody else's")
	s.write(".git/index.perfcheck/index", "half written")
	s.write(".git/perfcheck.lock", "")
	reaped, err := s.open().Reap(t.Context(), parent)
	if !slices.Equal(reaped, []string{unlocked}) || err == nil || !strings.Contains(err.Error(), "1.lock") {
		t.Errorf("reaped %q, %v", reaped, err)
	}
	left, err := filepath.Glob(filepath.Join(s.dir, ".git", "*perfcheck*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left in the repository: %q, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(parent, "notes")); err != nil {
		t.Error(err)
	}
}

func TestReapOfNothing(t *testing.T) {
	r := newSandbox(t).open()
	if reaped, err := r.Reap(t.Context(), filepath.Join(t.TempDir(), "never made")); len(reaped) > 0 || err != nil {
		t.Errorf("reaped %q, %v", reaped, err)
	}
}

// Many at once, in one process, each get a directory of their own.
func TestCheckoutsAtOnce(t *testing.T) {
	s := newSandbox(t)
	base := s.commit("base", "a", "1")
	r, parent := s.open(), t.TempDir()
	const n = 8
	dirs := make(chan string, n)
	for range n {
		go func() {
			w, err := r.Checkout(t.Context(), base, parent)
			if err != nil {
				dirs <- err.Error()
				return
			}
			content, err := os.ReadFile(filepath.Join(w.Dir, "a"))
			if err == nil && string(content) == "1" {
				err = w.Remove(t.Context())
			}
			dirs <- fmt.Sprint(err)
		}()
	}
	for range n {
		select {
		case err := <-dirs:
			if err != fmt.Sprint(error(nil)) {
				t.Error(err)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("a checkout did not end")
		}
	}
	empty(t, s, parent)
}

func TestUntracked(t *testing.T) {
	s := newSandbox(t)
	s.write(".gitignore", "*.log\n")
	w := checkout(t, s.open(), s.commit("one", "src/kept", ""), t.TempDir())
	if got, err := w.Untracked(t.Context()); err != nil || len(got) > 0 {
		t.Errorf("just checked out: %q, %v", got, err)
	}
	for _, name := range []string{"x.log", "src/new", "data/deep/a b", "data/ü"} {
		path := filepath.Join(w.Dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := w.Untracked(t.Context())
	if want := []string{"data/", "src/new", "x.log"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}
