package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench/revision"
)

// ownBranch returns the default branch, or the current one where nothing tells
// which that is.
func ownBranch(c *cli.Context) (string, error) {
	repo, err := revision.Open(c.Context, ".")
	if err != nil {
		return "", &exitError{exitUsage, fmt.Errorf("%w; or name a branch by --branch", err)}
	}
	name, err := repo.DefaultBranch(c.Context)
	if errors.Is(err, revision.ErrNoDefaultBranch) {
		name, err = "HEAD", nil
	}
	if err != nil {
		return "", err
	}
	tip, err := repo.Resolve(c.Context, name)
	if err == nil && tip.Branch == "" {
		err = usageErrorf("there is no default branch, and HEAD is on none: name one by --branch")
	}
	return tip.Branch, err
}

// find returns the runs that the trend is made of, of which there is one at least.
func (q trendQuery) find(store *baseline.Store) ([]baseline.Summary, error) {
	found, err := store.List(baseline.Filter{Branch: q.branch})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, q.noBranch(store)
	}
	profiles := distinct(found, func(f baseline.Summary) string { return f.Profile })
	switch {
	case q.profile == "" && len(profiles) > 1:
		return nil, usageErrorf("on %s there are runs of several profiles: name one of %s by --profile", q.branch, strings.Join(profiles, ", "))
	case q.profile == "":
		q.profile = profiles[0]
	case !slices.Contains(profiles, q.profile):
		return nil, usageErrorf("--profile: no run of %q on %s: there are %s%s", q.profile, q.branch, strings.Join(profiles, ", "), didYouMean(q.profile, profiles))
	}
	found = slices.DeleteFunc(found, func(f baseline.Summary) bool { return f.Profile != q.profile || moment(f).Before(q.since) })
	if len(found) == 0 {
		return nil, usageErrorf("--since: no commit of %s since %s has a run of %s", q.branch, q.since.Format(time.DateOnly), q.profile)
	}
	return newestCommits(found, q.limit), nil
}

// noBranch says which branches have runs.
func (q trendQuery) noBranch(store *baseline.Store) error {
	all, err := store.List(baseline.Filter{})
	if err != nil {
		return err
	}
	branches := distinct(all, func(f baseline.Summary) string { return f.Subject.Branch })
	if len(branches) == 0 {
		return usageErrorf("the store has no run of a branch: perfcheck run on %s measures and stores one", q.branch)
	}
	return usageErrorf("the store has no run of branch %s: there are %s%s", q.branch, strings.Join(branches, ", "), didYouMean(q.branch, branches))
}

// distinct returns what the runs have for a name, sorted; those without are left out.
func distinct(runs []baseline.Summary, name func(baseline.Summary) string) (names []string) {
	for _, r := range runs {
		if n := name(r); n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// moment is when the run's commit was made, or where that is not known, measured.
func moment(f baseline.Summary) time.Time {
	if f.Subject.Time.IsZero() {
		return f.Started
	}
	return f.Subject.Time
}

// newestCommits returns the runs of the newest commits, all where limit is 0.
func newestCommits(runs []baseline.Summary, limit int) []baseline.Summary {
	sorted := slices.Clone(runs)
	slices.SortStableFunc(sorted, func(a, b baseline.Summary) int { return moment(b).Compare(moment(a)) })
	kept := make(map[string]bool)
	return slices.DeleteFunc(sorted, func(f baseline.Summary) bool {
		if !kept[f.Subject.Commit] && (limit == 0 || len(kept) < limit) {
			kept[f.Subject.Commit] = true
		}
		return !kept[f.Subject.Commit]
	})
}
