package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
)

func baselinePinCommand(ui *ui) *cli.Command {
	c := pinning{"pinned", (*baseline.Store).Pin}.command(ui)
	c.Name, c.Usage = "pin", "keep runs from being pruned"
	return c
}

func baselineUnpinCommand(ui *ui) *cli.Command {
	c := pinning{"unpinned", (*baseline.Store).Unpin}.command(ui)
	c.Name, c.Usage = "unpin", "let pinned runs be pruned again"
	return c
}

// A pinning does one of two things to runs.
type pinning struct {
	done string
	do   func(*baseline.Store, ...string) error
}

func (p pinning) command(ui *ui) *cli.Command {
	return &cli.Command{
		ArgsUsage: "[ID|COMMIT...]",
		Flags:     slices.Concat(configFlags(), filterFlags(0), []cli.Flag{formatFlag()}),
		Action: func(c *cli.Context) error {
			if !c.Args().Present() && !filters(c) {
				return usageErrorf("%s: name runs or commits, or filter them by flags", c.Command.FullName())
			}
			out, err := parseOutput(c)
			if err != nil {
				return err
			}
			var runs []baseline.Summary
			err = changeStore(c, func(store *baseline.Store) error {
				if runs, err = chosen(c, store); err != nil {
					return err
				}
				return p.do(store, ids(runs)...)
			})
			if err != nil {
				return err
			}
			if out.format == formatJSON {
				return printJSON(ui, map[string][]string{p.done: ids(runs)})
			}
			_, err = fmt.Fprintf(ui.out, "%s %s\n", p.done, bench.Count(len(runs), "run"))
			return err
		},
	}
}

// keepComparisons is how many comparisons perfcheck baseline prune keeps by default.
const keepComparisons = 1000

func baselinePruneCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "prune",
		Usage: "remove runs that are no longer needed, thin older ones, and make the file smaller",
		Description: "Of every profile on every branch the newest runs stay, and further back one a day.\n" +
			"Pinned runs always stay, and so do possible baselines of the newest sessions of each\n" +
			"profile, branch and machine. Of what stays, older runs are thinned: they keep the numbers\n" +
			"of each block and lose the histograms. With filters only runs that they select are\n" +
			"removed or thinned, with those that were measured side by side with them.",
		Flags: slices.Concat(configFlags(), []cli.Flag{
			&cli.IntFlag{Name: "keep-last", Value: baseline.DefaultPolicy.Last, Usage: "keep the newest `N` runs of each profile on each branch"},
			&cli.IntFlag{Name: "keep-daily", Value: baseline.DefaultPolicy.Days, Usage: "keep one possible baseline a day, as far back as `N` days"},
			&cli.IntFlag{Name: "keep-histograms", Value: baseline.DefaultPolicy.Whole, Usage: "keep the histograms of the newest `N` runs of each profile on each branch"},
			&cli.IntFlag{Name: "keep-comparisons", Value: keepComparisons, Usage: "without filters: keep the newest `N` comparisons"},
			&cli.BoolFlag{Name: "dry-run", Usage: "only say what would be removed"},
		}, filterFlags(0), []cli.Flag{formatFlag()}),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			out, err := parseOutput(c)
			if err != nil {
				return err
			}
			for _, flag := range []string{"keep-last", "keep-daily", "keep-histograms", "keep-comparisons"} {
				if c.Int(flag) < 0 {
					return usageErrorf("--%s: want 0 or more, got %d", flag, c.Int(flag))
				}
			}
			p := pruning{DryRun: c.Bool("dry-run")}
			open := changeStore
			if p.DryRun {
				open = readStore
			}
			if err := open(c, func(store *baseline.Store) error { return p.prune(c, store) }); err != nil {
				return err
			}
			if !p.DryRun {
				// What is removed is removed, whatever becomes of the file.
				if p.Before, p.After, err = compact(c); err != nil {
					ui.warn("the file is no smaller: %v", err)
				}
			}
			return errors.Join(p.print(ui, out), errors.Join(p.unread...))
		},
	}
}

