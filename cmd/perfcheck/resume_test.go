package main

import (
	"path/filepath"
	"slices"
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
