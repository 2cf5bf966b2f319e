package bench

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench/hist"
)

// A Custom is a metric that a profile defines: a number made of what its steps
// record from answers.
type Custom struct {
	Name   string    `json:"name"`
	Take   Take      `json:"take"`
	Unit   string    `json:"unit,omitempty"` // of what is recorded, as reports print it
	Better Direction `json:"better"`
	Scale  Scale     `json:"scale"`
}

// A Take says which number is made of a trial's recorded values.
type Take string

// The takes.
const (
	TakePerSecond  Take = "per_second"  // a counter: their sum, for each second
	TakePerRequest Take = "per_request" // a counter: their sum, for each request of the trial
	TakeLast       Take = "last"        // a gauge
	TakeMax        Take = "max"
	TakeMean       Take = "mean" // a distribution
	TakeP50        Take = "p50"
	TakeP90        Take = "p90"
	TakeP99        Take = "p99"
)

// Takes lists all of them.
var Takes = []Take{TakePerSecond, TakePerRequest, TakeLast, TakeMax, TakeMean, TakeP50, TakeP90, TakeP99}

// quantileOf holds the takes for which a trial keeps all values.
var quantileOf = map[Take]float64{TakeP50: 0.50, TakeP90: 0.90, TakeP99: 0.99}

// maxRecorded is the largest size of a value, so that any number of them has a sum.
const maxRecorded = 1e15

// leastOfRatio is the smallest number that has a ratio: what is below it is 0 but
// for rounding, and compared with it anything would be endlessly more.
const leastOfRatio = 1 / maxRecorded

// HighestRecorded is the largest value that a quantile can be taken of. Below
// 0.0002 all are 0.
const HighestRecorded = float64(hist.Highest) / valueUnit

// valueUnit is what stands for 1 in a histogram of values.
const valueUnit = float64(time.Microsecond)

// A Tally holds what a trial recorded for a custom metric.
type Tally struct {
	Name   string          `json:"name"`
	Count  int64           `json:"count"`
	Sum    float64         `json:"sum"`
	Last   float64         `json:"last"`
	Max    float64         `json:"max"`
	Values *hist.Histogram `json:"values,omitempty"` // for quantiles: a microsecond stands for 1
}

// NewTally returns an empty tally for c.
func (c Custom) NewTally() Tally {
	t := Tally{Name: c.Name}
	if _, ok := quantileOf[c.Take]; ok {
		t.Values = hist.New()
	}
	return t
}

// Check says why v cannot be recorded.
func (c Custom) Check(v float64) error {
	if !(math.Abs(v) <= maxRecorded) { // nor NaN
		return fmt.Errorf("want a number from -1e15 to 1e15, got %v", v)
	}
	if _, ok := quantileOf[c.Take]; ok && (v < 0 || v > HighestRecorded) {
		return fmt.Errorf("want a number from 0 to %.0f for a quantile, got %v", HighestRecorded, v)
	}
	return nil
}

// Add records a value that [Custom.Check] has passed.
func (t *Tally) Add(v float64) {
	if t.Count == 0 || v > t.Max {
		t.Max = v
	}
	t.Count++
	t.Sum += v
	t.Last = v
	if t.Values != nil {
		t.Values.Record(time.Duration(v * valueUnit))
	}
}

// Metric returns the metric that c defines.
func (c Custom) Metric() Metric {
	unit := c.Unit
	switch c.Take {
	case TakePerSecond:
		unit += "/s"
	case TakePerRequest:
		unit += "/req"
	}
	return Metric{Name: c.Name, Unit: Unit(unit), Better: c.Better, Scale: c.Scale, value: c.value}
}

// value is ErrNotMeasured where nothing was recorded, and where a ratio would
// have to be made of 0: a metric that is 0 on one side only is then known to
// exist on the other only, and is not passed over.
func (c Custom) value(t *Trial, steps []Step) (float64, error) {
	i := slices.IndexFunc(t.Custom, func(t Tally) bool { return t.Name == c.Name })
	if i < 0 {
		return 0, ErrNotMeasured
	}
	v, err := c.of(&t.Custom[i], t, steps)
	if err == nil && c.Scale == Ratio && v < leastOfRatio {
		return 0, fmt.Errorf("%w: it is %v, which has no ratio", ErrNotMeasured, v)
	}
	return v, err
}

func (c Custom) of(t *Tally, trial *Trial, steps []Step) (float64, error) {
	switch c.Take {
	case TakePerSecond:
		if trial.Busy <= 0 {
			return 0, ErrNotMeasured
		}
		return t.Sum / trial.Busy.Seconds(), nil
	case TakePerRequest:
		n := requests(steps)
		if n == 0 {
			return 0, ErrTooFew
		}
		return t.Sum / float64(n), nil
	}
	if t.Count == 0 {
		return 0, fmt.Errorf("%w: nothing was recorded", ErrNotMeasured)
	}
	switch c.Take {
	case TakeLast:
		return t.Last, nil
	case TakeMax:
		return t.Max, nil
	case TakeMean:
		return t.Sum / float64(t.Count), nil
	}
	return c.quantile(t)
}

func (c Custom) quantile(t *Tally) (float64, error) {
	q, ok := quantileOf[c.Take]
	if !ok || t.Values == nil {
		return 0, ErrNotMeasured
	}
	n := t.Count // of a thinned run the values are gone
	if least := math.Ceil(minBeyond/(1-q) - 1e-9); float64(n) < least {
		return 0, fmt.Errorf("%w: %d recorded, and %s needs %.0f", ErrTooFew, n, c.Take, least)
	}
	d := t.Values.Quantile(q)
	if d < 2*hist.Lowest { // 0 is recorded as Lowest, which is kept to 64 ns
		return 0, nil
	}
	return float64(d) / valueUnit, nil
}

// MetricIn finds a metric of the table or one that a profile defines; the error
// names the ones that exist.
func MetricIn(custom []Custom, name string) (Metric, error) {
	if m, err := MetricByName(name); err == nil {
		return m, nil
	}
	for _, c := range custom {
		if c.Name == name {
			return c.Metric(), nil
		}
	}
	return Metric{}, fmt.Errorf("no metric %q: there are %s", name, strings.Join(MetricNamesIn(custom), ", "))
}

// MetricNamesIn returns the names of all metrics in the order of reports, those
// that a profile defines last.
func MetricNamesIn(custom []Custom) []string {
	all := MetricNames()
	for _, c := range custom {
		all = append(all, c.Name)
	}
	return all
}

// Metric finds a metric of the run.
func (r *Run) Metric(name string) (Metric, error) { return MetricIn(r.Custom, name) }
