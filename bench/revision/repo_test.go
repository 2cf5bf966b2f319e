package revision

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOpen(t *testing.T) {
	s := newSandbox(t)
	s.commit("base", "services/api server/main.go", "package main")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(s.dir, "services"), link); err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(t.TempDir(), "linked")
	s.git("worktree", "add", "--quiet", "--detach", linked)
	linked, err := filepath.EvalSymlinks(linked)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, dir, root, prefix string }{
		{"root", s.dir, s.dir, ""},
		{"folder with a space", filepath.Join(s.dir, "services", "api server"), s.dir, "services/api server"},
		{"symbolic link", link, s.dir, "services"},
		{"linked work tree", filepath.Join(linked, "services"), linked, "services"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Open(t.Context(), tt.dir)
			if err != nil {
				t.Fatal(err)
			}
			if r.Root != tt.root || r.Prefix != filepath.FromSlash(tt.prefix) {
				t.Errorf("got root %q, prefix %q; want %q, %q", r.Root, r.Prefix, tt.root, tt.prefix)
			}
		})
	}
}

func TestOpenOutsideWorkTree(t *testing.T) {
	s := newSandbox(t)
	bare := filepath.Join(t.TempDir(), "bare.git")
	s.git("init", "--quiet", "--bare", bare)
	for _, tt := range []struct{ name, dir, advice string }{
		{"no repository", t.TempDir(), "git init"},
		{"bare", bare, "in a clone"},
		{"inside .git", filepath.Join(s.dir, ".git"), "in a clone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Open(t.Context(), tt.dir)
			if !errors.Is(err, ErrNotRepository) || !strings.Contains(err.Error(), tt.advice) {
				t.Errorf("got %v; want ErrNotRepository with %q", err, tt.advice)
			}
		})
	}
}

// A hook's environment names a repository of its own.
func TestOpenInHook(t *testing.T) {
	other := newSandbox(t)
	t.Setenv("GIT_DIR", filepath.Join(other.dir, ".git"))
	t.Setenv("GIT_WORK_TREE", other.dir)
	t.Setenv("GIT_INDEX_FILE", filepath.Join(other.dir, ".git", "index"))
	_, err := Open(t.Context(), t.TempDir())
	if !errors.Is(err, ErrNotRepository) {
		t.Errorf("got %v, want ErrNotRepository", err)
	}
}

func TestResolve(t *testing.T) {
	s := newSandbox(t)
	first := s.commit("First title\n\nand a body", "a", "1")
	s.git("tag", "--annotate", "--message", "release", "v1")
	s.git("branch", "feature/x")
	second := s.commit("Zweite Änderung", "a", "2")
	s.git("update-ref", "refs/remotes/origin/topic/y", first)
	r := s.open()

	for _, tt := range []struct{ rev, hash, branch string }{
		{"HEAD", second, "main"},
		{"main", second, "main"},
		{"HEAD~1", first, ""},
		{first, first, ""},
		{first[:8], first, ""},
		{"v1", first, ""},
		{"feature/x", first, "feature/x"},
		{"origin/topic/y", first, "topic/y"},
	} {
		c, err := r.Resolve(t.Context(), tt.rev)
		if err != nil {
			t.Error(err)
			continue
		}
		if c.Hash != tt.hash || c.Branch != tt.branch {
			t.Errorf("%s: got %s on %q, want %s on %q", tt.rev, c.Hash, c.Branch, tt.hash, tt.branch)
		}
	}
	want := Commit{Hash: second, Tree: s.git("rev-parse", "HEAD^{tree}"), Title: "Zweite Änderung",
		Time: time.Unix(1700000000, 0).UTC(), Branch: "main"}
	if c, err := r.Resolve(t.Context(), "main"); c != want || err != nil {
		t.Errorf("got %+v, %v; want %+v", c, err, want)
	}

	s.git("checkout", "--quiet", "--detach")
	if c, err := r.Resolve(t.Context(), "HEAD"); c.Hash != second || c.Branch != "" || err != nil {
		t.Errorf("detached HEAD: got %+v, %v", c, err)
	}
}

func TestResolveUnknown(t *testing.T) {
	s := newSandbox(t)
	s.commit("base", "a", "1")
	for _, rev := range []string{"", "nothing", "--all", "^HEAD", "HEAD~5", "0123456789abcdef0123456789abcdef01234567", "HEAD:a"} {
		_, err := s.open().Resolve(t.Context(), rev)
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: got %v, want ErrUnknown", rev, err)
		}
	}
}

func TestNothingCommitted(t *testing.T) {
	s := newSandbox(t)
	s.write("a", "1")
	r := s.open()
	if _, err := r.Resolve(t.Context(), "HEAD"); !errors.Is(err, ErrNoCommits) {
		t.Errorf("Resolve: got %v, want ErrNoCommits", err)
	}
	if _, err := r.WorkingTree(t.Context()); !errors.Is(err, ErrNoCommits) {
		t.Errorf("WorkingTree: got %v, want ErrNoCommits", err)
	}
	if _, err := r.DefaultBranch(t.Context()); !errors.Is(err, ErrNoDefaultBranch) {
		t.Errorf("DefaultBranch: got %v, want ErrNoDefaultBranch", err)
	}
}

func TestResolveInShallowClone(t *testing.T) {
	s := newSandbox(t)
	first := s.commit("first", "a", "1")
	s.commit("second", "a", "2")
	_, err := s.clone("--depth=1").open().Resolve(t.Context(), first)
	if !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), "git fetch --unshallow") {
		t.Errorf("got %v; want ErrUnknown that advises to fetch", err)
	}
}

func TestDefaultBranch(t *testing.T) {
	for _, tt := range []struct {
		name string
		refs []string // made on the only commit
		head string   // of origin
		want string
	}{
		{"origin's HEAD", []string{"refs/remotes/origin/dev", "refs/remotes/origin/main"}, "refs/remotes/origin/dev", "origin/dev"},
		{"origin's HEAD is gone", []string{"refs/remotes/origin/main", "refs/heads/main"}, "refs/remotes/origin/old", "origin/main"},
		{"origin's main", []string{"refs/heads/main", "refs/remotes/origin/main", "refs/remotes/origin/master"}, "", "origin/main"},
		{"origin's master", []string{"refs/heads/main", "refs/remotes/origin/master"}, "", "origin/master"},
		{"main", []string{"refs/heads/master", "refs/heads/main", "refs/heads/trunk"}, "", "main"},
		{"master", []string{"refs/heads/master", "refs/heads/trunk"}, "", "master"},
		{"configured", []string{"refs/heads/trunk", "refs/heads/x"}, "", "trunk"},
		{"none", []string{"refs/heads/x"}, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSandbox(t)
			hash := s.commit("base", "a", "1")
			s.git("config", "init.defaultBranch", "trunk")
			s.git("checkout", "--quiet", "--detach")
			s.git("branch", "--quiet", "-D", "main")
			for _, ref := range tt.refs {
				s.git("update-ref", ref, hash)
			}
			if tt.head != "" {
				s.git("symbolic-ref", "refs/remotes/origin/HEAD", tt.head)
			}
			got, err := s.open().DefaultBranch(t.Context())
			if got != tt.want || errors.Is(err, ErrNoDefaultBranch) != (tt.want == "") {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	s := newSandbox(t)
	s.commit("base", "a", "1")
	r := s.open()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Resolve(ctx, "nothing"); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnknown) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
