package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// A chart draws changes with their intervals on one axis, whose unit is each
// metric's own limit, so that error rates and latencies share it. It is made of
// characters, since mermaid's charts know no intervals, cannot be read on a phone
// and are not drawn in mail; and it is narrow enough for a phone to show whole.
const (
	chartReach = 3  // limits to either side
	perLimit   = 4  // columns
	chartLabel = 16 // columns
	chartWidth = 2*chartReach*perLimit + 1
	chartRows  = 12 // a longer one is no picture any more
)

// chart draws the first of the deltas that have a limit and a change, one a
// line; empty where none has.
func chart(deltas []*compare.Delta) string {
	var lines []string
	for _, d := range deltas {
		if drawable(d) && len(lines) < chartRows {
			lines = append(lines, chartName(d)+" "+plot(d))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	head := strings.Repeat(" ", chartLabel+1) + "better" + strings.Repeat(" ", chartWidth-len("better")-len("worse")) + "worse"
	foot := "│ no change  ┊ limit  ├█┤ change, interval"
	return fence("text", strings.Join(append(append([]string{head}, lines...), foot), "\n"))
}

func drawable(d *compare.Delta) bool {
	return d.Blocks > 0 && d.Limit > 0 && !math.IsNaN(d.Shift+d.Low+d.High)
}

// chartName names a delta in as many columns as it has. The metric, which comes
// last and is short, stays whole.
func chartName(d *compare.Delta) string {
	name := clean(d.Key.String())
	if runewidth.StringWidth(name) > chartLabel {
		metric := " " + runewidth.Truncate(clean(d.Metric), chartLabel/2, "…")
		name = runewidth.Truncate(clean(d.Step), chartLabel-runewidth.StringWidth(metric), "…") + metric
	}
	return runewidth.FillRight(shorten(name, 2*chartLabel), chartLabel)
}

// plot draws one change, worse to the right.
func plot(d *compare.Delta) string {
	low, at, high := d.Low/d.Limit, d.Shift/d.Limit, d.High/d.Limit
	if d.Better == bench.HigherIsBetter {
		low, at, high = -high, -at, -low
	}
	line := []rune(strings.Repeat(" ", chartWidth))
	line[column(-1)], line[column(0)], line[column(1)] = '┊', '│', '┊'
	switch {
	case low > chartReach:
		text := []rune(fmt.Sprintf("%.3g× >", at))
		copy(line[chartWidth-len(text):], text)
	case high < -chartReach:
		copy(line, []rune(fmt.Sprintf("< %.3g×", -at)))
	default:
		drawInterval(line, low, at, high)
	}
	return strings.TrimRight(string(line), " ")
}

// drawInterval draws what is within reach at least in part.
func drawInterval(line []rune, low, at, high float64) {
	from, to := column(low), column(high)
	for i := from; i <= to; i++ {
		line[i] = '─'
	}
	line[from], line[to] = '├', '┤'
	if low < -chartReach {
		line[from] = '<'
	}
	if high > chartReach {
		line[to] = '>'
	}
	if math.Abs(at) <= chartReach {
		line[column(at)] = '█'
	}
}

// column is where so many limits are drawn, at the edge where they are beyond it.
func column(limits float64) int {
	limits = max(-chartReach, min(chartReach, limits))
	return int(math.Round((limits + chartReach) * perLimit))
}
