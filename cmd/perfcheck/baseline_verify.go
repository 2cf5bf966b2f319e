package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
)

func baselineVerifyCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "verify",
		Usage: "read all of the store and say what is damaged",
		Description: "With --repair a damaged store is written anew from what is sound in it, and the\n" +
			"damaged file kept beside it.\n" +
			"Exit code: 0 sound, or repaired; 3 damaged.",
		Flags: append(configFlags(),
			&cli.BoolFlag{Name: "repair", Usage: "write a damaged store anew from what is sound in it"},
			formatFlag(),
		),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			out, err := parseOutput(c)
			if err != nil {
				return err
			}
			findings, err := verify(c)
			if errors.Is(err, baseline.ErrDamaged) {
				// What cannot be opened as it is may still be repaired.
				findings.Problems = append(findings.Problems, baseline.Problem{What: err.Error()})
			}
			if len(findings.Problems) > 0 && c.Bool("repair") {
				findings, err = repair(c, ui, findings)
			}
			if err != nil {
				return err
			}
			if err := printFindings(ui, out, findings); err != nil {
				return err
			}
			return damage(findings)
		},
	}
}

// damage says what to do about what was found.
func damage(f baseline.Findings) error {
	switch n := len(f.Problems); {
	case n == 0:
		return nil
	case f.Broken:
		return fmt.Errorf("%w: its pages are broken, and nothing can be repaired: move it away, and import the runs from where they were exported", baseline.ErrDamaged)
	default:
		return fmt.Errorf("%w: %s: --repair keeps what is sound, and the damaged file too", baseline.ErrDamaged, bench.Count(n, "problem"))
	}
}

func verify(c *cli.Context) (findings baseline.Findings, err error) {
	err = readStore(c, func(store *baseline.Store) (err error) {
		findings, err = store.Verify()
		return err
	})
	return findings, err
}

// repair mends the store and returns what is found in it then.
func repair(c *cli.Context, ui *ui, before baseline.Findings) (baseline.Findings, error) {
	for _, p := range before.Problems {
		ui.warn("%v", p)
	}
	path, err := storeFlag(c)
	if err != nil {
		return before, err
	}
	kept, err := baseline.Repair(path, baseline.Options{Version: version})
	if err != nil {
		return before, err
	}
	after, err := verify(c)
	if err != nil {
		return before, err
	}
	runs := fmt.Sprint(after.Runs)
	if before.Runs > 0 { // else they could not be counted
		runs += fmt.Sprintf(" of %d", before.Runs)
	}
	ui.say("repaired: %s runs are sound; the damaged file is kept as %s", runs, kept)
	return after, nil
}

func printFindings(ui *ui, out output, f baseline.Findings) error {
	if out.format == formatJSON {
		return printJSON(ui, f)
	}
	for _, p := range f.Problems {
		if _, err := fmt.Fprintln(ui.out, p); err != nil {
			return err
		}
	}
	state := "all sound"
	if len(f.Problems) > 0 {
		state = bench.Count(len(f.Problems), "problem")
	}
	_, err := fmt.Fprintf(ui.out, "%s, %s, %s, %s: %s\n",
		bench.Count(f.Runs, "run"), bench.Count(f.Comparisons, "comparison"), bench.Count(f.Calibrations, "calibration"), bench.Count(f.Pins, "pin"), state)
	return err
}
