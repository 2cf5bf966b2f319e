package compare

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// commitRun is a run of the i-th commit, one a day, so many times slower.
func commitRun(i int, slower float64, edit func(*bench.Run)) *bench.Run {
	r := makeRun("", 1, func(_ int, p *plan) { p.slower = slower })
	r.ID, r.Pairing, r.Complete = fmt.Sprintf("run-%d", i), "", true
	r.Started = start.AddDate(0, 0, i)
	r.Subject = bench.Subject{Commit: fmt.Sprintf("%040x", i+1), Branch: "main", Title: fmt.Sprintf("Change %d", i), Time: start.AddDate(0, 0, i)}
	if edit != nil {
		edit(r)
	}
	return r
}

// wobble keeps points of one level apart by up to 0.3 %.
func wobble(i int) float64 { return 1 + 0.001*float64(i*7%4) }

var trendKeys = []bench.Key{{Metric: "p50"}, {Metric: "throughput"}, {Metric: "cpu_per_request"}, {Metric: "error_rate"}}

func trendOf(t *testing.T, keys []bench.Key, runs ...*bench.Run) *Trend {
	t.Helper()
	h, err := NewHistory(keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		h.Add(r)
	}
	return h.Trend("checkout", "main", start)
}

// TestTrendFindsAChange: with its commits, size and direction, and in the
// metrics that changed only.
func TestTrendFindsAChange(t *testing.T) {
	var runs []*bench.Run
	for i := range 24 {
		slower := wobble(i)
		if i >= 15 {
			slower *= 1.2
		}
		runs = append(runs, commitRun(i, slower, nil))
	}
	slices.Reverse(runs) // the order in which they are added is none
	got := trendOf(t, trendKeys, runs...)
	if len(got.Commits) != 24 || got.Runs != 24 || len(got.Stretches) != 1 || len(got.Metrics) != len(trendKeys) {
		t.Fatalf("%d commits, %d runs, %d stretches, %d metrics", len(got.Commits), got.Runs, len(got.Stretches), len(got.Metrics))
	}
	for _, m := range got.Metrics {
		changes := m.Lines[0].Changes
		if m.Metric != "p50" {
			if len(changes) > 0 {
				t.Errorf("%s: %+v", m.Key, changes)
			}
			continue
		}
		if len(changes) != 1 {
			t.Fatalf("%s: %+v", m.Key, changes)
		}
		c := changes[0]
		if c.At != 15 || c.Before != 14 || c.After != 15 || !c.Worse || math.Abs(c.Size-0.2) > 0.005 || math.Abs(c.To/c.From-1.2) > 0.005 || c.P > got.Level {
			t.Errorf("%+v", c)
		}
		if title := got.Commits[c.After].Title; title != "Change 15" {
			t.Errorf("changed by %q", title)
		}
	}
	if worse, better, scatter := got.Changes(); worse != 1 || better != 0 || scatter != 0 {
		t.Errorf("%d worse, %d better, %d of the scatter", worse, better, scatter)
	}
}

// TestTrendDirection: what is worse depends on the metric, and a rate that was
// zero has a change, too.
func TestTrendDirection(t *testing.T) {
	var runs []*bench.Run
	for i := range 24 {
		runs = append(runs, commitRun(i, wobble(i), func(r *bench.Run) {
			r.Trials[0].Usage.CPU = time.Duration(float64(r.Trials[0].Usage.CPU) * wobble(i))
			if i >= 12 {
				r.Trials[0].Usage.CPU /= 2
				r.Trials[0].Busy = 3 * time.Second / 2
				for s := range r.Trials[0].Steps {
					r.Trials[0].Steps[s].Errors = []bench.Failure{{Kind: "check", Count: 2}}
				}
			}
		}))
	}
	want := map[string]struct {
		worse bool
		size  float64
	}{"throughput": {false, 0.99/0.75 - 1}, "cpu_per_request": {false, -0.5}, "error_rate": {true, 0.01}}
	for _, m := range trendOf(t, trendKeys, runs...).Metrics {
		w, changed := want[m.Metric]
		changes := m.Lines[0].Changes
		switch {
		case !changed && len(changes) > 0, changed && len(changes) != 1:
			t.Errorf("%s: %+v", m.Key, changes)
		case changed && (changes[0].Worse != w.worse || math.Abs(changes[0].Size-w.size) > 0.003):
			t.Errorf("%s: %+v, want %+v", m.Key, changes[0], w)
		}
	}
}

