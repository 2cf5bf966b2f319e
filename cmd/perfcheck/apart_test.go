package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// storedRun is a complete run without trials, started so many half days after noon.
func storedRun(id string, halfDay int, edit func(*bench.Run)) *bench.Run {
	r := &bench.Run{
		ID: id, Profile: "checkout", Digest: "d1", Service: "compose", Interleave: "slices", Complete: true,
		Subject: bench.Subject{Commit: "c" + id, Tree: "t" + id, Branch: "main"}, Host: bench.Host{CPU: "here"},
		Started: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(halfDay) * 12 * time.Hour),
	}
	if edit != nil {
		edit(r)
	}
	return r
}

// earlierOf puts runs into a store and returns the ids of the sessions before
// base and head, newest first.
func earlierOf(t *testing.T, base, head *bench.Run, others ...*bench.Run) (ids []string) {
	t.Helper()
	store, err := baseline.Open(filepath.Join(t.TempDir(), "baseline.db"), baseline.Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	summaries := make(map[string]*baseline.Summary)
	for _, r := range append(others, base, head) {
		r.ID = r.Started.Format("20060102T150405-") + r.ID
		if err := store.Put(r); err != nil {
			t.Fatal(err)
		}
	}
	all, err := store.List(baseline.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		summaries[all[i].ID] = &all[i]
	}
	sessions, err := earlier(store, summaries[base.ID], summaries[head.ID])
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		_, id, _ := strings.Cut(s.ID, "-")
		ids = append(ids, id)
	}
	return ids
}

func inPairing(name string, side bench.Side) func(*bench.Run) {
	return func(r *bench.Run) { r.Pairing, r.Side = name, side }
}

func TestEarlierSessions(t *testing.T) {
	got := earlierOf(t, storedRun("5", 5, nil), storedRun("7", 7, nil),
		storedRun("1", 1, inPairing("p1", bench.Base)),
		storedRun("2", 2, nil),
		storedRun("3a", 3, func(r *bench.Run) { r.Digest = "d2" }),
		storedRun("3b", 3, func(r *bench.Run) { r.Host.Kernel = "7" }),
		storedRun("3c", 3, func(r *bench.Run) { r.Service = "process" }),
		storedRun("3d", 3, func(r *bench.Run) { r.Subject.Branch = "feature" }),
		storedRun("3e", 3, func(r *bench.Run) { r.Subject.Branch = "" }),
		storedRun("3f", 3, func(r *bench.Run) { r.Verdict = "regression" }),
		storedRun("3g", 3, func(r *bench.Run) { r.Complete = false }),
		storedRun("3h", 3, func(r *bench.Run) { r.Subject.Dirty = true }),
		storedRun("8", 8, nil), storedRun("1c", 2, func(r *bench.Run) { r.Started = r.Started.Add(-time.Hour) }))
	if want := "[5 2]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// TestEarlierSessionsSideBySide: of each earlier pairing it is base's run; of
// head's own, none.
func TestEarlierSessionsSideBySide(t *testing.T) {
	got := earlierOf(t, storedRun("5a", 5, inPairing("p5", bench.Base)), storedRun("7b", 7, inPairing("p7", bench.Head)),
		storedRun("1a", 1, inPairing("p1", bench.Base)), storedRun("1b", 1, inPairing("p1", bench.Head)),
		storedRun("2", 2, nil), storedRun("7a", 7, inPairing("p7", bench.Base)))
	if want := "[5a 1a]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// TestEarlierSessionsWithoutBranch: what no branch is known of is not of any.
func TestEarlierSessionsWithoutBranch(t *testing.T) {
	nowhere := func(r *bench.Run) { r.Subject.Branch = "" }
	got := earlierOf(t, storedRun("5", 5, nowhere), storedRun("7", 7, nil), storedRun("1", 1, nil), storedRun("2", 2, nowhere))
	if want := "[5 2]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestEarlierSessionsAreTheNewest(t *testing.T) {
	var many []*bench.Run
	for i := range compare.MaxSessions + 5 {
		many = append(many, storedRun(fmt.Sprintf("%02d", i), i, nil))
	}
	got := earlierOf(t, storedRun("a", 40, nil), storedRun("b", 41, nil), many...)
	if len(got) != compare.MaxSessions || got[0] != "a" || got[1] != "24" {
		t.Errorf("got %v", got)
	}
}

// TestChoose: the newest two that fit are compared, not the newest of each.
func TestChoose(t *testing.T) {
	summary := func(id, digest, cpu string) baseline.Summary {
		return baseline.Summary{ID: id, Digest: digest, Host: bench.Host{CPU: cpu}, Service: "compose", Interleave: "slices"}
	}
	tests := []struct {
		name         string
		bases, heads []baseline.Summary // newest first
		want         string
	}{
		{"both newest", []baseline.Summary{summary("b2", "new", "x"), summary("b1", "new", "x")},
			[]baseline.Summary{summary("h2", "new", "x"), summary("h1", "new", "x")}, "b2 h2"},
		{"one machine", []baseline.Summary{summary("b2", "new", "y"), summary("b1", "new", "x")},
			[]baseline.Summary{summary("h2", "new", "x")}, "b1 h2"},
		{"the profile as it is", []baseline.Summary{summary("b2", "old", "x"), summary("b1", "new", "x")},
			[]baseline.Summary{summary("h2", "old", "x"), summary("h1", "new", "x")}, "b1 h1"},
		{"alike, with an older profile", []baseline.Summary{summary("b2", "new", "y"), summary("b1", "old", "x")},
			[]baseline.Summary{summary("h1", "old", "x")}, "b1 h1"},
		{"nothing alike", []baseline.Summary{summary("b2", "new", "y"), summary("b1", "new", "z")},
			[]baseline.Summary{summary("h1", "new", "x")}, "b2 h1"},
		{"one tree on both sides", []baseline.Summary{summary("r2", "new", "x"), summary("r1", "new", "x")},
			[]baseline.Summary{summary("r2", "new", "x"), summary("r1", "new", "x")}, "r1 r2"},
		{"one run", []baseline.Summary{summary("r1", "new", "x")}, []baseline.Summary{summary("r1", "new", "x")}, ""},
	}
	for _, test := range tests {
		got := ""
		if base, head := choose(test.bases, test.heads, "new"); base != nil {
			got = base.ID + " " + head.ID
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
