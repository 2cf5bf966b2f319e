package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/revision"
)

func baselineCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "baseline",
		Usage: "look into the store of runs",
		Subcommands: []*cli.Command{
			baselineListCommand(ui),
			baselineShowCommand(ui),
		},
		Action: func(c *cli.Context) error {
			return usageErrorf("baseline: want list or show, got %q", c.Args().First())
		},
	}
}

func baselineListCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list runs, newest first",
		Flags: append(configFlags(), formatFlag(),
			&cli.StringFlag{Name: "branch", Usage: "only runs of commits on `BRANCH`"},
			&cli.StringFlag{Name: "profile", Aliases: []string{"p"}, Usage: "only runs of the profile `NAME`"},
			&cli.StringFlag{Name: "commit", Usage: "only runs of `COMMIT`, or of the one commit that starts so"},
			&cli.IntFlag{Name: "limit", Value: 50, Usage: "the newest `N` runs; 0 is all"},
		),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			out, err := parseOutput(c)
			if err != nil {
				return err
			}
			if c.Int("limit") < 0 {
				return usageErrorf("--limit: want 0 or more, got %d", c.Int("limit"))
			}
			return readStore(c, func(store *baseline.Store) error {
				runs, err := store.List(baseline.Filter{
					Branch: c.String("branch"), Profile: c.String("profile"), Commit: c.String("commit"), Limit: c.Int("limit"),
				})
				if err != nil {
					return err
				}
				if out.format == formatJSON {
					return printJSON(ui, append([]baseline.Summary{}, runs...)) // [], never null
				}
				return printSummaries(ui, runs)
			})
		},
	}
}

func printSummaries(ui *ui, runs []baseline.Summary) error {
	w := tabwriter.NewWriter(ui.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RUN\tSTARTED\tSUBJECT\tPROFILE\tSIDE\tBLOCKS\tVERDICT")
	for _, r := range runs {
		verdict := r.Verdict
		if !r.Complete {
			verdict = "incomplete"
		}
		fmt.Fprintf(w, "%s\t%s\t%v\t%s\t%s\t%d\t%s\n",
			r.ID, r.Started.Local().Format(time.DateTime), r.Subject, r.Profile, r.Side, r.Valid, verdict)
	}
	return w.Flush()
}

func baselineShowCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "print one run, or those of a commit",
		ArgsUsage: "ID|COMMIT",
		Flags:     append(configFlags(), formatFlag()),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usageErrorf("baseline show takes the ID of a run or a commit: see perfcheck baseline list")
			}
			out, err := parseOutput(c)
			if err != nil {
				return err
			}
			return readStore(c, func(store *baseline.Store) error {
				runs, err := find(c, store, c.Args().First())
				if err != nil {
					return err
				}
				return out.runs(ui, runs...)
			})
		},
	}
}

// find returns the run with an id, or the runs of a commit, which may be named
// in any way that git knows.
func find(c *cli.Context, store *baseline.Store, name string) ([]*bench.Run, error) {
	run, err := store.Get(name)
	if err == nil {
		return []*bench.Run{run}, nil
	}
	if repo, gitErr := revision.Open(c.Context, "."); gitErr == nil {
		if commit, gitErr := repo.Resolve(c.Context, name); gitErr == nil {
			name = commit.Hash
		}
	}
	list, listErr := store.List(baseline.Filter{Commit: name})
	if listErr != nil {
		return nil, listErr
	}
	if len(list) == 0 {
		return nil, err
	}
	var runs []*bench.Run
	for _, summary := range list {
		run, err := store.Get(summary.ID)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	return runs, nil
}
