package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/service"
	"github.com/perfcheck/perfcheck/compare"
)

// measuredRun is a stored run with trials, of base's tree or head's.
func measuredRun(id string, hour int, of bench.Side, profile string, edit func(*bench.Run)) *bench.Run {
	return storedRun(id, hour, func(r *bench.Run) {
		r.Profile, r.Digest = profile, "digest of "+profile
		r.Subject.Commit, r.Subject.Tree = "c-"+string(of), "t-"+string(of)
		random := rand.New(rand.NewPCG(uint64(hour), uint64(of[0])))
		for block := range compare.MinBlocks {
			r.Trials = append(r.Trials, quickTrial(block, r.Started, time.Millisecond, random))
		}
		if edit != nil {
			edit(r)
		}
	})
}

// pairing makes the stored runs of a profile that was measured side by side.
func pairing(profile, name, verdict string) (runs []*bench.Run) {
	for _, side := range []bench.Side{bench.Base, bench.Head} {
		runs = append(runs, measuredRun("1-"+name+string(side), 1, side, profile, func(r *bench.Run) {
			r.Pairing, r.Side, r.Verdict = name, side, verdict
		}))
	}
	return runs
}

// sessionOf makes a session of profiles with the runs in its store.
func sessionOf(t *testing.T, profiles []string, runs ...*bench.Run) *session {
	t.Helper()
	dir := t.TempDir()
	config := &profile.Config{Path: filepath.Join(dir, "perfcheck.yml")}
	s := &session{ui: &ui{err: io.Discard}, config: config, store: filepath.Join(dir, "baseline.db")}
	for _, name := range profiles {
		gates := []bench.Gate{{Key: bench.Key{Metric: "p50"}, Threshold: 0.03}}
		s.profiles = append(s.profiles, profile.Profile{Name: name, Digest: "digest of " + name, Gates: gates})
	}
	if err := s.put(runs...); err != nil {
		t.Fatal(err)
	}
	return s
}

// recordedOf judges what is stored of the subjects that [measuredRun] measured.
func recordedOf(s *session) (*compare.Comparison, error) {
	subject := func(side bench.Side) target {
		return target{side: side, subject: bench.Subject{Commit: "c-" + string(side), Tree: "t-" + string(side)}}
	}
	c, _, err := s.recorded(subject(bench.Base), subject(bench.Head))
	return c, err
}

// TestRecorded: what is not known side by side of all profiles is looked up
// apart for all of them, so that a profile whose pairing regressed is not
// judged by it in a way that sees less.
func TestRecorded(t *testing.T) {
	alone := func(profile string) []*bench.Run {
		return []*bench.Run{measuredRun("2-"+profile, 2, bench.Base, profile, nil), measuredRun("3-"+profile, 3, bench.Head, profile, nil)}
	}
	processes := func(profile string) []*bench.Run {
		runs := alone(profile)
		for _, r := range runs {
			r.Service = "process"
		}
		return runs
	}
	tests := []struct {
		name    string
		service service.Mode // asked for
		runs    [][]*bench.Run
		want    string // the comparison's id, or how the error begins
	}{
		{"both side by side", "", [][]*bench.Run{pairing("browse", "p1", ""), pairing("pay", "p2", "")}, "p1"},
		{"both both ways", "", [][]*bench.Run{pairing("browse", "p1", ""), pairing("pay", "p2", ""), alone("browse"), alone("pay")}, "p1"},
		{"one alone", "", [][]*bench.Run{pairing("browse", "p1", ""), alone("browse"), alone("pay")}, "apart-2-browse..3-browse"},
		{"one alone, the other regressed", "", [][]*bench.Run{pairing("browse", "p1", "regression"), alone("pay")}, "the store has no run that can stand for base (c-base) with profile browse (1-p1base was part of a regression): compare"},
		{"as a process only alone", "process", [][]*bench.Run{pairing("browse", "p1", ""), pairing("pay", "p2", ""), processes("browse"), processes("pay")}, "apart-2-browse..3-browse"},
		{"never as a process", "process", [][]*bench.Run{pairing("browse", "p1", ""), pairing("pay", "p2", "")},
			"the store has no run that can stand for head (c-head) with profile browse (1-p1head was not measured with --service process): compare"},
	}
	for _, test := range tests {
		s := sessionOf(t, []string{"browse", "pay"}, slices.Concat(test.runs...)...)
		s.service = test.service
		got := ""
		if c, err := recordedOf(s); err != nil {
			got = err.Error()
		} else {
			got = c.ID
		}
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// TestRecordedTellsUnusualNoise: the noise of what was measured side by side is
// held against the calibration that holds for it.
func TestRecordedTellsUnusualNoise(t *testing.T) {
	runs := pairing("browse", "p1", "")
	s := sessionOf(t, []string{"browse"}, runs...)
	first, err := recordedOf(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.putCalibration(runs, compare.Calibrate(first, time.Minute)); err != nil {
		t.Fatal(err)
	}
	for _, noisier := range []bool{false, true} {
		if noisier {
			if err := calm(s, runs[0]); err != nil {
				t.Fatal(err)
			}
		}
		c, err := recordedOf(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.Join(c.Warnings, "\n"), "noisier than usual"); got != noisier {
			t.Errorf("noisier %v: warnings %q", noisier, c.Warnings)
		}
	}
}

// What was measured is an answer, also where it cannot be stored any more.
func TestAnswerWithoutAStore(t *testing.T) {
	var said bytes.Buffer
	runs := pairing("browse", "p1", "")
	s := sessionOf(t, []string{"browse"}, runs...)
	s.ui.err, s.store = &said, t.TempDir() // no file
	m := &measurement{session: s}
	if c, _, err := m.conclude(runs); err != nil || c.Verdict != compare.Pass {
		t.Errorf("got %v, %v", c, err)
	}
	wantText(t, "stderr", said.String(), "warning: the outcome is not stored: ")
}

// TestRecordedAnew: when what is accepted changes, so does what is stored of the
// runs that were measured before.
func TestRecordedAnew(t *testing.T) {
	runs := slices.Concat(pairing("browse", "p1", "regression"), pairing("pay", "p2", "pass"))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range runs[1].Trials {
		runs[1].Trials[i] = quickTrial(i, runs[1].Started, 1200*time.Microsecond, random)
	}
	s := sessionOf(t, []string{"browse", "pay"}, runs...)
	wanted := bench.Acceptance{Profile: "browse", Key: bench.Key{Metric: "p50"}, UpTo: 0.25, Until: time.Now()}
	for _, test := range []struct {
		accepted []bench.Acceptance
		want     compare.Verdict
	}{{nil, compare.Regression}, {[]bench.Acceptance{wanted}, compare.Pass}, {nil, compare.Regression}} {
		s.accepted = test.accepted
		c, err := recordedOf(s)
		if err != nil || c.Verdict != test.want {
			t.Fatalf("accepted %v: %v, %v", test.accepted, c, err)
		}
		err = s.withStore(func(store *baseline.Store) error {
			for _, r := range runs {
				if stored, err := store.Get(r.ID); err != nil || stored.Verdict != string(test.want) {
					t.Errorf("accepted %v: %s is stored as %q, %v", test.accepted, r.ID, stored.Verdict, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
