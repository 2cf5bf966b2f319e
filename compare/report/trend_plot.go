package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// The place of a plot in its picture, in the picture's own units, which the
// browser scales.
const (
	trendLeft, trendRight = 76, 892
	trendTop, trendBottom = 12, 188
	trendHeight           = 216 // of the picture
	trendWidth            = 900
)

// A coordinate prints with one decimal.
type coordinate float64

func (c coordinate) String() string { return strconv.FormatFloat(float64(c), 'f', 1, 64) }

// A trendPlot is what the page shows of one metric.
type trendPlot struct {
	Name, Now                string
	Left, Right, Top, Bottom int
	Width, Height            int
	Ticks                    []trendTick // values
	Dates                    []trendTick // commits
	Lines                    []trendLine
	Breaks                   []spot
	Changes                  []trendMark
	low, high                float64
	commits                  int
}

// A trendTick is a labelled place on an axis.
type trendTick struct {
	At    coordinate
	Label string
}

// A spot is a place that explains itself where the pointer rests on it.
type spot struct {
	X, Y  coordinate
	Title string
}

// A trendLine is a stretch: its points, and the level between two changes.
type trendLine struct {
	Class  string
	Path   string // of a polyline
	Points []spot
	Levels []trendLevel
}

type trendLevel struct{ X1, X2, Y coordinate }

type trendMark struct {
	spot
	Tone string
}

func newTrendPlot(t *compare.Trend, m *compare.MetricTrend) trendPlot {
	p := trendPlot{
		Name: clean(m.Key.String()), commits: len(t.Commits),
		Left: trendLeft, Right: trendRight, Top: trendTop, Bottom: trendBottom, Width: trendWidth, Height: trendHeight,
	}
	if len(m.Lines) == 0 {
		return p
	}
	var all []compare.Point
	for _, l := range m.Lines {
		all = append(all, l.Points...)
	}
	latest := newest(m).Points
	p.Now = clean(m.Unit.Format(latest[len(latest)-1].Value))
	p.low, p.high = span(all, m.Scale)
	p.ticks(m)
	p.dates(t)
	for i := range m.Lines {
		p.line(t, m, &m.Lines[i])
	}
	p.breaks(t)
	return p
}

// x is the place of a commit.
func (p *trendPlot) x(commit int) coordinate {
	return coordinate(trendLeft + (trendRight-trendLeft)*(float64(commit)+0.5)/float64(p.commits))
}

func (p *trendPlot) y(v float64) coordinate {
	return coordinate(trendBottom - (trendBottom-trendTop)*(v-p.low)/(p.high-p.low))
}

// ticks widens the span of values to round ones, and labels these.
func (p *trendPlot) ticks(m *compare.MetricTrend) {
	step := roundStep(m.Unit, (p.high-p.low)/4)
	first, last := math.Floor(p.low/step), math.Ceil(p.high/step)
	p.low, p.high = first*step, last*step
	for i := first; i <= last; i++ {
		p.Ticks = append(p.Ticks, trendTick{p.y(i * step), clean(m.Unit.Format(i * step))})
	}
}

// roundStep returns the smallest of 1, 2 and 5 times a power of ten that is at
// least v; of bytes, which are printed in powers of two, one of these.
func roundStep(u bench.Unit, v float64) float64 {
	if u == bench.Bytes {
		return math.Exp2(math.Ceil(math.Log2(v)))
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, digit := range []float64{1, 2, 5} {
		if step := digit * power; step >= v {
			return step
		}
	}
	return 10 * power
}

// dateTicks is how many commits of a plot are labelled at most.
const dateTicks = 6

func (p *trendPlot) dates(t *compare.Trend) {
	every := max(1, (p.commits+dateTicks-1)/dateTicks)
	for i := 0; i < p.commits; i += every {
		label := clean(t.Commits[i].String())
		if at := t.Commits[i].Time; !at.IsZero() {
			label = at.UTC().Format("2006-01-02")
		}
		p.Dates = append(p.Dates, trendTick{p.x(i), label})
	}
}

func (p *trendPlot) line(t *compare.Trend, m *compare.MetricTrend, l *compare.Line) {
	var line trendLine
	line.Class, _ = stretchClass(l.Stretch)
	var path []string
	for _, point := range l.Points {
		x, y := p.x(point.Commit), p.y(point.Value)
		path = append(path, fmt.Sprintf("%v,%v", x, y))
		line.Points = append(line.Points, spot{x, y, pointTitle(t, m, l.Stretch, point)})
	}
	line.Path = strings.Join(path, " ")
	begin := 0
	for i, c := range l.Changes {
		line.Levels = append(line.Levels, trendLevel{p.x(l.Points[begin].Commit), p.x(c.Before), p.y(c.From)})
		if begin = c.At; i == len(l.Changes)-1 {
			line.Levels = append(line.Levels, trendLevel{p.x(c.After), p.x(l.Points[len(l.Points)-1].Commit), p.y(c.To)})
		}
		p.change(t, m, c)
	}
	p.Lines = append(p.Lines, line)
}

func pointTitle(t *compare.Trend, m *compare.MetricTrend, stretch int, p compare.Point) string {
	s := t.Commits[p.Commit]
	text := fmt.Sprintf("%s, %s\n%s  %s", clean(m.Unit.Format(p.Value)), bench.Count(p.Runs, "run"), clean(s.String()), clean(s.Title))
	if !s.Time.IsZero() {
		text += "\n" + timestamp(s.Time)
	}
	if len(t.Stretches) > 1 {
		text += "\nin " + stretchName(stretch)
	}
	return text
}

func (p *trendPlot) change(t *compare.Trend, m *compare.MetricTrend, c compare.Change) {
	v := newChangeView(t, m, c)
	title := fmt.Sprintf("%s from %s to %s, p %s\nafter %s, up to %s  %s", v.Size, v.From, v.To, v.P, v.Before, v.After, v.Title)
	p.Changes = append(p.Changes, trendMark{spot{(p.x(c.Before) + p.x(c.After)) / 2, trendTop, title}, v.Tone()})
}

// breaks marks where a stretch ends and the next one, measured otherwise,
// begins; where they overlap, their colours tell them apart.
func (p *trendPlot) breaks(t *compare.Trend) {
	for i := 1; i < len(t.Stretches); i++ {
		before, s := &t.Stretches[i-1], &t.Stretches[i]
		if s.First > before.Last {
			title := fmt.Sprintf("not measured alike: %s", clean(strings.Join(s.Differs, ", ")))
			p.Breaks = append(p.Breaks, spot{(p.x(before.Last) + p.x(s.First)) / 2, trendTop, title})
		}
	}
}
