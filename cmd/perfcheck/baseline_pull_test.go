package main

import (
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/baseline/remote"
	"github.com/perfcheck/perfcheck/bench/runner"
)

// What one machine's store exports, a remote takes.
func TestRemotesTakeWhatStoresExport(t *testing.T) {
	if remote.MaxSize != baseline.MaxFileSize {
		t.Errorf("a remote takes %d bytes, a store %d", remote.MaxSize, baseline.MaxFileSize)
	}
	for _, run := range []baseline.Summary{
		{ID: runner.NewID(time.Now()), Complete: true},
		{ID: runner.NewID(time.Now()), Complete: true, Verdict: "regression"},
		{ID: runner.NewID(time.Now()), Blocks: 12},
	} {
		if name := baseline.FileName(&run); !remote.ValidName(name) {
			t.Errorf("no remote takes the name %s", name)
		}
	}
}

func TestBefore(t *testing.T) {
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	just := day.Add(-time.Second)
	for name, want := range map[string]bool{
		runner.NewID(just) + ".json":            true,
		runner.NewID(just) + ".regression.json": true,
		runner.NewID(day) + ".json":             false,
		"20261399T000000-x.json":                false,
		"shortened.json":                        false,
		"x.json":                                false,
	} {
		if got := before(name, day); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if before(runner.NewID(day)+".json", time.Time{}) {
		t.Error("without --since, something is left out")
	}
}
