package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
)

// The runs of one measurement, one a profile, are resumed together.
func TestSiblings(t *testing.T) {
	store, err := baseline.Open(filepath.Join(t.TempDir(), "baseline.db"), baseline.Options{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	at := time.Date(2026, 3, 1, 3, 0, 0, 123, time.UTC)
	put := func(id string, change func(*bench.Run)) *bench.Run {
		r := &bench.Run{ID: id, Profile: id, Started: at, Seed: 7, Subject: bench.Subject{Commit: "c1", Tree: "t1"}}
		change(r)
		if err := store.Put(r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	one := put("one", func(*bench.Run) {})
	put("two", func(*bench.Run) {})
	put("later", func(r *bench.Run) { r.Started = at.Add(1) })
	put("seeded", func(r *bench.Run) { r.Seed = 8 })
	put("complete", func(r *bench.Run) { r.Complete = true })
	put("paired", func(r *bench.Run) { r.Pairing = "p" })
	put("other", func(r *bench.Run) { r.Subject.Tree = "t2" })

	runs, err := siblings(store, one)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range runs {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	if !slices.Equal(ids, []string{"one", "two"}) {
		t.Errorf("got %q", ids)
	}
}

// Of two perfchecks, one measures a run and the other must not go on with it.
func TestResumeWhatIsMeasured(t *testing.T) {
	run := storedRun("one", 0, func(r *bench.Run) { r.Complete = false })
	s := sessionOf(t, []string{run.Profile}, run)
	of := target{subject: run.Subject}
	perfcheck := func() *measurement { return &measurement{session: s, targets: make([]target, 1)} }

	first, second := perfcheck(), perfcheck()
	if err := first.claim([]*bench.Run{run}); err != nil {
		t.Fatal(err)
	}
	err := second.takeOver("", of)
	if err == nil || !strings.Contains(err.Error(), "run one is being measured") || exitCode(err) != exitUsage {
		t.Errorf("while it is measured: %v", err)
	}
	if err := first.release(); err != nil {
		t.Fatal(err)
	}
	// A killed perfcheck leaves the file, and its lock is gone.
	if err := os.WriteFile(s.store+".run-one.lock", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := second.takeOver("", of); err != nil || len(second.earlier) != 1 {
		t.Fatalf("after it was cut off: %d runs, %v", len(second.earlier), err)
	}
	if err := perfcheck().takeOver("one", of); err == nil || !strings.Contains(err.Error(), "is being measured") {
		t.Errorf("while it is resumed: %v", err)
	}
	run.Complete = true
	if err := errors.Join(s.put(run), second.release()); err != nil {
		t.Fatal(err)
	}
	if err := perfcheck().takeOver("one", of); err == nil || !strings.Contains(err.Error(), "is complete") {
		t.Errorf("after it ended: %v", err)
	}
	if left, err := filepath.Glob(s.store + ".run-*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A store that another keeps does not end a measurement.
func TestFlushGoesOnWhileTheStoreIsLocked(t *testing.T) {
	run := storedRun("one", 0, func(r *bench.Run) { r.Complete = false })
	s := sessionOf(t, nil)
	m := &measurement{session: s}
	other, err := baseline.Open(s.store, baseline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if m.flush([]*bench.Run{run}, time.Millisecond); !m.behind {
		t.Error("not behind")
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if m.flush([]*bench.Run{run}, time.Minute); m.behind {
		t.Error("still behind")
	}
	if err := m.find("one", target{subject: run.Subject}); err != nil {
		t.Error(err)
	}
}
