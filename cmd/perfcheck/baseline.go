package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

func baselineCommand(ui *ui) *cli.Command {
	subcommands := []*cli.Command{
		baselineListCommand(ui),
		baselineShowCommand(ui),
		baselineExportCommand(ui),
		baselineImportCommand(ui),
		baselinePushCommand(ui),
		baselinePullCommand(ui),
		baselinePinCommand(ui),
		baselineUnpinCommand(ui),
		baselinePruneCommand(ui),
		baselineCompactCommand(ui),
		baselineVerifyCommand(ui),
	}
	var names []string
	for _, c := range subcommands {
		names = append(names, c.Name)
	}
	return &cli.Command{
		Name:        "baseline",
		Usage:       "look into the store of runs, share it and keep it small",
		Subcommands: subcommands,
		Action: func(c *cli.Context) error {
			return usageErrorf("baseline: want one of %s, got %q", strings.Join(names, ", "), c.Args().First())
		},
	}
}

// listLimit is how many runs perfcheck baseline list and show print by default.
const listLimit = 50

func baselineListCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list runs, newest first",
		Flags: slices.Concat(configFlags(), filterFlags(listLimit), []cli.Flag{formatFlag()}),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			out, err := parseOutput(c)
			if err != nil {
				return err
			}
			var runs []baseline.Summary
			err = readStore(c, func(store *baseline.Store) error {
				runs, err = filtered(c, store)
				return err
			})
			if err != nil && !errors.Is(err, baseline.ErrDamaged) {
				return err
			}
			if out.format == formatJSON {
				return errors.Join(printJSON(ui, runs), err)
			}
			return errors.Join(printSummaries(ui, runs), err)
		},
	}
}

func printSummaries(ui *ui, runs []baseline.Summary) error {
	w := tabwriter.NewWriter(ui.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RUN\tSTARTED\tSUBJECT\tPROFILE\tSIDE\tBLOCKS\tVERDICT")
	for _, r := range runs {
		verdict := r.Verdict
		switch {
		case !r.Complete:
			verdict = "incomplete"
		case r.Side == bench.Base && verdict == string(compare.Regression):
			verdict = "(beside a regression)" // and so no baseline
		case r.Side == bench.Base:
			verdict = "" // it is head's
		}
		if r.Thinned {
			verdict = strings.TrimSpace(verdict + " (thinned)")
		}
		if r.Pinned {
			verdict = strings.TrimSpace(verdict + " (pinned)")
		}
		fmt.Fprintf(w, "%s\t%s\t%v\t%s\t%s\t%d\t%s\n",
			r.ID, r.Started.Local().Format(time.DateTime), r.Subject, r.Profile, r.Side, r.Valid, verdict)
	}
	return w.Flush()
}

func baselineShowCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "print runs, those of commits, or those that the flags select",
		ArgsUsage: "[ID|COMMIT...]",
		Flags:     slices.Concat(configFlags(), filterFlags(listLimit), []cli.Flag{formatFlag()}),
		Action: func(c *cli.Context) error {
			if !c.Args().Present() && !filters(c) {
				return usageErrorf("baseline show takes runs or commits, or flags that select some: see perfcheck baseline list")
			}
			out, err := parseOutput(c)
			if err != nil {
				return err
			}
			var runs []*bench.Run
			err = readStore(c, func(store *baseline.Store) error {
				found, err := chosen(c, store)
				if err != nil {
					return err
				}
				for _, f := range found {
					run, err := store.Get(f.ID)
					if err != nil {
						return err
					}
					runs = append(runs, run)
				}
				return nil
			})
			if err != nil {
				return err
			}
			return out.runs(ui, runs...)
		},
	}
}
