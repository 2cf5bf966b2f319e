package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare/stats"
)

// MinPoints is the least number of points in which a change can be told: the
// halves of fewer come about by chance too often.
const MinPoints = 12

// A History collects what a Trend is made of, run by run: of each run only one
// number a metric is kept, for whole ones take megabytes.
type History struct {
	keys    []bench.Key
	metrics []bench.Metric // of keys
	why     []string       // of keys: why the first run without a value has none

	steps   []string // of all runs, in the order of their appearance
	leftOut []LeftOut
	entries []entry
}

// An entry is what is kept of a run.
type entry struct {
	run    bench.Run // without its trials
	commit int       // index in Trend.Commits, once the order is known
	values []float64 // of the history's keys, base units; NaN where there is none
}

// NewHistory returns a History of the given metrics, of which some may be defined by
// a profile.
func NewHistory(keys []bench.Key, custom []bench.Custom) (*History, error) {
	h := &History{keys: slices.Clone(keys), why: make([]string, len(keys))}
	for _, k := range keys {
		m, err := bench.MetricIn(custom, k.Metric)
		if err != nil {
			return nil, err
		}
		h.metrics = append(h.metrics, m)
	}
	return h, nil
}

// Add takes note of a run.
func (h *History) Add(r *bench.Run) {
	h.steps = addOnce(h.steps, r.StepNames()...)
	if why := unusable(r); why != "" {
		h.leaveOut(why)
		return
	}
	e := entry{run: *r, values: make([]float64, len(h.keys))}
	e.run.Trials = nil
	for i, k := range h.keys {
		v, why := valueOf(r, h.metrics[i], k)
		if math.IsNaN(v) && h.why[i] == "" {
			h.why[i] = noValue(r, why)
		}
		e.values[i] = v
	}
	h.entries = append(h.entries, e)
}

// unusable says why a run tells nothing of a commit, where it does not. One that
// was part of a regression is no baseline, but is what a trend is to show.
func unusable(r *bench.Run) string {
	valid := len(r.Valid())
	switch {
	case !r.Complete:
		return "incomplete"
	case r.Subject.Dirty:
		return "of changes that were not committed"
	case valid == 0 || spoiled(len(r.Trials), valid):
		return "with more than a quarter of its blocks invalid"
	default:
		return ""
	}
}

// valueOf returns what a run counts by: the median of its valid trials, NaN where
// they have none or the metric's scale no place for it, and why the first trial
// without a value has none.
func valueOf(r *bench.Run, m bench.Metric, k bench.Key) (v float64, why error) {
	trials, why := r.Series(k, r.Valid())
	v = stats.Median(present(trials))
	if m.Scale == bench.Ratio && !(v > 0) {
		v = math.NaN()
	}
	return v, why
}

func noValue(r *bench.Run, why error) string {
	if why == nil {
		return fmt.Sprintf("run %s: a value that is not above zero has no ratio", r.ID)
	}
	return fmt.Sprintf("run %s: %v", r.ID, why)
}

func (h *History) leaveOut(why string) {
	for i := range h.leftOut {
		if h.leftOut[i].Why == why {
			h.leftOut[i].Runs++
			return
		}
	}
	h.leftOut = append(h.leftOut, LeftOut{why, 1})
}

// Steps returns the names of all steps that a run had.
func (h *History) Steps() []string { return slices.Clone(h.steps) }

// Trend looks for changes in what was added.
func (h *History) Trend(profile, branch string, now time.Time) *Trend {
	d := stats.DefaultDivisive
	commits, entries := h.inOrder()
	t := &Trend{
		Schema: TrendSchema, Profile: profile, Branch: branch, Created: now,
		Level: d.Level, Shuffles: d.Shuffles, Seed: d.Seed,
		Runs: len(entries), LeftOut: slices.Clone(h.leftOut), Commits: commits,
		Stretches: []Stretch{}, Metrics: []MetricTrend{}, // [] in JSON, never null
	}
	stretches := alike(entries)
	for i, entries := range stretches {
		s := newStretch(entries)
		if i > 0 {
			s.Differs = differences(&stretches[i-1][0].run, &entries[0].run)
		}
		t.Stretches = append(t.Stretches, s)
	}
	for i, m := range h.metrics {
		trend := MetricTrend{Key: h.keys[i], Unit: m.Unit, Better: m.Better, Scale: m.Scale, Lines: []Line{}, Why: h.why[i]}
		for s, entries := range stretches {
			if points := joined(entries, i); len(points) > 0 {
				trend.Lines = append(trend.Lines, newLine(m, d, s, points))
			}
		}
		t.Metrics = append(t.Metrics, trend)
	}
	return t
}

// inOrder returns the commits in order, and the entries in that of their
// commits, which they now name.
func (h *History) inOrder() ([]bench.Subject, []entry) {
	type moment struct{ committed, measured time.Time }
	moments := make(map[string]moment)
	for _, e := range h.entries {
		m, known := moments[e.run.Subject.Commit]
		if !known || e.run.Started.Before(m.measured) {
			m.measured = e.run.Started
		}
		if e.run.Subject.Time.After(m.committed) {
			m.committed = e.run.Subject.Time
		}
		moments[e.run.Subject.Commit] = m
	}
	entries := slices.Clone(h.entries)
	slices.SortStableFunc(entries, func(a, b entry) int {
		x, y := moments[a.run.Subject.Commit], moments[b.run.Subject.Commit]
		return cmp.Or(x.committed.Compare(y.committed), x.measured.Compare(y.measured),
			cmp.Compare(a.run.Subject.Commit, b.run.Subject.Commit), a.run.Started.Compare(b.run.Started))
	})
	commits := []bench.Subject{}
	for i := range entries {
		subject := entries[i].run.Subject
		if i == 0 || subject.Commit != entries[i-1].run.Subject.Commit {
			commits = append(commits, subject)
		}
		entries[i].commit = len(commits) - 1
	}
	return commits, entries
}

// alike divides entries into those that were measured alike.
func alike(entries []entry) (stretches [][]entry) {
	for _, e := range entries {
		i := slices.IndexFunc(stretches, func(s []entry) bool { return len(differences(&s[0].run, &e.run)) == 0 })
		if i < 0 {
			i, stretches = len(stretches), append(stretches, nil)
		}
		stretches[i] = append(stretches[i], e)
	}
	return stretches
}

func newStretch(entries []entry) Stretch {
	first, last := entries[0], entries[len(entries)-1]
	return Stretch{
		Digest: first.run.Digest, Host: first.run.Host, Service: first.run.Service, Interleave: first.run.Interleave, Way: way(&first.run),
		First: first.commit, Last: last.commit, Runs: len(entries),
	}
}
