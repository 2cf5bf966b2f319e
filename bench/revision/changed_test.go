package revision

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestChanged(t *testing.T) {
	s := newSandbox(t)
	s.write("same", "1")
	s.write("modified", "1")
	s.write("deleted", "some lines\nof text\n")
	s.write("old/name", "a file\nthat moves\n")
	s.write("script", "#!/bin/sh\n")
	base := s.commit("base", "ünïcode \"quoted\"\tand\nbroken", "1")
	s.git("rm", "--quiet", "deleted")
	if err := os.Mkdir(filepath.Join(s.dir, "new"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.git("mv", "old/name", "new/name")
	s.write("modified", "2")
	s.write("added", "1")
	if err := os.Chmod(filepath.Join(s.dir, "script"), 0o755); err != nil {
		t.Fatal(err)
	}
	head := s.commit("head", "ünïcode \"quoted\"\tand\nbroken", "2")

	r := s.clone("--depth=1").open()
	if _, err := r.Changed(t.Context(), base, "HEAD"); !errors.Is(err, ErrUnknown) {
		t.Errorf("before the base is fetched: got %v, want ErrUnknown", err)
	}
	if err := r.Fetch(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	want := []string{"added", "deleted", "modified", "new/name", "old/name", "script", "ünïcode \"quoted\"\tand\nbroken"}
	if got, err := r.Changed(t.Context(), base, "HEAD"); !slices.Equal(got, want) || err != nil {
		t.Errorf("got  %q, %v\nwant %q", got, err, want)
	}
	if got, err := r.Changed(t.Context(), head, head); len(got) != 0 || err != nil {
		t.Errorf("against itself: got %q, %v", got, err)
	}
}
