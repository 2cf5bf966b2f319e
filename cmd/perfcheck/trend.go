package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/compare"
)

// trendCommits is how many commits perfcheck trend looks at by default.
const trendCommits = 200

// trendFormats are those that a trend is printed in.
var trendFormats = []string{formatText, formatJSON, "html"}

func trendCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "trend",
		Usage: "show how a profile's metrics went on a branch, and near which commits they changed",
		Description: "Reads the store, and measures nothing. Exit code: 0 whatever the trend is,\n" +
			"2 wrong usage or nothing stored, 3 could not be made.",
		Flags: append(configFlags(),
			&cli.StringFlag{Name: "branch", Usage: "the runs of commits on `BRANCH` instead of the default branch"},
			&cli.StringFlag{Name: "profile", Aliases: []string{"p"}, Usage: "the profile `NAME`, where there are several"},
			&cli.StringSliceFlag{Name: "metric", Aliases: []string{"m"}, Usage: "the metric `NAME`, instead of those that are gated by default; may be repeated"},
			&cli.StringFlag{Name: "step", Usage: "the metrics of `STEP` instead of those of all requests"},
			&cli.StringFlag{Name: "since", Usage: "only commits since `DAY`, as 2026-01-31, or 90d for so many days"},
			&cli.IntFlag{Name: "limit", Value: trendCommits, Usage: "the newest `N` commits; 0 is all"},
			formatFlagOf(trendFormats),
		),
		Action: func(c *cli.Context) error {
			q, err := parseTrend(c, time.Now())
			if err != nil {
				return err
			}
			var t *compare.Trend
			err = readStore(c, func(store *baseline.Store) error {
				t, err = q.make(c, store)
				return err
			})
			switch {
			case errors.Is(err, baseline.ErrNoStore):
				return &exitError{exitUsage, err}
			case err != nil:
				return err
			}
			return q.out.trend(ui, t)
		},
	}
}

// A trendQuery is what the flags of perfcheck trend ask for.
type trendQuery struct {
	branch, profile string // empty for the only one that will do
	step            string
	metrics         []string // empty for those that are gated by default
	since           time.Time
	limit           int
	out             output
	now             time.Time
}

func parseTrend(c *cli.Context, now time.Time) (q trendQuery, err error) {
	q = trendQuery{
		branch: c.String("branch"), profile: c.String("profile"), step: c.String("step"), metrics: c.StringSlice("metric"),
		limit: c.Int("limit"), now: now,
	}
	if err := noArguments(c); err != nil {
		return q, err
	}
	if q.limit < 0 {
		return q, usageErrorf("--limit: want 0 or more, got %d", q.limit)
	}
	if q.out, err = parseOutputOf(c, trendFormats); err != nil {
		return q, err
	}
	q.since, err = parseDay(c, "since", now)
	return q, err
}

// keys returns the named metrics of a step, or of the whole trial where it has no
// name; those that are gated by default where no metric is named.
func (q trendQuery) keys(custom []bench.Custom) (keys []bench.Key, err error) {
	names, step := q.metrics, q.step
	all := len(names) == 0
	if all {
		names = slices.DeleteFunc(bench.MetricNames(), func(name string) bool { return bench.DefaultThresholds[name] == 0 })
	}
	for _, name := range names {
		m, err := bench.MetricIn(custom, name)
		k := bench.Key{Step: step, Metric: name}
		switch {
		case err != nil:
			return nil, usageErrorf("--metric: %v%s", err, didYouMean(name, bench.MetricNamesIn(custom)))
		case step != "" && !m.PerStep && all:
			continue
		case step != "" && !m.PerStep:
			return nil, usageErrorf("--metric: %s is not known for single steps: leave out --step", name)
		case slices.Contains(keys, k):
			return nil, usageErrorf("--metric: %s is named twice", name)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// didYouMean ends an error text with the name that was probably meant.
func didYouMean(name string, names []string) string {
	if near := profile.Nearest(name, names); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return ""
}

// make reads the runs that are asked for, and makes the trend of them.
func (q trendQuery) make(c *cli.Context, store *baseline.Store) (*compare.Trend, error) {
	if q.branch == "" {
		var err error
		if q.branch, err = ownBranch(c); err != nil {
			return nil, err
		}
	}
	found, err := q.find(store)
	if err != nil {
		return nil, err
	}
	latest, err := store.Get(found[0].ID)
	if err != nil {
		return nil, err
	}
	keys, err := q.keys(latest.Custom)
	if err != nil {
		return nil, err
	}
	h, err := compare.NewHistory(keys, latest.Custom)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		run, err := store.Get(f.ID)
		if err != nil {
			return nil, err
		}
		h.Add(run)
	}
	if steps := h.Steps(); q.step != "" && !slices.Contains(steps, q.step) {
		return nil, usageErrorf("--step: no run has a step %q: there are %s%s", q.step, strings.Join(steps, ", "), didYouMean(q.step, steps))
	}
	return h.Trend(found[0].Profile, q.branch, q.now), nil
}
