package compare

import (
	"math"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare/stats"
)

// joined makes one point of the runs of each commit that have a value of the metric.
func joined(entries []entry, metric int) (points []Point) {
	var values []float64 // of the last point
	for _, e := range entries {
		if math.IsNaN(e.values[metric]) {
			continue
		}
		if len(points) == 0 || points[len(points)-1].Commit != e.commit {
			points, values = append(points, Point{Commit: e.commit}), nil
		}
		values = append(values, e.values[metric])
		last := &points[len(points)-1]
		last.Value, last.Runs = stats.Median(values), len(values)
	}
	return points
}

// newLine looks for the changes of a metric in one stretch.
func newLine(m bench.Metric, d stats.Divisive, stretch int, points []Point) Line {
	l := Line{Stretch: stretch, Points: points, Few: len(points) < MinPoints}
	if l.Few {
		return l
	}
	found := d.Changes(scaled(m, values(points)))
	edges := []int{0}
	for _, c := range found {
		edges = append(edges, c.At)
	}
	edges = append(edges, len(points))
	for i, c := range found {
		begin, end := edges[i], edges[i+2]
		l.Changes = append(l.Changes, newChange(m, points[begin:c.At], points[c.At:end], c))
	}
	return l
}

// newChange measures a change between the points before and after it. E-divisive
// finds any change of their law: where the shift may as well be none, it is one of
// scatter, neither worse nor better. But errors that come now and then leave the
// medians at 0, and the means tell.
func newChange(m bench.Metric, before, after []Point, found stats.ChangePoint) Change {
	c := Change{
		At: found.At, Before: before[len(before)-1].Commit, After: after[0].Commit,
		From: stats.Median(values(before)), To: stats.Median(values(after)), P: found.P,
	}
	shift := stats.TwoSample(scaled(m, values(after)), scaled(m, values(before)), confidence)
	size := shift.Estimate
	if shift.Low <= 0 && shift.High >= 0 {
		if m.Scale == bench.Difference {
			c.From, c.To = mean(before), mean(after)
			size = worsening(m, c.From, c.To)
		}
		c.Scatter = m.Scale != bench.Difference || size == 0
	}
	c.Size, c.Worse = change(m, size), size > 0 && !c.Scatter
	return c
}

func values(points []Point) []float64 {
	out := make([]float64, len(points))
	for i, p := range points {
		out[i] = p.Value
	}
	return out
}

func mean(points []Point) (sum float64) {
	for _, p := range points {
		sum += p.Value
	}
	return sum / float64(len(points))
}
