package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
)

// Of those that export different contents under one name at the same time one
// has it, and nobody's file is replaced.
func TestExportReplacesNothing(t *testing.T) {
	const writers = 10
	path := filepath.Join(t.TempDir(), "a.json")
	type result struct {
		data    string
		written bool
		err     error
	}
	done := make(chan result, writers)
	for w := range writers {
		go func() {
			data := strconv.Itoa(w)
			written, err := exportFile(path, []byte(data))
			done <- result{data, written, err}
		}()
	}
	var won []string
	for range writers {
		switch r := <-done; {
		case r.written && r.err == nil:
			won = append(won, r.data)
		case r.err == nil || !strings.Contains(r.err.Error(), "is not what the store holds"):
			t.Errorf("%+v", r)
		}
	}
	if there, err := os.ReadFile(path); err != nil || len(won) != 1 || won[0] != string(there) {
		t.Errorf("%q won; the file holds %q, %v", won, there, err)
	}
	if written, err := exportFile(path, []byte(won[0])); written || err != nil {
		t.Errorf("once more: %v, %v", written, err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); err != nil || len(left) > 0 {
		t.Errorf("left: %q, %v", left, err)
	}
}

// A pipe in a file's place keeps nobody waiting.
func TestExportOverAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	if err := syscall.Mkfifo(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := exportFile(path, nil); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

// A run that was removed since it was listed, or that cannot be read, is no
// reason to go without others.
func TestExportWithoutSome(t *testing.T) {
	store, err := baseline.Open(filepath.Join(t.TempDir(), "baseline.db"), baseline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, run := range []*bench.Run{storedRun("here-1", 0, nil), storedRun("here-2", 1, nil)} {
		if err := store.Put(run); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	e := exporter{ui: &ui{err: &said}, left: []string{"gone", "here" /* two are meant */, "here-2"}}
	if files := e.batch(store); len(files) != 1 || files[0].Name != "here-2.json" || len(e.left) > 0 {
		t.Errorf("got %v; %v are left", files, e.left)
	}
	if err := e.failed.join(); !errors.Is(err, baseline.ErrAmbiguous) {
		t.Errorf("got %v, want ErrAmbiguous", err)
	}
	if got, want := said.String(), fmt.Sprintln("perfcheck: run gone was removed meanwhile"); got != want {
		t.Errorf("said %q, want %q", got, want)
	}
}

func TestFailuresAreNamedUpToALimit(t *testing.T) {
	var f failures
	for range 3 {
		f.add(make([]error, 10)...)
	}
	if got := f.named(); len(got) != maxNamed+1 || got[maxNamed].Error() != "and 10 more" {
		t.Errorf("got %v", got)
	}
}
