package revision

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"

func TestPointers(t *testing.T) {
	s := newSandbox(t)
	s.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
	s.write("README", pointer) // text about pointers is none
	s.write("data/other.bin", "fetched")
	s.write("data/second.bin", pointer)
	hash := s.commit("base", "data/model.bin", pointer)
	w := checkout(t, s.open(), hash, t.TempDir())
	want := "Git LFS pointers stand in the measured tree where files should be: data/model.bin and 1 more: install git-lfs, then git lfs fetch --all"
	if !slices.Equal(w.Notes, []string{want}) {
		t.Errorf("got %q, want %q", w.Notes, want)
	}
}

// nested returns a repository with the submodule "third party/lib", which has
// the submodule inner with a file of Git LFS.
func nested(t *testing.T) (outer, lib *sandbox, hash string) {
	t.Helper()
	inner, library := newSandbox(t), newSandbox(t)
	inner.write(".gitattributes", "*.bin filter=lfs -text\n")
	inner.commit("inner", "inner.bin", pointer)
	library.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.dir, "inner")
	library.commit("library", "lib.go", "package lib // 1")
	outer = newSandbox(t)
	outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.dir, "third party/lib")
	hash = outer.commit("base", "main.go", "package main")
	return outer, outer.at(filepath.Join(outer.dir, "third party/lib")), hash
}

// A work tree has the submodules' files as its commit names them, whatever is
// checked out now.
func TestSubmodules(t *testing.T) {
	s, lib, hash := nested(t)
	lib.commit("later", "lib.go", "package lib // 2")
	s.commit("head", "main.go", "package main // 2")

	w := checkout(t, s.open(), hash, t.TempDir())
	content, err := os.ReadFile(filepath.Join(w.Dir, "third party/lib/lib.go"))
	if err != nil || string(content) != "package lib // 1" {
		t.Errorf("lib.go is %q, %v", content, err)
	}
	want := "submodule third party/lib/inner is empty in the measured tree: git submodule update --init --recursive brings it"
	if !slices.Equal(w.Notes, []string{want}) {
		t.Errorf("got %q, want %q", w.Notes, want)
	}
	if left, err := filepath.Glob(filepath.Join(w.Dir, "third party/lib/.*.index")); err != nil || left != nil {
		t.Errorf("left: %q, %v", left, err)
	}

	s.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--recursive")
	w = checkout(t, s.open(), hash, t.TempDir())
	if _, err := os.Stat(filepath.Join(w.Dir, "third party/lib/inner/inner.bin")); err != nil {
		t.Error(err)
	}
	if len(w.Notes) != 1 || !strings.Contains(w.Notes[0], "should be: third party/lib/inner/inner.bin: install git-lfs") {
		t.Errorf("got %q", w.Notes)
	}
	if status := s.git("status", "--porcelain"); status != "" {
		t.Errorf("the user's work tree is no longer clean:\n%s", status)
	}
}

// A commit of a submodule that the clone lacks cannot be measured.
func TestSubmoduleCommitIsMissing(t *testing.T) {
	s, lib, _ := nested(t)
	gone := lib.commit("gone", "lib.go", "package lib // 2")
	hash := s.commit("head", "main.go", "package main // 2")
	lib.git("reset", "--quiet", "--hard", "HEAD~1")
	lib.git("reflog", "expire", "--expire=now", "--all")
	lib.git("prune")
	parent := t.TempDir()
	_, err := s.open().Checkout(t.Context(), hash, parent)
	if !errors.Is(err, ErrSubmodule) || !strings.Contains(err.Error(), `git -C "third party/lib" fetch origin `+gone) {
		t.Errorf("got %v", err)
	}
	empty(t, s, parent)
}

// Changes in a submodule are in no commit of the repository around it.
func TestSnapshotOfChangedSubmodule(t *testing.T) {
	s, lib, _ := nested(t)
	lib.write("untracked.o", "a build left it")
	if _, err := s.open().WorkingTree(t.Context()); err != nil {
		t.Errorf("new files: %v", err)
	}
	lib.write("lib.go", "package lib // changed")
	if _, err := s.open().WorkingTree(t.Context()); !errors.Is(err, ErrSubmodule) || !strings.Contains(err.Error(), "third party/lib has changes") {
		t.Errorf("changed files: %v", err)
	}
	lib.commit("changed", "lib.go", "package lib // changed")
	if snapshot, err := s.open().WorkingTree(t.Context()); err != nil || !snapshot.Dirty {
		t.Errorf("another commit: %+v, %v", snapshot, err)
	}
}
