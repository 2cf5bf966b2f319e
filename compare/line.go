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
	values := worsenings(m, points)
	found := d.Changes(values)
	edges := []int{0}
	for _, c := range found {
		edges = append(edges, c.At)
	}
	edges = append(edges, len(points))
	for i, c := range found {
		begin, end := edges[i], edges[i+2]
		shift := stats.TwoSample(values[c.At:end], values[begin:c.At], confidence).Estimate
		l.Changes = append(l.Changes, Change{
			At: c.At, Before: points[c.At-1].Commit, After: points[c.At].Commit,
			From: level(points[begin:c.At]), To: level(points[c.At:end]),
			Size: change(m, shift), P: c.P, Worse: shift > 0,
		})
	}
	return l
}

// worsenings returns the points as logarithms or differences, larger ones worse.
func worsenings(m bench.Metric, points []Point) []float64 {
	values := make([]float64, len(points))
	for i, p := range points {
		values[i] = worsening(m, 1, p.Value)
	}
	return values
}

// level is the median of the points.
func level(points []Point) float64 {
	values := make([]float64, len(points))
	for i, p := range points {
		values[i] = p.Value
	}
	return stats.Median(values)
}
