package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/revision"
)

// The base of a scheduled run is the latest state of the branch that was
// measured, and that the head comes after.
func TestGateChoosesTheLastStored(t *testing.T) {
	w := newWorkplace(t)
	w.git("checkout", "-q", "main")
	forced := w.head // on no branch's history but its own
	commits := []string{w.main}
	for range 3 {
		w.git("commit", "-q", "--allow-empty", "-m", "Go on")
		commits = append(commits, w.git("rev-parse", "HEAD"))
	}
	w.stored(0, commits[0], commits[1])
	w.stored(1, commits[1], commits[2])
	g := w.gate()
	want := func(what, head, want string) {
		t.Helper()
		if got, err := g.lastStored(t.Context(), "main", head); err != nil || got.commit != want {
			t.Errorf("%s: %s, %v; want %s", what, got.commit, err, want)
		}
	}
	want("head of the pairing, and not its base", commits[3], commits[2])
	want("what is measured again", commits[2], commits[1])
	w.stored(2, forced, forced)
	want("what a push took from the branch", commits[3], commits[2])
	if got, err := g.lastStored(t.Context(), "main", commits[0]); !errors.Is(err, baseline.ErrNotFound) {
		t.Errorf("before all that is stored: %+v, %v", got, err)
	}
}

// In a shallow clone the history that would tell is not there.
func TestGateChoosesTheLastStoredInShallowClone(t *testing.T) {
	w := newWorkplace(t)
	w.git("checkout", "-q", "main")
	w.git("commit", "-q", "--allow-empty", "-m", "Go on")
	w.stored(0, w.main, w.main)
	store := w.read(filepath.Join(stateDir, "baseline.db"))
	origin := w.dir
	w.dir = t.TempDir()
	w.git("clone", "-q", "--depth=1", "file://"+origin, ".")
	t.Chdir(w.dir)
	if err := os.Mkdir(stateDir, 0o755); err != nil {
		t.Fatal(err)
	}
	w.write(filepath.Join(stateDir, "baseline.db"), store)
	g := w.gate()
	got, err := g.lastStored(t.Context(), "main", w.git("rev-parse", "HEAD"))
	if err != nil || got.commit != w.main {
		t.Errorf("%s, %v; want %s", got.commit, err, w.main)
	}
	wantText(t, "stderr", w.errors.String(), "is not known")
}

// stored stores runs of two commits of main, as if they had been measured side
// by side on a day.
func (w *workplace) stored(day int, base, head string) {
	w.t.Helper()
	g := w.gate()
	p := g.session.profiles[0]
	started := time.Date(2026, 4, 1+day, 0, 0, 0, 0, time.UTC)
	for side, commit := range map[bench.Side]string{bench.Base: base, bench.Head: head} {
		err := g.session.put(&bench.Run{
			ID: fmt.Sprintf("%s-%s", started.Format("20060102T150405"), side), Pairing: fmt.Sprint("of-day-", day), Side: side,
			Profile: p.Name, Digest: p.Digest, Started: started, Complete: true,
			Subject: bench.Subject{Commit: commit, Tree: commit, Branch: "main"},
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// gate is one in the workplace, before it has chosen anything.
func (w *workplace) gate() *gate {
	w.t.Helper()
	config, err := profile.Load(filepath.Join(w.dir, "perfcheck.yml"))
	if err != nil {
		w.t.Fatal(err)
	}
	repo, err := revision.Open(w.t.Context(), w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	ui := &ui{out: &w.out, err: &w.errors}
	return &gate{ui: ui, session: &session{
		ui: ui, config: config, profiles: config.Profiles, repo: repo, store: filepath.Join(w.dir, stateDir, "baseline.db"),
	}}
}