// TestTrendWithoutAShift: a metric that only scatters more is neither worse nor
// better, and errors that come now and then are worse though most runs have none.
func TestTrendWithoutAShift(t *testing.T) {
	var runs []*bench.Run
	for i := range 80 {
		slower, failed := wobble(i), int64(0)
		if i >= 40 {
			slower, failed = 1+0.2*float64(i%2*2-1), int64(i%5)/3*4
		}
		runs = append(runs, commitRun(i, slower, func(r *bench.Run) {
			if failed > 0 {
				r.Trials[0].Steps[0].Errors = []bench.Failure{{Kind: "check", Count: failed}}
			}
		}))
	}
	got := trendOf(t, []bench.Key{{Metric: "p50"}, {Metric: "error_rate"}}, runs...)
	p50, errors := got.Metrics[0].Lines[0].Changes, got.Metrics[1].Lines[0].Changes
	if len(p50) != 1 || !p50[0].Scatter || p50[0].Worse || math.Abs(p50[0].Size) > 0.05 {
		t.Errorf("p50: %+v", p50)
	}
	if len(errors) != 1 || errors[0].Scatter || !errors[0].Worse || errors[0].Size <= 0 || errors[0].From != 0 || math.Abs(errors[0].To-errors[0].Size) > 1e-9 {
		t.Errorf("error_rate: %+v", errors)
	}
	if worse, better, scatter := got.Changes(); worse != 1 || better != 0 || scatter != 1 {
		t.Errorf("%d worse, %d better, %d of the scatter", worse, better, scatter)
	}
}

// TestTrendOrder is that of the commits, not of the measurements; what is of one
// time, or of none, stands in that of the measurements.
func TestTrendOrder(t *testing.T) {
	late := commitRun(1, 1, func(r *bench.Run) { r.Started = start.AddDate(1, 0, 0) })
	timeless := func(i int) *bench.Run {
		return commitRun(i, 1, func(r *bench.Run) { r.Subject.Time = time.Time{} })
	}
	got := trendOf(t, trendKeys[:1], commitRun(2, 1, nil), late, timeless(9), commitRun(3, 1, nil), timeless(8))
	var titles []string
	for _, c := range got.Commits {
		titles = append(titles, c.Title)
	}
	if want := []string{"Change 8", "Change 9", "Change 1", "Change 2", "Change 3"}; !slices.Equal(titles, want) {
		t.Errorf("%q, want %q", titles, want)
	}
}

// TestTrendJoinsRunsOfACommit by their median, also where others were measured
// in between.
func TestTrendJoinsRunsOfACommit(t *testing.T) {
	again := func(after int, slower float64) *bench.Run {
		return commitRun(0, slower, func(r *bench.Run) { r.Started = start.AddDate(0, 0, after) })
	}
	got := trendOf(t, trendKeys[:1], again(0, 1), commitRun(1, 1, nil), again(5, 1.1), again(9, 3))
	points := got.Metrics[0].Lines[0].Points
	alone := trendOf(t, trendKeys[:1], again(5, 1.1)).Metrics[0].Lines[0].Points
	if len(points) != 2 || points[0].Runs != 3 || points[0].Value != alone[0].Value || points[1].Runs != 1 {
		t.Errorf("%+v, want the first at %v", points, alone[0].Value)
	}
	if len(got.Commits) != 2 || got.Runs != 4 {
		t.Errorf("%d commits, %d runs", len(got.Commits), got.Runs)
	}
}

// TestTrendBreaks: what was not measured alike is no change of the service.
func TestTrendBreaks(t *testing.T) {
	change := map[string]func(*bench.Run){
		"CPU: test and other":                             func(r *bench.Run) { r.Host.CPU = "other" },
		"perfcheck:  and v2":                              func(r *bench.Run) { r.Host.Perfcheck = "v2" },
		"digest of profile checkout: d1 and d2":           func(r *bench.Run) { r.Digest = "d2" },
		"way of running the service: compose and process": func(r *bench.Run) { r.Service = "process" },
		"way of measuring: alone and side by side":        func(r *bench.Run) { r.Pairing = "p" },
		"what alternates: slices and trials":              func(r *bench.Run) { r.Interleave = "trials" },
	}
	for why, edit := range change {
		var runs []*bench.Run
		for i := range 30 {
			if i < 15 {
				runs = append(runs, commitRun(i, wobble(i), nil))
			} else {
				runs = append(runs, commitRun(i, 2*wobble(i), edit))
			}
		}
		got := trendOf(t, trendKeys[:1], runs...)
		if worse, better, scatter := got.Changes(); worse+better+scatter > 0 {
			t.Errorf("%s: a change", why)
		}
		if len(got.Stretches) != 2 || !slices.Equal(got.Stretches[1].Differs, []string{why}) || got.Stretches[0].Differs != nil {
			t.Errorf("%s: stretches %+v", why, got.Stretches)
			continue
		}
		if a, b := got.Stretches[0], got.Stretches[1]; a.First != 0 || a.Last != 14 || b.First != 15 || b.Last != 29 {
			t.Errorf("%s: %d to %d and %d to %d", why, a.First, a.Last, b.First, b.Last)
		}
	}
}

