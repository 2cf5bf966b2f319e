package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/bench"
)

// defaultBlocks is how many blocks perfcheck run measures: as many as the
// first look of a comparison needs.
const defaultBlocks = 8

func runCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "measure the working tree or one commit, and store the run",
		ArgsUsage: "[ID]",
		Flags: append(measureFlags(),
			&cli.StringFlag{Name: "commit", Usage: "measure `COMMIT` instead of the working tree"},
			&cli.IntFlag{Name: "blocks", Value: defaultBlocks, Usage: "measure `N` blocks, each with a fresh start of the service"},
			&cli.BoolFlag{Name: "resume", Usage: "go on with the run ID, or the newest one, that was interrupted"},
			formatFlag(),
		),
		Action: func(c *cli.Context) error {
			if err := resumeArguments(c); err != nil {
				return err
			}
			if c.Int("blocks") < 1 {
				return usageErrorf("--blocks: want 1 or more, got %d", c.Int("blocks"))
			}
			out, err := parseOutput(c)
			if err != nil {
				return err
			}
			s, err := openSession(c, ui)
			if err != nil {
				return err
			}
			return measureOne(c, s, out)
		},
	}
}

func measureOne(c *cli.Context, s *session, out output) (err error) {
	t, err := s.named(c)
	if err != nil {
		return err
	}
	m, err := newMeasurement(c, s, t)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.release()) }()
	if c.Bool("resume") {
		if err := m.resume(c, t); err != nil {
			return err
		}
	}
	m.blocks = c.Int("blocks")
	m.goal = func(int) int { return m.blocks }
	runs, err := m.run(c.Context, func([]*bench.Run) (bool, error) { return false, nil })
	if err != nil {
		if len(runs) > 0 && len(runs[0].Trials) > 0 {
			s.ui.say("perfcheck run --resume goes on after block %d", len(runs[0].Trials))
		}
		return err
	}
	stored := m.put(runs...) // complete now
	m.dropLogs(runs, m.sayLogs(runs))
	if err := out.runs(s.ui, runs...); err != nil {
		return errors.Join(stored, err)
	}
	if !runs[0].Complete {
		s.ui.warn("fewer than %d valid blocks: the run is not complete, and never a baseline; perfcheck run --resume goes on with it", m.blocks)
	}
	return errors.Join(stored, unmeasured(runs))
}

// unmeasured returns an error when a run holds nothing that means anything.
func unmeasured(runs []*bench.Run) error {
	for _, run := range runs {
		if len(run.Valid()) == 0 {
			return fmt.Errorf("no valid block of profile %s: %s", run.Profile, run.Trials[0].Invalid[0])
		}
		if !answered(run) {
			return fmt.Errorf("profile %s: all requests failed", run.Profile)
		}
	}
	return nil
}

// answered says whether any request of the run succeeded.
func answered(run *bench.Run) bool {
	for _, t := range run.Trials {
		for _, s := range t.Steps {
			if s.Requests > s.Failed() {
				return true
			}
		}
	}
	return false
}
