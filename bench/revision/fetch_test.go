package revision

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// merged makes a branch with a merge at its tip, as GitHub does for a pull
// request, and returns the merge's parents.
func merged(s *sandbox) []string {
	s.Helper()
	s.commit("first", "a", "1")
	s.git("checkout", "--quiet", "-b", "topic")
	s.commit("an older one", "b", "1")
	head := s.commit("head", "b", "2")
	s.git("checkout", "--quiet", "main")
	base := s.commit("base", "a", "2")
	s.git("merge", "--quiet", "--no-ff", "--message", "Merge it\n\nparent "+head, "topic")
	return []string{base, head}
}

func TestParents(t *testing.T) {
	s := newSandbox(t)
	want := merged(s)
	r := s.clone("--depth=1").open()
	if got, err := r.Parents(t.Context(), "HEAD"); !slices.Equal(got, want) || err != nil {
		t.Errorf("at depth 1: got %q, %v; want %q", got, err, want)
	}
	if got, err := s.open().Parents(t.Context(), "HEAD~2"); len(got) != 0 || err != nil {
		t.Errorf("of the first commit: got %q, %v", got, err)
	}
	if _, err := r.Parents(t.Context(), want[0]); !errors.Is(err, ErrUnknown) {
		t.Errorf("of a commit that is not here: got %v, want ErrUnknown", err)
	}
}

func TestFetchInShallowClone(t *testing.T) {
	s := newSandbox(t)
	parents := merged(s)
	clone := s.clone("--depth=1")
	r := clone.open()
	refs := clone.git("for-each-ref")
	for range 2 { // the second time it is there, and no remote is needed
		if err := r.Fetch(t.Context(), parents[0]); err != nil {
			t.Fatal(err)
		}
		clone.git("remote", "set-url", "origin", t.TempDir())
	}
	w := checkout(t, r, parents[0], filepath.Join(t.TempDir(), "trees"))
	if got := read(t, w.Dir, "a"); got != "2" {
		t.Errorf("the base holds %q", got)
	}
	if n := clone.git("rev-list", "--count", parents[0]); n != "1" {
		t.Errorf("%s commits came along", n)
	}
	if got := clone.git("for-each-ref"); got != refs {
		t.Errorf("the refs were\n%s\nand are\n%s", refs, got)
	}
	if _, err := os.Stat(filepath.Join(clone.dir, ".git", "FETCH_HEAD")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("FETCH_HEAD: %v", err)
	}
}

func TestFetchInFullClone(t *testing.T) {
	s := newSandbox(t)
	s.commit("first", "a", "1")
	clone := s.clone()
	s.commit("second", "a", "2")
	third := s.commit("third", "a", "3")
	if err := clone.open().Fetch(t.Context(), third); err != nil {
		t.Fatal(err)
	}
	if n := clone.git("rev-list", "--count", third); n != "3" {
		t.Errorf("the third commit has a history of %s", n)
	}
	if got := clone.git("rev-parse", "--is-shallow-repository"); got != "false" {
		t.Error("the clone has become shallow")
	}
}

func TestFetchRefused(t *testing.T) {
	s := newSandbox(t)
	parents := merged(s)
	s.git("branch", "--quiet", "-D", "topic")
	for _, tt := range []struct {
		name, hash string
		options    []string
	}{
		{"a commit that is gone", strings.Repeat("ab", 20), nil},
		{"a server that gives no commits by hash", parents[1], []string{"--config", "protocol.version=0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := s.clone(append(tt.options, "--depth=1")...).open()
			err := r.Fetch(t.Context(), tt.hash)
			if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "fetch-depth: 0") {
				t.Errorf("got %v; want ErrRefused that says what to do", err)
			}
		})
	}
}

func TestFetchFails(t *testing.T) {
	s := newSandbox(t)
	s.commit("first", "a", "1")
	r := s.open()
	for _, hash := range []string{"", "main", "--upload-pack=touch /tmp/x", "0123456", strings.Repeat("AB", 20)} {
		if err := r.Fetch(t.Context(), hash); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: got %v, want ErrUnknown", hash, err)
		}
	}
	err := r.Fetch(t.Context(), strings.Repeat("ab", 20))
	if err == nil || errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "origin") {
		t.Errorf("without a remote: got %v; want an error that names it", err)
	}
}

func TestTip(t *testing.T) {
	s := newSandbox(t)
	first := s.commit("first", "a", "1")
	s.git("branch", "x/refs/heads/main") // ls-remote finds names by their ends
	s.git("branch", "x/refs/heads/z")
	second := s.commit("second", "a", "2")
	s.git("branch", "feature/y")
	r := s.clone("--depth=1", "--branch", "x/refs/heads/main").open()
	for branch, want := range map[string]string{"main": second, "feature/y": second, "x/refs/heads/main": first} {
		if got, err := r.Tip(t.Context(), branch); got != want || err != nil {
			t.Errorf("%s: got %s, %v; want %s", branch, got, err, want)
		}
	}
	for _, branch := range []string{"none", "y", "z", "", "--help"} {
		if got, err := r.Tip(t.Context(), branch); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: got %s, %v; want ErrUnknown", branch, got, err)
		}
	}
}

func TestCredentialHint(t *testing.T) {
	asked := &commandError{args: []string{"fetch"}, exit: 128,
		stderr: "fatal: could not read Username for 'https://github.com': terminal prompts disabled"}
	if hint := credentialHint(asked); !strings.Contains(hint, "persist-credentials") {
		t.Errorf("got %q", hint)
	}
	unknown := &commandError{args: []string{"fetch", "origin", strings.Repeat("403", 13) + "4"}, exit: 128,
		stderr: "fatal: unable to access 'https://github.com/': Could not resolve host"}
	if hint := credentialHint(unknown); hint != "" {
		t.Errorf("got %q", hint)
	}
}
