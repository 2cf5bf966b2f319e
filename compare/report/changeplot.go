package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// The parts of a change plot, from top to bottom: the dots, and the interval.
const (
	changeTop = 34
	changeLow = 98
	changeBar = 122

	changeStart = 24
	changeEnd   = 376

	labelWidth = 64 // of a change with its unit, and room
)

// changePlot draws by how much head differs from base in each block, and the
// interval that was made of it, against the limit. The dots are spread upwards
// only to be seen apart. It returns nil where there are no blocks.
func changePlot(d *compare.Delta) *drawing {
	changes := blockChanges(d)
	worst := d.Limit
	if d.Better == bench.HigherIsBetter {
		worst = -worst
	}
	if len(changes) == 0 {
		return nil
	}
	x, ok := newAxis(append(slices.Clone(changes), d.Shift, d.Low, d.High, worst, 0), changeStart, changeEnd)
	if !ok {
		return nil
	}
	p := &drawing{
		Title: "the change in each block", Width: plotWidth, Height: plotHeight,
		Desc: clean(fmt.Sprintf("from %s to %s; interval %s, limit %s",
			signed(d, slices.Min(changes)), signed(d, slices.Max(changes)), interval(d), limit(d))),
	}
	p.mark("zero", vertical(x.at(0), changeTop-8, changeBar+12))
	if worst != 0 {
		p.mark("limit", vertical(x.at(worst), changeTop-8, changeBar+12))
		p.label(anchor(x.at(worst)), x.at(worst), changeTop-14, "limit "+signed(d, worst))
	}
	p.mark("head dot", dots(x.all(changes), scattered(len(changes))))
	p.mark("ci", horizontal(x.at(d.Low), x.at(d.High), changeBar))
	p.mark("at", dots([]float64{x.at(d.Shift)}, []float64{changeBar}))
	p.label("head "+anchor(x.at(d.Shift)), x.at(d.Shift), plotText, change(d))
	if math.Abs(x.at(d.Shift)-x.at(0)) > labelWidth {
		p.label(anchor(x.at(0)), x.at(0), plotText, "0")
	}
	return p
}

// blockChanges are those of the blocks, on the scale of the metric's change.
func blockChanges(d *compare.Delta) []float64 {
	e := &d.Explain
	if len(e.Blocks) == 0 {
		return nil
	}
	out := make([]float64, len(e.Head))
	for i := range out {
		out[i] = e.Head[i] - e.Base[i]
		if d.Scale == bench.Ratio {
			out[i] /= e.Base[i]
		}
	}
	return out
}

// scattered returns heights such that neighbours are far from one another: the
// multiples of the golden ratio, modulo 1.
func scattered(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		_, part := math.Modf(float64(i) * math.Phi)
		out[i] = changeLow - part*(changeLow-changeTop)
	}
	return out
}

// anchor is the class of a label that keeps it within its plot: it stands
// beside its place only near an end.
func anchor(x float64) string {
	switch {
	case x < labelWidth:
		return "start"
	case x > plotWidth-labelWidth:
		return "end"
	default:
		return ""
	}
}
