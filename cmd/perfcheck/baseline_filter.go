package main

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench/revision"
)

// filterFlags select runs of the store, so many of them unless told otherwise.
func filterFlags(limit int) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "branch", Usage: "only runs of commits on `BRANCH`"},
		&cli.StringFlag{Name: "profile", Aliases: []string{"p"}, Usage: "only runs of the profile `NAME`"},
		&cli.StringFlag{Name: "commit", Usage: "only runs of `COMMIT`, any name that git knows, or the one commit in the store that starts so"},
		&cli.StringFlag{Name: "digest", Usage: "only runs of the profile's state `DIGEST`"},
		&cli.StringFlag{Name: "since", Usage: "only runs since `DAY`, as 2026-01-31, or 90d for so many days"},
		&cli.StringFlag{Name: "before", Usage: "only runs before `DAY`, as 2026-01-31, or 90d for what is older than so many days"},
		&cli.BoolFlag{Name: "eligible", Usage: "only runs that may serve as a baseline"},
		&cli.BoolFlag{Name: "pinned", Usage: "only runs that are pinned"},
		&cli.IntFlag{Name: "limit", Value: limit, Usage: "the newest `N` runs; 0 is all"},
	}
}

// filters says whether any flag of filterFlags is given.
func filters(c *cli.Context) bool {
	return slices.ContainsFunc(filterFlags(0), func(f cli.Flag) bool { return c.IsSet(f.Names()[0]) })
}

func parseFilter(c *cli.Context) (f baseline.Filter, err error) {
	f = baseline.Filter{
		Branch: c.String("branch"), Profile: c.String("profile"), Digest: c.String("digest"),
		Eligible: c.Bool("eligible"), Pinned: c.Bool("pinned"), Limit: c.Int("limit"),
	}
	if f.Limit < 0 {
		return f, usageErrorf("--limit: want 0 or more, got %d", f.Limit)
	}
	now := time.Now()
	if f.Since, err = parseDay(c, "since", now); err != nil {
		return f, err
	}
	if f.Before, err = parseDay(c, "before", now); err != nil {
		return f, err
	}
	if commit := c.String("commit"); commit != "" {
		f.Commit = commitName(c.Context, commit)
	}
	return f, nil
}

// parseDay reads a flag that names a moment: the start of a day, UTC, or so many
// days ago.
func parseDay(c *cli.Context, flag string, now time.Time) (time.Time, error) {
	text := c.String(flag)
	if text == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return now.AddDate(0, 0, -int(n)), nil
		}
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, usageErrorf("--%s: want a day as 2026-01-31, or 90d for 90 days ago, got %q", flag, text)
	}
	return day, nil
}

// commitName returns the object name of the commit that git knows by a name,
// else the name: the commit may be gone from the repository, and in the store.
func commitName(ctx context.Context, name string) string {
	repo, err := revision.Open(ctx, ".")
	if err != nil {
		return name
	}
	commit, err := repo.Resolve(ctx, name)
	if err != nil {
		return name
	}
	return commit.Hash
}

// filtered returns the runs that the flags select, newest first, never nil.
func filtered(c *cli.Context, store *baseline.Store) ([]baseline.Summary, error) {
	f, err := parseFilter(c)
	if err != nil {
		return nil, err
	}
	runs, err := store.List(f)
	return append([]baseline.Summary{}, runs...), err
}

// chosen returns the runs that the arguments name, each once, or those that the
// flags select.
func chosen(c *cli.Context, store *baseline.Store) ([]baseline.Summary, error) {
	if !c.Args().Present() {
		return filtered(c, store)
	}
	if filters(c) {
		return nil, usageErrorf("%s: name runs or filter them, not both", c.Command.FullName())
	}
	var runs []baseline.Summary
	seen := make(map[string]bool)
	for _, name := range c.Args().Slice() {
		found, err := find(c, store, name)
		if err != nil {
			return nil, err
		}
		for _, run := range found {
			if !seen[run.ID] {
				runs, seen[run.ID] = append(runs, run), true
			}
		}
	}
	return runs, nil
}

// find returns the run with an id, or the runs of a commit, which may be named
// in any way that git knows.
func find(c *cli.Context, store *baseline.Store, name string) ([]baseline.Summary, error) {
	run, err := store.Summary(name)
	if err == nil {
		return []baseline.Summary{run}, nil
	}
	runs, listErr := store.List(baseline.Filter{Commit: commitName(c.Context, name)})
	if listErr != nil {
		return nil, listErr
	}
	if len(runs) == 0 {
		return nil, err
	}
	return runs, nil
}

func ids(runs []baseline.Summary) []string {
	out := make([]string, len(runs)) // [] in JSON where there are none
	for i := range runs {
		out[i] = runs[i].ID
	}
	return out
}
