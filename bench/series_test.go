package bench

import (
	"errors"
	"math"
	"slices"
	"testing"
)

func TestSeries(t *testing.T) {
	few, late := step("a", 19), step("a", 40)
	run := &Run{Trials: []Trial{
		{Block: 0, Steps: []Step{step("a", 20)}},
		{Block: 2, Steps: []Step{few}},
		{Block: 3, Steps: []Step{late}, Invalid: []string{"late"}},
		{Block: 5, Steps: []Step{step("a", 60)}},
	}}
	if got := run.Valid(); !slices.Equal(got, []int{0, 2, 5}) {
		t.Errorf("valid blocks: %v", got)
	}
	for _, test := range []struct {
		blocks []int
		want   []float64 // NaN where there is none
		err    error
	}{
		{[]int{0, 5}, []float64{0.010, 0.030}, nil},
		{[]int{5, 0}, []float64{0.030, 0.010}, nil}, // in the order that was asked for
		{[]int{3}, []float64{0.020}, nil},           // what is valid is the caller's to choose
		{[]int{0, 2, 5}, []float64{0.010, math.NaN(), 0.030}, ErrTooFew},
		{[]int{1, 2, 0}, []float64{math.NaN(), math.NaN(), 0.010}, ErrNotMeasured}, // why: of the first
		{nil, nil, nil},
	} {
		got, err := run.Series(Key{Metric: "p50"}, test.blocks)
		if !errors.Is(err, test.err) {
			t.Errorf("%v: error %v, want %v", test.blocks, err, test.err)
		}
		same := func(a, b float64) bool { return math.IsNaN(a) && math.IsNaN(b) || near(a, b) }
		if !slices.EqualFunc(got, test.want, same) {
			t.Errorf("%v: got %v, want %v", test.blocks, got, test.want)
		}
	}
}
