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
	chartReach = 6 // limits, from end to end
	perLimit   = 4 // columns
	chartWidth = chartReach*perLimit + 1
	chartRows  = 12 // a longer one is no picture any more

	chartLabel  = 16 // columns
	chartMetric = 10 // of them, for a metric's name at most
)

// chart draws the first of those deltas that tell something, one a line; empty
// where none does.
func chart(deltas []*compare.Delta) string {
	var drawn []*compare.Delta
	for _, d := range deltas {
		if drawable(d) && len(drawn) < chartRows {
			drawn = append(drawn, d)
		}
	}
	if len(drawn) == 0 {
		return ""
	}
	x := rulerOf(drawn)
	lines := []string{strings.Repeat(" ", chartLabel+1) + "better" + strings.Repeat(" ", chartWidth-len("better")-len("worse")) + "worse"}
	for _, d := range drawn {
		lines = append(lines, chartName(d)+" "+x.plot(d))
	}
	lines = append(lines, "│ no change  ┊ limit  ├█┤ change, interval")
	return fence("text", strings.Join(lines, "\n"))
}

func drawable(d *compare.Delta) bool {
	return telling(d) && d.Blocks > 0 && d.Limit > 0 && !math.IsNaN(d.Shift+d.Low+d.High)
}

// chartName names a delta in as many columns as it has. The metric, which comes
// last and is short, stays whole.
func chartName(d *compare.Delta) string {
	name := clean(d.Key.String())
	if runewidth.StringWidth(name) > chartLabel {
		metric := " " + runewidth.Truncate(clean(d.Metric), chartMetric, "…")
		name = runewidth.Truncate(clean(d.Step), chartLabel-runewidth.StringWidth(metric), "…") + metric
	}
	return runewidth.FillRight(shorten(name, 2*chartLabel), chartLabel)
}

// A ruler begins at so many limits; worse is to the right.
type ruler float64

// rulerOf puts the room to the side to which the changes go, if it is one.
func rulerOf(deltas []*compare.Delta) ruler {
	var low, high float64
	for _, d := range deltas {
		l, _, h := inLimits(d)
		low, high = min(low, l), max(high, h)
	}
	switch {
	case low >= -1 && high > 1:
		return -1
	case low < -1 && high <= 1:
		return 1 - chartReach
	}
	return -chartReach / 2
}

// inLimits returns a change and the ends of its interval in limits, worse being
// larger.
func inLimits(d *compare.Delta) (low, at, high float64) {
	low, at, high = d.Low/d.Limit, d.Shift/d.Limit, d.High/d.Limit
	if d.Better == bench.HigherIsBetter {
		return -high, -at, -low
	}
	return low, at, high
}

// plot draws one change.
func (x ruler) plot(d *compare.Delta) string {
	low, at, high := inLimits(d)
	line := []rune(strings.Repeat(" ", chartWidth))
	line[x.column(-1)], line[x.column(0)], line[x.column(1)] = '┊', '│', '┊'
	switch {
	case x.column(low) == chartWidth-1 && high > x.end():
		text := []rune(times(at) + " >")
		copy(line[chartWidth-len(text):], text)
	case x.column(high) == 0 && low < float64(x):
		copy(line, []rune("< "+times(-at)))
	default:
		x.interval(line, low, at, high)
	}
	return strings.TrimRight(string(line), " ")
}

// times writes how many limits a change is: 6.2×, 1000×, 1e+09×.
func times(limits float64) string {
	if limits >= 100 && limits < 1e6 {
		return fmt.Sprintf("%.0f×", limits)
	}
	return fmt.Sprintf("%.3g×", limits)
}

// interval draws what is within reach at least in part.
func (x ruler) interval(line []rune, low, at, high float64) {
	from, to := x.column(low), x.column(high)
	for i := from; i <= to; i++ {
		if line[i] == ' ' {
			line[i] = '─'
		} else {
			line[i] = '┼'
		}
	}
	line[from], line[to] = '├', '┤'
	if low < float64(x) {
		line[from] = '<'
	}
	if high > x.end() {
		line[to] = '>'
	}
	if at >= float64(x) && at <= x.end() {
		line[x.column(at)] = '█'
	}
}

func (x ruler) end() float64 { return float64(x) + chartReach }

// column is where so many limits are drawn, at the end where they are beyond it.
func (x ruler) column(limits float64) int {
	limits = max(float64(x), min(x.end(), limits))
	return int(math.Round((limits - float64(x)) * perLimit))
}
