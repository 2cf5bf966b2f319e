// Package report renders what compare has decided and what a run has measured.
// Its functions are pure: the same comparison gives the same bytes, nothing is
// decided, and the model is never changed.
//
// Names of steps, titles of commits and messages of errors come from outside;
// nothing in them can move the cursor or colour of a terminal, or be more than
// text in Markdown.
package report

import (
	"cmp"
	"slices"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// rank orders deltas as a reader wants them: what needs a decision first.
func rank(d *compare.Delta) int {
	if !d.Gated {
		return 4
	}
	switch d.Verdict {
	case compare.Regression:
		return 0
	case compare.Inconclusive:
		return 1
	case compare.Improvement:
		return 2
	default:
		return 3
	}
}

// changed says that a metric moved beyond its limit.
func changed(d *compare.Delta) bool {
	return d.Verdict == compare.Regression || d.Verdict == compare.Improvement
}

// ordered returns the deltas by rank, and in their own order within one.
func ordered(deltas []compare.Delta) []*compare.Delta {
	out := make([]*compare.Delta, len(deltas))
	for i := range deltas {
		out[i] = &deltas[i]
	}
	slices.SortStableFunc(out, func(a, b *compare.Delta) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

// label names a delta, with its profile where there are several.
func label(c *compare.Comparison, d *compare.Delta) string {
	return inProfile(c, d.Profile, d.Key.String())
}

// inProfile names the profile before what is in it, where there are several.
func inProfile(c *compare.Comparison, profile, text string) string {
	if manyProfiles(c) {
		return profile + ": " + text
	}
	return text
}

func manyProfiles(c *compare.Comparison) bool {
	return slices.ContainsFunc(c.Deltas, func(d compare.Delta) bool { return d.Profile != c.Deltas[0].Profile })
}

func subject(s bench.Subject) string {
	text := s.String()
	if s.Title != "" {
		text += "  " + s.Title
	}
	switch {
	case s.Branch != "" && s.Dirty:
		text += " (" + s.Branch + ", with uncommitted changes)"
	case s.Branch != "":
		text += " (" + s.Branch + ")"
	case s.Dirty:
		text += " (with uncommitted changes)"
	}
	return text
}
