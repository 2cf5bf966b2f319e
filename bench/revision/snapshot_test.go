package revision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func snapshot(s *sandbox) *Snapshot {
	s.Helper()
	snap, err := s.open().WorkingTree(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return snap
}

func TestWorkingTreeClean(t *testing.T) {
	s := newSandbox(t)
	s.write(".gitignore", "*.log\n")
	hash := s.commit("base", "a", "1")
	s.write("debug.log", "ignored")
	snap := snapshot(s)
	if snap.Dirty || snap.Commit != snap.Head || snap.Head.Hash != hash {
		t.Errorf("got %+v, want clean %s", snap, hash)
	}
}

func TestWorkingTreeDirty(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*sandbox)
		path   string
		want   string // content of path in the snapshot; "" when it is not there
	}{
		{"changed", func(s *sandbox) { s.write("a", "2") }, "a", "2"},
		{"staged", func(s *sandbox) { s.write("a", "2"); s.git("add", "a") }, "a", "2"},
		{"staged and changed again", func(s *sandbox) { s.write("a", "2"); s.git("add", "a"); s.write("a", "3") }, "a", "3"},
		{"new", func(s *sandbox) { s.write("dir/new file", "n") }, "dir/new file", "n"},
		{"removed", func(s *sandbox) { os.Remove(filepath.Join(s.dir, "a")) }, "a", ""},
		{"ignored, added by force", func(s *sandbox) { s.write("x.log", "l"); s.git("add", "--force", "x.log") }, "x.log", "l"},
		{"intent to add", func(s *sandbox) { s.write("later", "l"); s.git("add", "--intent-to-add", "later") }, "later", "l"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSandbox(t)
			s.write(".gitignore", "*.log\n")
			head := s.commit("base", "a", "1")
			tt.change(s)
			snap := snapshot(s)
			if !snap.Dirty || snap.Head.Hash != head || snap.Commit.Hash == head {
				t.Fatalf("got %+v, want a dirty tree on %s", snap, head)
			}
			if tree := s.git("rev-parse", snap.Commit.Hash+"^{tree}"); tree != snap.Commit.Tree {
				t.Errorf("commit's tree is %s, reported %s", tree, snap.Commit.Tree)
			}
			if parent := s.git("rev-parse", snap.Commit.Hash+"^"); parent != head {
				t.Errorf("parent is %s, want %s", parent, head)
			}
			listed := s.git("ls-tree", "-r", "--name-only", "-z", snap.Commit.Hash)
			if there := strings.Contains(listed, tt.path+"\x00"); there != (tt.want != "") {
				t.Fatalf("snapshot holds %q", listed)
			}
			if tt.want != "" && s.git("show", snap.Commit.Hash+":"+tt.path) != tt.want {
				t.Errorf("%s is not %q in the snapshot", tt.path, tt.want)
			}
		})
	}
}

// The same files on the same HEAD are the same commit, however often and
// from where the snapshot is taken.
func TestWorkingTreeIsDeterministic(t *testing.T) {
	s := newSandbox(t)
	s.commit("base", "sub/a", "1")
	s.write("sub/a", "2")
	first := snapshot(s)
	t.Setenv("GIT_COMMITTER_DATE", "@1800000000 +0000")
	t.Setenv("GIT_AUTHOR_NAME", "Bob")
	second := snapshot(s.at(filepath.Join(s.dir, "sub")))
	if *first != *second {
		t.Errorf("got %+v, then %+v", first, second)
	}
}

// Nothing that the user can see is changed: index, refs, stash, files.
func TestWorkingTreeLeavesNoTrace(t *testing.T) {
	s := newSandbox(t)
	s.commit("base", "a", "1")
	s.write("stashed", "s")
	s.git("stash", "push", "--quiet", "--include-untracked")
	s.write("a", "2")
	s.git("add", "a")
	s.write("a", "3")
	s.write("new", "n")
	see := func() string {
		return strings.Join([]string{
			read(t, s.dir, ".git", "index"), s.git("for-each-ref"), s.git("stash", "list"),
			s.git("--no-optional-locks", "status", "--porcelain"), read(t, s.dir, ".git", "HEAD"),
		}, "\n")
	}
	before := see()
	if !snapshot(s).Dirty {
		t.Error("not dirty")
	}
	if after := see(); after != before {
		t.Errorf("before:\n%q\nafter:\n%q", before, after)
	}
}

// A file that changes right after git add, without changing its size, has the
// index's own time: git must read it again.
func TestWorkingTreeSeesInstantChange(t *testing.T) {
	s := newSandbox(t)
	s.commit("base", "a", "1")
	index, err := os.Stat(filepath.Join(s.dir, ".git", "index"))
	if err != nil {
		t.Fatal(err)
	}
	same := func(content string) {
		s.write("a", content)
		if err := os.Chtimes(filepath.Join(s.dir, "a"), index.ModTime(), index.ModTime()); err != nil {
			t.Fatal(err)
		}
	}
	same("1")
	s.git("-c", "core.trustctime=false", "update-index", "--refresh")
	if err := os.Chtimes(filepath.Join(s.dir, ".git", "index"), index.ModTime(), index.ModTime()); err != nil {
		t.Fatal(err)
	}
	s.git("config", "core.trustctime", "false")
	same("2")
	if !snapshot(s).Dirty {
		t.Error("the change was not seen")
	}
}

func TestWorkingTreeInHook(t *testing.T) {
	s := newSandbox(t)
	s.commit("base", "a", "1")
	s.write("a", "2")
	want := snapshot(s)
	t.Setenv("GIT_INDEX_FILE", filepath.Join(t.TempDir(), "other"))
	if got := snapshot(s); *got != *want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWorkingTreeOfLinkedWorktree(t *testing.T) {
	s := newSandbox(t)
	s.commit("base", "a", "1")
	s.write("a", "dirty here")
	linked := s.at(filepath.Join(t.TempDir(), "linked"))
	s.git("worktree", "add", "--quiet", "-b", "topic", linked.dir)
	if snap := snapshot(linked); snap.Dirty || snap.Head.Branch != "topic" {
		t.Errorf("got %+v, want clean on topic", snap)
	}
	linked.write("b", "new there")
	snap := snapshot(linked)
	if files := linked.git("ls-tree", "-r", "--name-only", snap.Commit.Hash); !snap.Dirty || files != "a\nb" {
		t.Errorf("got %+v with %q", snap, files)
	}
}
