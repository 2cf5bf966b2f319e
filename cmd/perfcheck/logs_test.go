package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/compare"
)

// logged returns a measurement whose head has a log of each of two blocks, of
// which the second is invalid.
func logged(t *testing.T) (*measurement, *bench.Run, *bytes.Buffer) {
	t.Helper()
	var said bytes.Buffer
	m := &measurement{session: &session{ui: &ui{err: &said}, config: &profile.Config{Path: filepath.Join(t.TempDir(), "perfcheck.yml")}}}
	run := &bench.Run{ID: "r", Pairing: "p", Side: bench.Head, Trials: []bench.Trial{{Block: 1}, {Block: 2, Invalid: []string{"died"}}}}
	for _, trial := range run.Trials {
		m.keepLog(run, trial.Block, fmt.Sprint("log ", trial.Block))
	}
	return m, run, &said
}

func TestLogs(t *testing.T) {
	one, two := ".perfcheck/logs/p/block-1-head.log", ".perfcheck/logs/p/block-2-head.log"
	for _, tt := range []struct {
		verdict compare.Verdict
		want    []string
	}{
		{compare.Regression, []string{one, two}},
		{compare.Pass, []string{two}},
	} {
		m, run, _ := logged(t)
		got := m.logsOf(tt.verdict, run)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.verdict, got, tt.want)
		}
		m.dropLogs([]*bench.Run{run}, got)
		for _, name := range []string{one, two} {
			info, err := os.Stat(m.beside(name))
			if kept := slices.Contains(tt.want, name); (err == nil) != kept || kept && info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %s: %v, %v", tt.verdict, name, info, err)
			}
		}
		m.dropLogs([]*bench.Run{run}, nil)
		if _, err := os.Stat(m.beside(logFolder(run))); !os.IsNotExist(err) {
			t.Errorf("the empty folder is left: %v", err)
		}
	}
}

// The log that reports name is that of the service which spoiled a block, else head's.
func TestFirstLog(t *testing.T) {
	for spoiler, want := range map[bench.Side]string{"": "block-0-head.log", bench.Head: "block-2-head.log", bench.Base: "block-2-base.log"} {
		runs := pairing("browse", "p", "")
		m := &measurement{session: sessionOf(t, []string{"browse"})}
		for _, run := range runs {
			for i := range run.Trials {
				trial := &run.Trials[i]
				if run.Side == bench.Head {
					*trial = quickTrial(i, run.Started, 2*time.Millisecond, rand.New(rand.NewPCG(uint64(i), 3)))
				}
				m.keepLog(run, trial.Block, "log")
				if trial.Block == 2 && spoiler != "" {
					trial.Invalid = []string{"the block was lost with the other arm"}
				}
				if trial.Block == 2 && run.Side == spoiler {
					trial.Log = "log"
				}
			}
		}
		c, err := m.judgeStored([]compare.Pair{{Base: runs[0], Head: runs[1], Gates: m.profiles[0].Gates}})
		if err != nil || len(c.Logs) == 0 || filepath.Base(c.Logs[0]) != want {
			t.Errorf("spoiled by %q: %v, %v, want %s first", spoiler, c, err, want)
		}
	}
}

// Of many measurements the newest keep their logs.
func TestPruneLogs(t *testing.T) {
	m, _, _ := logged(t)
	dir := m.beside(filepath.Join(stateDir, logsDir))
	for n := range 2 * maxLogged { // each with two profiles
		if err := os.Mkdir(filepath.Join(dir, fmt.Sprintf("2026%02d-%d", n/2, n)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.pruneLogs(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2*(maxLogged-2)+1 || left[0].Name() != "202602-4" {
		t.Errorf("left are %v, %v", left, err)
	}
}

// Logs that cannot be written, as on a full disk, are told of once.
func TestLogsThatCannotBeKept(t *testing.T) {
	m, run, said := logged(t)
	run.Pairing = "other"
	if err := os.WriteFile(m.beside(logFolder(run)), nil, 0o600); err != nil { // where the folder should be
		t.Fatal(err)
	}
	m.keepLog(run, 1, "log")
	first := said.String()
	m.keepLog(run, 2, "log")
	wantText(t, "stderr", first, "warning: no logs of the service are kept: ")
	if said.String() != first {
		t.Errorf("said twice: %s", said)
	}
}

// Gate puts logs beside its reports, which name them there.
func TestGateCopiesLogs(t *testing.T) {
	m, run, _ := logged(t)
	g := &gate{gateOptions: gateOptions{dir: t.TempDir()}, session: m.session}
	c := &compare.Comparison{Logs: m.logsOf(compare.Regression, run)}
	kept, err := g.copyLogs(c)
	if err != nil || !slices.Equal(kept.Logs, []string{"logs/p/block-1-head.log", "logs/p/block-2-head.log"}) || c.Logs[0] == kept.Logs[0] {
		t.Fatalf("%q, %v", kept.Logs, err)
	}
	text, err := os.ReadFile(filepath.Join(g.dir, kept.Logs[1]))
	if err != nil || string(text) != "log 2\n" {
		t.Errorf("%q, %v", text, err)
	}
	if err := g.makeDir(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(g.dir); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
	own := filepath.Join(g.dir, logsDir, "june", "own.log")
	if err := errors.Join(os.MkdirAll(filepath.Dir(own), 0o755), os.WriteFile(own, nil, 0o600), g.makeDir()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(own); err != nil {
		t.Errorf("the user's own log: %v", err)
	}
}
