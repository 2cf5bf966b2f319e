package bench

import (
	"errors"
	"math"
	"testing"
	"time"
)

func TestCustomMetrics(t *testing.T) {
	hundred := func(v float64) (all []float64) {
		for i := range 100 {
			all = append(all, v*float64(i+1))
		}
		return all
	}
	tests := []struct {
		take   Take
		scale  Scale
		values []float64
		want   float64
		err    error
	}{
		{TakePerSecond, Ratio, []float64{1, 2, 3}, 3, nil}, // in 2 s
		{TakePerRequest, Ratio, []float64{1, 2, 3}, 0.6, nil},
		{TakePerSecond, Ratio, nil, 0, ErrNotMeasured},
		{TakePerSecond, Difference, nil, 0, nil},
		{TakePerSecond, Difference, []float64{-4}, -2, nil},
		{TakePerSecond, Ratio, []float64{-4}, 0, ErrNotMeasured},
		{TakeLast, Ratio, []float64{1, 5, 2}, 2, nil},
		{TakeMax, Ratio, []float64{1, 5, 2}, 5, nil},
		{TakeMax, Difference, []float64{-3, -5}, -3, nil},
		{TakeMax, Difference, nil, 0, ErrNotMeasured},
		{TakeMean, Ratio, []float64{1, 2, 6}, 3, nil},
		{TakeMean, Ratio, []float64{0.1, 0.2, -0.3}, 0, ErrNotMeasured}, // 2e-17, by rounding
		{TakeLast, Ratio, []float64{1e-310}, 0, ErrNotMeasured},
		{TakeP50, Ratio, hundred(1), 50, nil},
		{TakeP90, Ratio, hundred(1000), 90000, nil},
		{TakeP50, Difference, make([]float64, 20), 0, nil},
		{TakeP99, Ratio, hundred(1), 0, ErrTooFew},
		{TakeP50, Ratio, nil, 0, ErrNotMeasured},
	}
	for _, test := range tests {
		c := Custom{Name: "x", Take: test.take, Better: LowerIsBetter, Scale: test.scale}
		tally := c.NewTally()
		for _, v := range test.values {
			if err := c.Check(v); err != nil {
				t.Fatal(err)
			}
			tally.Add(v)
		}
		run := &Run{Custom: []Custom{c}, Trials: []Trial{{Block: 1, Busy: 2 * time.Second, Steps: []Step{{Requests: 10}}, Custom: []Tally{tally}}}}
		values, err := run.Series(Key{Metric: "x"}, []int{1})
		if !errors.Is(err, test.err) || err == nil && math.Abs(values[0]-test.want) > 0.001*math.Abs(test.want) {
			t.Errorf("%s of %v: got %v, %v, want %v, %v", test.take, test.values, values[0], err, test.want, test.err)
		}
	}
}

func TestUnknownMetricOfARun(t *testing.T) {
	run := &Run{Custom: []Custom{{Name: "orders"}}, Trials: []Trial{{Block: 1}}}
	values, err := run.Series(Key{Metric: "order"}, []int{1})
	if !math.IsNaN(values[0]) || err == nil {
		t.Errorf("got %v, %v", values, err)
	}
	if _, err := run.Series(Key{Metric: "orders"}, []int{1}); !errors.Is(err, ErrNotMeasured) {
		t.Errorf("a trial without a tally: %v", err)
	}
}

func TestWhatCannotBeRecorded(t *testing.T) {
	for take, values := range map[Take][]float64{
		TakeMean:      {math.NaN(), math.Inf(1)},
		TakePerSecond: {1e308, -1e308}, // two have no sum
		TakeP50:       {-1, math.NaN(), 2 * HighestRecorded},
	} {
		for _, v := range values {
			if err := (Custom{Take: take}).Check(v); err == nil {
				t.Errorf("%s takes %v", take, v)
			}
		}
	}
}

func TestCustomUnits(t *testing.T) {
	for want, c := range map[string]Custom{
		"12.3/s":     {Take: TakePerSecond},
		"12.3 EUR/s": {Take: TakePerSecond, Unit: "EUR"},
		"12.3 EUR":   {Take: TakeMax, Unit: "EUR"},
		"12.3":       {Take: TakeP90},
	} {
		if got := c.Metric().Unit.Format(12.34); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := Unit("EUR").Format(0.001234); got != "0.00123 EUR" {
		t.Errorf("a small amount: %q", got)
	}
}
