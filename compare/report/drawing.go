package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A drawing is a small plot in SVG. What it is made of gets its colour, width
// and shape from the style sheet, by class; paths keep a page with hundreds of
// plots small.
type drawing struct {
	Title, Desc   string // for those who do not see it
	Width, Height int
	Stretched     bool   // to the width that is there, but for the width of lines
	Marks         []mark // from back to front
	Labels        []drawnText
}

type mark struct {
	Class string
	Path  path
}

// A drawnText is a text with its middle at X, or where its class says so its
// start or end.
type drawnText struct {
	X, Y        int
	Class, Text string
}

func (p *drawing) mark(class string, d path) {
	if d != "" {
		p.Marks = append(p.Marks, mark{class, d})
	}
}

func (p *drawing) label(class string, x, y float64, text string) {
	p.Labels = append(p.Labels, drawnText{toGrid(x), toGrid(y), class, clean(text)})
}

// A path is the value of an SVG path's attribute d.
type path string

// dots is a path of points without length, which show by their line's caps:
// round ones as discs, square ones as squares.
func dots(xs, ys []float64) path { return strokes(xs, ys, 0) }

// strokes is a path of horizontal lines of one width, each from where it is
// left to the next: most moves are short numbers.
func strokes(xs, ys []float64, width int) path {
	if len(xs) == 0 {
		return ""
	}
	var b strings.Builder
	x, y := toGrid(xs[0]), toGrid(ys[0])
	fmt.Fprintf(&b, "M%d %dh%d", x, y, width)
	for i := 1; i < len(xs); i++ {
		nextX, nextY := toGrid(xs[i]), toGrid(ys[i])
		fmt.Fprintf(&b, "m%d %dh%d", nextX-x-width, nextY-y, width)
		x, y = nextX, nextY
	}
	return path(b.String())
}

func horizontal(x1, x2, y float64) path {
	return path(fmt.Sprintf("M%d %dH%d", toGrid(x1), toGrid(y), toGrid(x2)))
}

func vertical(x, y1, y2 float64) path {
	return path(fmt.Sprintf("M%d %dV%d", toGrid(x), toGrid(y1), toGrid(y2)))
}

// toGrid rounds to a unit of a drawing, which is about a pixel.
func toGrid(v float64) int { return int(math.Round(v)) }

// An axis maps the values from low to high onto a length from start to end.
type axis struct{ low, high, start, end float64 }

// newAxis covers the values with a margin. It is not ok where there are none, or
// where they cannot be drawn, being missing or infinitely far apart.
func newAxis(values []float64, start, end float64) (a axis, ok bool) {
	if len(values) == 0 {
		return axis{}, false
	}
	low, high := slices.Min(values), slices.Max(values) // NaN where one of them is
	margin := 0.06 * (high - low)
	if margin == 0 {
		margin = max(math.Abs(high)/20, 1e-9) // they are all the same, and go to the middle
	}
	span := high - low + 2*margin
	return axis{low - margin, high + margin, start, end}, !math.IsNaN(span) && !math.IsInf(span, 0)
}

func (a axis) at(v float64) float64 {
	return a.start + (a.end-a.start)*(v-a.low)/(a.high-a.low)
}

func (a axis) all(values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = a.at(v)
	}
	return out
}
