package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/baseline"
)

// arrived returns what is read, as text: NAME DATA or NAME ERROR.
func arrived(stdin io.Reader, names ...string) (all []string) {
	for f, err := range arriving(names, stdin) {
		if err != nil {
			all = append(all, fmt.Sprintf("%s: %v", cmp.Or(f.Name, f.Place), err))
		} else {
			all = append(all, fmt.Sprintf("%s %.10q", filepath.Base(f.Name), f.Data))
		}
	}
	return all
}

// A line that is too long for a run takes nothing from those around it.
func TestLinesArriveOneByOne(t *testing.T) {
	long := strings.Repeat("x", baseline.MaxFileSize+5000)
	for text, want := range map[string][]string{
		"":               nil,
		"a\nb":           {`. "a\n"`, `. "b"`},
		"a\n":            {`. "a\n"`},
		"a\n" + long:     {`. "a\n"`, "line 2 of standard input: more than 33554432 bytes"},
		long + "\n\nb\n": {"line 1 of standard input: more than 33554432 bytes", `. "\n"`, `. "b\n"`},
	} {
		if got := arrived(strings.NewReader(text), "-"); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%.10q: got %q, want %q", text, got, want)
		}
	}
}

func TestSymlinkedFolderIsRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "runs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "runs", "a.json"), []byte("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("runs", link); err != nil {
		t.Fatal(err)
	}
	if got, want := arrived(nil, link), `[a.json "a"]`; fmt.Sprint(got) != want {
		t.Errorf("got %q, want %s", got, want)
	}
}
