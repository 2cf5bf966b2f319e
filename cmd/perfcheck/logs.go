package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// What services print while they are measured is kept in files for as long as
// somebody may want to know why: of trials that are invalid, and of all where
// the verdict is a regression. They may hold what a service should not have
// printed, so that only their owner can read them.

// logsDir holds a folder for each measurement, below stateDir.
const logsDir = "logs"

// maxLogged is of how many measurements logs are kept. A block's is of at most
// 64 KiB an arm.
const maxLogged = 20

// logFolder is that of a run and of those that were measured with it, relative
// to the folder of perfcheck.yml.
func logFolder(run *bench.Run) string {
	return filepath.Join(stateDir, logsDir, cmp.Or(run.Pairing, run.ID))
}

// logFile is that of one block of a run, in the same way.
func logFile(run *bench.Run, block int) string {
	name := fmt.Sprintf("block-%d.log", block)
	if run.Side != "" {
		name = fmt.Sprintf("block-%d-%s.log", block, run.Side)
	}
	return filepath.Join(logFolder(run), name)
}

// beside returns the path of a file that is named relative to perfcheck.yml.
func (s *session) beside(name string) string {
	return filepath.Join(filepath.Dir(s.config.Path), name)
}

// keepLog writes what a service printed in a block. That it cannot is no reason
// not to measure.
func (m *measurement) keepLog(run *bench.Run, block int, log string) {
	if log == "" || m.unlogged {
		return
	}
	path := m.beside(logFile(run, block))
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(log+"\n"), 0o600)
	}
	if err != nil {
		m.unlogged = true
		m.ui.warn("no logs of the service are kept: %v", err)
	}
}

// logsOf returns the files there are with what the services of runs printed, by
// what they may tell of a verdict: first those of trials that their own service spoiled.
func (s *session) logsOf(v compare.Verdict, runs ...*bench.Run) []string {
	var spoiled, others []string
	for _, run := range runs {
		for _, t := range run.Trials {
			name := logFile(run, t.Block)
			if len(t.Invalid) == 0 && v != compare.Regression {
				continue
			}
			if _, err := os.Stat(s.beside(name)); err != nil {
				continue
			}
			if t.Log != "" { // that of the other arm has none
				spoiled = append(spoiled, name)
			} else {
				others = append(others, name)
			}
		}
	}
	return append(spoiled, others...)
}

// sayLogs names the files of runs that were measured alone.
func (m *measurement) sayLogs(runs []*bench.Run) []string {
	names := m.logsOf("", runs...)
	for _, name := range names {
		m.ui.say("what the service printed in an invalid block: %s", name)
	}
	return names
}

// dropLogs removes the files of runs but those that are named.
func (m *measurement) dropLogs(runs []*bench.Run, but []string) {
	for _, run := range runs {
		for _, t := range run.Trials {
			if name := logFile(run, t.Block); !slices.Contains(but, name) {
				m.dropLog(m.beside(name))
			}
		}
		_ = os.Remove(m.beside(logFolder(run))) // stays where something is in it
	}
}

func (m *measurement) dropLog(path string) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		m.ui.warn("%v", err)
	}
}

// pruneLogs makes room for one more measurement. Names begin with its time, which
// its profiles share.
func (m *measurement) pruneLogs() error {
	dir := filepath.Join(m.stateDir(), logsDir)
	folders, err := os.ReadDir(dir) // sorted
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	time := func(e fs.DirEntry) string { began, _, _ := strings.Cut(e.Name(), "-"); return began }
	var times []string
	for _, f := range folders {
		times = append(times, time(f))
	}
	times = slices.Compact(times)
	kept := times[max(0, len(times)-maxLogged+1):]
	for _, old := range folders {
		if slices.Contains(kept, time(old)) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, old.Name())); err != nil {
			return err
		}
	}
	return nil
}
