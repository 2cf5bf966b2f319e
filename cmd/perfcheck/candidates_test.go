package main

import (
	"slices"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
)

// TestCandidates: of every run of the subjects it is said why it was taken or not.
func TestCandidates(t *testing.T) {
	beside := func(name string, hour int, edit func(base, head *bench.Run)) []*bench.Run {
		base := measuredRun(name+"-base", hour, bench.Base, "browse", inPairing(name, bench.Base))
		head := measuredRun(name+"-head", hour, bench.Head, "browse", inPairing(name, bench.Head))
		if edit != nil {
			edit(base, head)
		}
		return []*bench.Run{base, head}
	}
	alone := func(id string, hour int, side bench.Side, edit func(*bench.Run)) []*bench.Run {
		return []*bench.Run{measuredRun(id, hour, side, "browse", edit)}
	}
	tests := []struct {
		name string
		runs [][]*bench.Run
		want []string // side, run and why, the one that was taken with a plus

		oldest int // hour of the first run that is not too old
	}{
		{"side by side", [][]*bench.Run{
			beside("1", 1, nil), beside("2", 2, nil),
			beside("3", 3, func(base, _ *bench.Run) { base.Complete = false }),
			beside("4", 4, func(base, _ *bench.Run) { base.Subject.Commit, base.Subject.Tree = "other", "t-other" }),
			beside("5", 5, func(_, head *bench.Run) { head.Complete = false }),
			beside("6", 6, nil)[1:], alone("7", 7, bench.Head, nil),
		}, []string{
			"head 7 was not measured as head, side by side with a base",
			"head 6-head was measured beside a run that is not in the store",
			"head 5-head is incomplete",
			"head 4-head was measured beside other, which is another base",
			"head 3-head was measured beside 3-base, which is incomplete",
			"+head 2-head is the newest that was measured side by side with base",
			"+base 2-base was measured side by side with 2-head",
			"head 1-head is older than 2-head",
		}, 0},
		{"apart", [][]*bench.Run{
			alone("1", 1, bench.Base, nil), alone("2", 2, bench.Base, nil),
			alone("3", 3, bench.Base, func(r *bench.Run) { r.Verdict = "regression" }),
			alone("4", 4, bench.Base, func(r *bench.Run) { r.Subject.Dirty = true }),
			alone("5", 5, bench.Base, func(r *bench.Run) { r.Host.Kernel = "7" }),
			alone("6", 6, bench.Head, nil), alone("7", 7, bench.Head, nil),
			alone("8", 8, bench.Head, func(r *bench.Run) { r.Complete = false }),
		}, []string{
			"base 5 was not measured as 7 was: kernel: 7 and ",
			"base 4 is of changes that were not committed",
			"base 3 was part of a regression",
			"+base 2 is the newest that was measured as 7 was",
			"base 1 is older than 2",
			"head 8 is incomplete",
			"+head 7 is the newest that was measured as 2 was",
			"head 6 is older than 7",
		}, 0},
		{"too old", [][]*bench.Run{
			alone("1", 1, bench.Base, nil), alone("2", 2, bench.Base, nil), alone("3", 3, bench.Head, nil),
			beside("0", 0, nil),
		}, []string{
			"+base 2 is the newest that was measured as 3 was",
			"base 1 is too old: it was measured on 2026-03-02",
			"base 0-base is too old: it was measured on 2026-03-01",
			"+head 3 is the newest that was measured as 2 was",
			"head 0-head is too old: it was measured on 2026-03-01",
		}, 2},
		{"nothing alike", [][]*bench.Run{
			alone("1", 1, bench.Base, nil), alone("2", 2, bench.Head, func(r *bench.Run) { r.Host.Cores = 8 }),
		}, []string{
			"+base 1 is the newest, and none was measured as one of the other side was",
			"+head 2 is the newest, and none was measured as one of the other side was",
		}, 0},
	}
	for _, test := range tests {
		s := sessionOf(t, []string{"browse"}, slices.Concat(test.runs...)...)
		s.oldest = storedRun("", test.oldest, nil).Started
		c, err := recordedOf(s)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		var got []string
		for _, r := range c.Candidates {
			text := string(r.Side) + " " + r.Run + " " + r.Why
			if r.Taken {
				text = "+" + text
			}
			got = append(got, text)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q\nwant %q", test.name, got, test.want)
		}
	}
}
