package main

import (
	"bytes"
	"errors"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/report"
)

// calibrationBlocks is how many blocks perfcheck calibrate measures by default:
// enough for a spread that is known to about a quarter.
const calibrationBlocks = 12

func calibrateCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "calibrate",
		Usage: "compare a commit with itself: what changes this machine can see, and in which time",
		Description: "Measures the working tree, or one commit, side by side with itself, and says whether\n" +
			"the configured thresholds are within reach of the configured budget. Later\n" +
			"comparisons on this machine say when it is noisier than it was.\n" +
			"Exit code: 0 calibrated, 2 wrong usage or configuration, 3 could not measure enough.",
		Flags: append(measureFlags(),
			&cli.StringFlag{Name: "commit", Usage: "measure `COMMIT` instead of the working tree"},
			&cli.IntFlag{Name: "blocks", Value: calibrationBlocks, Usage: "measure `N` blocks, or as many as the budget allows"},
			formatFlag(),
		),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if n := c.Int("blocks"); n < compare.MinBlocks {
				return usageErrorf("--blocks: want %d or more, got %d", compare.MinBlocks, n)
			}
			out, err := parseOutput(c)
			if err != nil {
				return err
			}
			s, err := openSession(c, ui)
			if err != nil {
				return err
			}
			return calibrate(c, s, out)
		},
	}
}

func calibrate(c *cli.Context, s *session, out output) error {
	t, err := s.named(c)
	if err != nil {
		return err
	}
	base, head := t, t
	base.side, head.side = bench.Base, bench.Head
	m, err := newMeasurement(c, s, base, head)
	if err != nil {
		return err
	}
	if err := m.checkBudget(c); err != nil {
		return err
	}
	m.blocks = c.Int("blocks")
	m.goal = func(int) int { return m.blocks }
	s.ui.say("comparing %v %s with itself: %d blocks, or as many as %v allow", t.subject, t.subject.Title, m.blocks, m.budget)
	runs, err := m.run(c.Context, func([]*bench.Run) (bool, error) { return false, nil })
	if err != nil {
		return err
	}
	stored := m.put(runs...) // complete now
	m.dropLogs(runs, m.sayLogs(runs))
	result, err := compare.Judge(s.pairs(runs), compare.Options{Final: true, Now: time.Now()})
	if err != nil {
		return err
	}
	// What is asked is whether later comparisons have time enough, which take
	// the configured budget.
	k := compare.Calibrate(result, s.config.Budget)
	if stored == nil {
		stored = errors.Join(m.putComparison(result), m.putCalibration(runs, k))
	}
	// Only now: a reader that closes the pipe early ends perfcheck.
	if err := errors.Join(out.calibration(s.ui, k), stored); err != nil || k.Usable {
		return err
	}
	return &exitError{code: exitInvalid}
}

// putCalibration stores a calibration that is usable for each of the profiles
// that it is of.
func (s *session) putCalibration(runs []*bench.Run, k *compare.Calibration) error {
	if !k.Usable {
		return nil
	}
	var text bytes.Buffer
	if err := report.CalibrationJSON(&text, k); err != nil {
		return err
	}
	return s.withStore(func(store *baseline.Store) error {
		for _, run := range runs {
			if err := store.PutCalibration(calibrationKey(run), text.Bytes()); err != nil {
				return err
			}
		}
		return nil
	})
}

// calibrationKey is that of the calibrations that hold for a run.
func calibrationKey(run *bench.Run) baseline.CalibrationKey {
	return baseline.CalibrationKey{Digest: run.Digest, Host: run.Host, Service: run.Service}
}

// usual returns the calibrations that hold for pairs of runs, by profile. One
// that cannot be read takes nothing from what was measured.
func (s *session) usual(pairs []compare.Pair) map[string]*compare.Calibration {
	usual := make(map[string]*compare.Calibration)
	store, err := baseline.OpenReadOnly(s.store, baseline.Options{Version: version})
	if err == nil {
		for _, p := range pairs {
			err = errors.Join(err, readCalibration(store, p.Head, usual))
		}
		err = errors.Join(err, store.Close())
	}
	if err != nil {
		s.ui.warn("whether the machine is noisier than usual is not known: %v", err)
	}
	return usual
}

// readCalibration adds to usual the calibration that holds for a run, if there is one.
func readCalibration(store *baseline.Store, run *bench.Run, usual map[string]*compare.Calibration) error {
	data, err := store.Calibration(calibrationKey(run))
	if errors.Is(err, baseline.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	k, err := report.ReadCalibration(bytes.NewReader(data))
	if err != nil {
		return err
	}
	usual[run.Profile] = k
	return nil
}
