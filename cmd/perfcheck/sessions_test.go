package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/revision"
	"github.com/perfcheck/perfcheck/compare"
)

// storeSession puts a run into the store as perfcheck run would, on main, on a
// machine that the script names: session REVISION DAY LATENCY HOST. DAY counts from a fixed
// one; LATENCY is the median, as 1ms.
func storeSession(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: session REVISION DAY LATENCY HOST")
	}
	putRuns(ts, scriptRun(ts, args))
}

// scriptRun makes the run that the arguments of session describe.
func scriptRun(ts *testscript.TestScript, args []string) *bench.Run {
	day, err := strconv.Atoi(args[1])
	ts.Check(err)
	latency, err := time.ParseDuration(args[2])
	ts.Check(err)
	dir := ts.MkAbs(".")
	config, err := profile.Load(filepath.Join(dir, "perfcheck.yml"))
	ts.Check(err)
	repo, err := revision.Open(context.Background(), dir)
	ts.Check(err)
	commit, err := repo.Resolve(context.Background(), args[0])
	ts.Check(err)
	run := quickRun(config.Profiles[0], day, latency)
	run.ID += "-" + args[0]
	run.Subject = bench.Subject{Commit: commit.Hash, Tree: commit.Tree, Branch: "main", Title: commit.Title}
	run.Host.CPU = args[3]
	return run
}

// storeTogether puts runs into the store as perfcheck compare would, which were
// measured side by side: together BASE HEAD DAY LATENCY LATENCY.
func storeTogether(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 5 {
		ts.Fatalf("usage: together BASE HEAD DAY LATENCY LATENCY")
	}
	base := scriptRun(ts, []string{args[0], args[2], args[3], "here"})
	head := scriptRun(ts, []string{args[1], args[2], args[4], "here"})
	base.Side, head.Side = bench.Base, bench.Head
	for _, run := range []*bench.Run{base, head} {
		run.ID += "-" + string(run.Side)
		run.Pairing = "together-" + args[2]
	}
	putRuns(ts, base, head)
}

// quickRun is a run of the profile whose trials have that median latency.
func quickRun(p profile.Profile, day int, latency time.Duration) *bench.Run {
	started := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC).AddDate(0, 0, day)
	run := &bench.Run{
		ID: started.Format("20060102T150405"), Started: started,
		Profile: p.Name, Digest: p.Digest, Service: "process", Interleave: profile.Slices,
		Host: bench.Host{Cores: 2, Perfcheck: version}, Complete: true,
	}
	random := rand.New(rand.NewPCG(uint64(day), 1))
	for block := range 8 {
		run.Trials = append(run.Trials, quickTrial(block+1, started, latency, random))
	}
	return run
}

// putRuns puts runs into the script's store.
func putRuns(ts *testscript.TestScript, runs ...*bench.Run) {
	store, err := baseline.Open(filepath.Join(ts.MkAbs("."), stateDir, "baseline.db"), baseline.Options{Version: version})
	ts.Check(err)
	defer func() { ts.Check(store.Close()) }()
	for _, run := range runs {
		ts.Check(store.Put(run))
	}
}

// quickTrial has 2,000 requests whose latencies spread by a tenth, and a median
// that moves by up to 0.2 % from trial to trial.
func quickTrial(block int, started time.Time, latency time.Duration, random *rand.Rand) bench.Trial {
	h := hist.New()
	latency = time.Duration(float64(latency) * (0.998 + 0.004*random.Float64()))
	for range 2000 {
		h.Record(time.Duration(float64(latency) * (0.9 + 0.2*random.Float64())))
	}
	return bench.Trial{
		Block: block, Started: started.Add(time.Duration(block) * 10 * time.Second), Load: 10 * time.Second, Busy: 10 * time.Second,
		Steps: []bench.Step{{Name: "work", Requests: 2000, Latency: h, Service: h}},
		Usage: bench.Usage{CPU: 2 * time.Second, PeakMemory: 8 << 20}, Generator: bench.Generator{Lag: hist.New()},
	}
}

// calmMachine makes the calibration that holds for the newest run in the store
// that of a machine almost without noise: calm.
func calmMachine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: calm")
	}
	s := &session{ui: &ui{err: os.Stderr}, store: filepath.Join(ts.MkAbs("."), stateDir, "baseline.db")}
	var newest *bench.Run
	ts.Check(s.withStore(func(store *baseline.Store) error {
		found, err := store.List(baseline.Filter{Limit: 1})
		if err != nil || len(found) == 0 {
			return errors.Join(err, errors.New("the store has no run"))
		}
		newest, err = store.Get(found[0].ID)
		return err
	}))
	ts.Check(calm(s, newest))
}

// calm leaves almost nothing of the noise in the calibration that holds for a run.
func calm(s *session, run *bench.Run) error {
	k := s.usual([]compare.Pair{{Head: run}})[run.Profile]
	if k == nil {
		return errors.New("no calibration holds for run " + run.ID)
	}
	for i := range k.Metrics {
		k.Metrics[i].Spread = 1e-9
	}
	return s.putCalibration([]*bench.Run{run}, k)
}