// TestTrendOfMachinesThatTakeTurns: each has its own line through all commits.
func TestTrendOfMachinesThatTakeTurns(t *testing.T) {
	var runs []*bench.Run
	for i := range 40 {
		slower := wobble(i)
		if i >= 20 {
			slower *= 1.3
		}
		runs = append(runs, commitRun(i, slower, func(r *bench.Run) {
			if i%2 == 1 {
				r.Host.CPU = "slow"
				r.Trials = commitRun(i, 5*slower, nil).Trials
			}
		}))
	}
	got := trendOf(t, trendKeys[:1], runs...)
	if len(got.Stretches) != 2 || got.Stretches[0].Last != 38 || got.Stretches[1].First != 1 {
		t.Fatalf("%+v", got.Stretches)
	}
	for i, l := range got.Metrics[0].Lines {
		if len(l.Changes) != 1 || l.Changes[0].At != 10 || math.Abs(l.Changes[0].Size-0.3) > 0.01 {
			t.Errorf("stretch %d: %+v", i, l.Changes)
		}
	}
}

func TestTrendLeavesOut(t *testing.T) {
	invalid := func(r *bench.Run) { r.Trials[0].Invalid = []string{"late"} }
	got := trendOf(t, trendKeys[:1],
		commitRun(0, 1, nil),
		commitRun(1, 1, func(r *bench.Run) { r.Complete = false }),
		commitRun(2, 1, func(r *bench.Run) { r.Complete = false }),
		commitRun(3, 1, func(r *bench.Run) { r.Subject.Dirty = true }),
		commitRun(4, 1, invalid),
		commitRun(5, 1, func(r *bench.Run) { r.Trials = nil }),
		commitRun(6, 1, func(r *bench.Run) { r.Verdict = "regression" }),
	)
	want := []LeftOut{{"incomplete", 2}, {"of changes that were not committed", 1}, {"with more than a quarter of its blocks invalid", 2}}
	if !reflect.DeepEqual(got.LeftOut, want) || got.Runs != 2 || len(got.Commits) != 2 {
		t.Errorf("%+v, %d runs, %d commits", got.LeftOut, got.Runs, len(got.Commits))
	}
}

// TestTrendWithoutValues: a metric that was not, or not always, measured says why.
func TestTrendWithoutValues(t *testing.T) {
	keys := []bench.Key{{Metric: "p50"}, {Metric: "p99"}, {Metric: "cpu_per_request"}, {Step: "pay", Metric: "p50"}}
	var runs []*bench.Run
	for i := range 4 {
		runs = append(runs, commitRun(i, 1, func(r *bench.Run) {
			if i == 2 {
				r.Trials[0].Usage.CPU = 0
			}
		}))
	}
	got := trendOf(t, keys, runs...)
	if m := got.Metrics[0]; m.Why != "" || len(m.Lines[0].Points) != 4 || !m.Lines[0].Few {
		t.Errorf("p50: %+v", m)
	}
	if m := got.Metrics[1]; !strings.HasPrefix(m.Why, "run run-0: block 0: too few requests") || len(m.Lines) != 0 {
		t.Errorf("p99: %+v", m)
	}
	if m := got.Metrics[2]; m.Why != "run run-2: block 0: not measured" || len(m.Lines[0].Points) != 3 {
		t.Errorf("cpu_per_request: %+v", m)
	}
	if m := got.Metrics[3]; m.String() != "pay p50" || len(m.Lines[0].Points) != 4 {
		t.Errorf("step: %+v", m)
	}
	data, err := json.Marshal(got)
	if err != nil || strings.Contains(string(data), "null") {
		t.Errorf("%s: %v", data, err)
	}
}

func TestHistoryOfAnUnknownMetric(t *testing.T) {
	if _, err := NewHistory([]bench.Key{{Metric: "p51"}}, nil); err == nil {
		t.Error("accepted")
	}
}