// A pruning tells what was, or would be, removed.
type pruning struct {
	DryRun      bool     `json:"dry_run"`
	Removed     []string `json:"removed"`
	Thinned     []string `json:"thinned"`
	Kept        int      `json:"kept"`
	Comparisons int      `json:"comparisons"` // removed
	Before      int64    `json:"before,omitempty"`
	After       int64    `json:"after,omitempty"` // bytes

	runs, thick []baseline.Summary // those of Removed and of Thinned
	unread      []error            // of runs that stay whole
}

func (p *pruning) prune(c *cli.Context, store *baseline.Store) error {
	all, err := store.List(baseline.Filter{})
	if err != nil {
		return err
	}
	policy := baseline.Policy{Last: c.Int("keep-last"), Days: c.Int("keep-daily"), Whole: c.Int("keep-histograms")}
	now := time.Now()
	p.runs, p.thick = policy.Surplus(all, now), policy.Thick(all, now)
	if filters(c) {
		selected, err := filtered(c, store)
		if err != nil {
			return err
		}
		meant := make(map[string]bool)
		for _, s := range selected {
			meant[s.Together()] = true
		}
		other := func(s baseline.Summary) bool { return !meant[s.Together()] }
		p.runs, p.thick = slices.DeleteFunc(p.runs, other), slices.DeleteFunc(p.thick, other)
	} else if p.Comparisons, err = store.TrimComparisons(c.Int("keep-comparisons"), p.DryRun); err != nil {
		return err
	}
	p.Removed, p.Thinned = ids(p.runs), ids(p.thick)
	p.Kept = len(all) - len(p.Removed)
	if p.DryRun {
		return nil
	}
	if err := store.Remove(p.Removed...); err != nil {
		return err
	}
	done, unread, err := store.Thin(p.Thinned...)
	p.Thinned, p.unread = append([]string{}, done...), unread // [] in JSON where there are none
	return err
}

func (p *pruning) print(ui *ui, out output) error {
	if out.format == formatJSON {
		return printJSON(ui, p)
	}
	did, thinned := "removed", len(p.Thinned)
	if p.DryRun {
		did = "would remove"
	}
	if p.DryRun && len(p.runs) > 0 {
		if err := printSummaries(ui, p.runs); err != nil {
			return err
		}
	}
	text := fmt.Sprintf("%s %d of %s, and %s", did, len(p.Removed), bench.Count(len(p.Removed)+p.Kept, "run"), bench.Count(p.Comparisons, "comparison"))
	switch {
	case thinned > 0 && p.DryRun:
		text += fmt.Sprintf("; %d more would keep only their numbers", thinned)
	case thinned > 0:
		text += fmt.Sprintf("; %d more keep only their numbers", thinned)
	}
	if p.After > 0 {
		text += fmt.Sprintf("; the file had %s and has %s", size(p.Before), size(p.After))
	}
	_, err := fmt.Fprintln(ui.out, text)
	return err
}

func size(bytes int64) string { return bench.Bytes.Format(float64(bytes)) }

func baselineCompactCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "compact",
		Usage: "make the file as small as what is in it",
		Flags: append(configFlags(), formatFlag()),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			out, err := parseOutput(c)
			if err != nil {
				return err
			}
			before, after, err := compact(c)
			if err != nil {
				return err
			}
			if out.format == formatJSON {
				return printJSON(ui, map[string]int64{"before": before, "after": after})
			}
			path, err := storeFlag(c)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(ui.out, "%s had %s and has %s\n", filepath.Base(path), size(before), size(after))
			return err
		},
	}
}

func compact(c *cli.Context) (before, after int64, err error) {
	path, err := storeFlag(c)
	if err != nil {
		return 0, 0, err
	}
	return baseline.Compact(path, baseline.Options{Version: version})
}
