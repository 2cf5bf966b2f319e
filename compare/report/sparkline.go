package report

import (
	"math"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/stats"
)

// columns are a chart's, from the lowest.
var columns = []rune("▁▂▃▄▅▆▇█")

// leastSpan is the least share of the middle value that a chart spans from
// bottom to top: noise of a percent is not to look like a mountain.
const leastSpan = 0.1

// sparklines draws the lines of a metric side by side, each as wide as it has
// points for and in its own span, with a bar between two. Of more lines than there
// are columns for, the last ones are drawn, behind an ellipsis.
func sparklines(m *compare.MetricTrend, width int) string {
	lines, cut := m.Lines, ""
	if most := max(1, width/2); len(lines) > most { // a column and a bar or the ellipsis each
		lines, cut = lines[len(lines)-most:], "…"
		width--
	}
	total := 0
	for _, l := range lines {
		total += len(l.Points) - 1
	}
	room := max(0, width-(2*len(lines)-1)) // beside the bars and a column each
	parts := make([]string, len(lines))
	for i, l := range lines {
		more := (len(l.Points) - 1) * room / max(total, room, 1)
		parts[i] = sparkline(l.Points, 1+more, m.Scale)
	}
	return cut + strings.Join(parts, "│")
}

// sparkline draws points in so many columns; several points to one column show
// as their median.
func sparkline(points []compare.Point, width int, s bench.Scale) string {
	low, high := span(points, s)
	line := make([]rune, width)
	for i := range line {
		var values []float64
		for _, p := range points[i*len(points)/width : (i+1)*len(points)/width] {
			values = append(values, p.Value)
		}
		height := (stats.Median(values) - low) / (high - low)
		line[i] = columns[max(0, min(len(columns)-1, int(height*float64(len(columns)))))]
	}
	return string(line)
}

// span returns the values at the bottom and the top of a chart of points, at
// least leastSpan of the middle apart, and for a metric that can be zero, a
// tenth of a percentage point. It goes below zero only where values do.
func span(points []compare.Point, s bench.Scale) (low, high float64) {
	low, high = extremes(points)
	positive := low >= 0
	least := leastSpan * math.Abs(low+high) / 2
	if s == bench.Difference {
		least = max(least, 0.001)
	}
	if missing := least - (high - low); missing > 0 {
		low, high = low-missing/2, high+missing/2
		if low < 0 && positive {
			low, high = 0, high-low
		}
	}
	return low, high
}
