package bench

import (
	"errors"
	"fmt"
	"slices"

	"github.com/perfcheck/perfcheck/bench/hist"
)

// A Number is one value of a trial, in base units.
type Number struct {
	Key
	Value float64 `json:"value"`
}

// Thinned says whether the run is what [Thin] leaves of one.
func (r *Run) Thinned() bool {
	return slices.ContainsFunc(r.Trials, func(t Trial) bool { return t.Thinned })
}

// Thin returns r without its histograms, which are most of it. What they yield is
// kept as numbers, so that all metrics have the values that they had.
func Thin(r *Run) *Run {
	thin := *r
	thin.Trials = slices.Clone(r.Trials)
	for i := range thin.Trials {
		if t := &thin.Trials[i]; !t.Thinned {
			t.thin(&r.Trials[i], r)
		}
	}
	return &thin
}

// thin empties the histograms of t, a copy of whole, and keeps what cannot be
// told without them.
func (t *Trial) thin(whole *Trial, r *Run) {
	none := hist.New()
	t.Thinned, t.Generator.Lag = true, none
	for _, parts := range []*[]Step{&t.Steps, &t.Transactions} {
		*parts = slices.Clone(*parts)
		for i := range *parts {
			(*parts)[i].Latency, (*parts)[i].Service = none, none
		}
	}
	t.Targets = slices.Clone(t.Targets)
	for i := range t.Targets {
		t.Targets[i].Service = none
	}
	t.Custom = slices.Clone(t.Custom)
	for i := range t.Custom {
		if t.Custom[i].Values != nil {
			t.Custom[i].Values = none
		}
	}
	for _, k := range whole.keys(r.Custom) {
		m, err := r.Metric(k.Metric)
		if err != nil {
			continue
		}
		v, err := whole.value(m, k)
		if err != nil {
			continue
		}
		if left, err := t.value(m, k); err != nil || left != v {
			t.Kept = append(t.Kept, Number{k, v})
		}
	}
}

// keys returns all keys that the trial can have a value for.
func (t *Trial) keys(custom []Custom) (keys []Key) {
	for _, c := range custom {
		keys = append(keys, Key{Metric: c.Name})
	}
	for _, m := range metrics {
		keys = append(keys, Key{Metric: m.Name})
		for _, s := range slices.Concat(t.Steps, t.Transactions) {
			if m.PerStep {
				keys = append(keys, Key{s.Name, m.Name})
			}
		}
	}
	return keys
}

// kept returns what thinning has left of a value. Where it has left none, the
// error is of the kind that it was, without what empty histograms say of it.
func (t *Trial) kept(k Key, v float64, err error) (float64, error) {
	if t.Thinned {
		for _, n := range t.Kept {
			if n.Key == k {
				return n.Value, nil
			}
		}
	}
	if err == nil || !t.Thinned {
		return v, err
	}
	kind := ErrNotMeasured
	if errors.Is(err, ErrTooFew) {
		kind = ErrTooFew
	}
	return v, fmt.Errorf("%w: the run was thinned", kind)
}
