package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/revision"
	"github.com/perfcheck/perfcheck/compare"
)

// However much regressed, a check run takes what is said of it.
func TestAnnotationsAreBounded(t *testing.T) {
	s := testSession(t)
	s.repo = &revision.Repo{}
	c := &compare.Comparison{Deltas: []compare.Delta{{Gated: true, Verdict: compare.Pass}, {Verdict: compare.Regression}}}
	for range 2 * action.MaxAnnotations {
		c.Deltas = append(c.Deltas, compare.Delta{
			Gated: true, Verdict: compare.Regression, Profile: s.profiles[0].Name, Rule: "slower",
			Key: bench.Key{Metric: "p50", Step: strings.Repeat("é", 1000)},
		})
	}
	all := s.annotations(c)
	if len(all) != action.MaxAnnotations {
		t.Errorf("%d annotations", len(all))
	}
	for _, a := range all {
		if n := utf8.RuneCountInString(a.Title); n != action.MaxTitle || a.Line < 1 || a.Path != "perfcheck.yml" {
			t.Fatalf("%+v with a title of %d characters", a, n)
		}
	}
}
