package report

import (
	"fmt"
	"math"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// The size of a forest row. The style sheet draws zero in the middle of the
// column and the limits a quarter of the width from it, through all rows.
const (
	forestWidth  = 160
	forestHeight = 20
)

// forest draws the interval of a change in multiples of its limit, worse to the
// right whatever the metric, so that the intervals of all metrics can be seen
// against one line. It returns nil for what has no interval or no limit.
func forest(d *compare.Delta) *drawing {
	if d.Blocks == 0 || !(d.Limit > 0) || math.IsNaN(d.Shift+d.Low+d.High) {
		return nil
	}
	x := func(change float64) float64 {
		if d.Better == bench.HigherIsBetter {
			change = -change
		}
		return forestWidth / 2 * (1 + squeeze(change/d.Limit))
	}
	p := &drawing{
		Title: clean(fmt.Sprintf("change %s, interval %s, limit %s", change(d), interval(d), limit(d))),
		Width: forestWidth, Height: forestHeight, Stretched: true,
	}
	p.mark("ci", horizontal(x(d.Low), x(d.High), forestHeight/2))
	p.mark("at", dots([]float64{x(d.Shift)}, []float64{forestHeight / 2}))
	return p
}

// squeeze maps all numbers into -1 to 1, and 1 to a half: near 0 it keeps
// distances, and what is many times the limit has room too.
func squeeze(limits float64) float64 {
	if math.IsInf(limits, 0) {
		return math.Copysign(1, limits)
	}
	return limits / (1 + math.Abs(limits))
}
