package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/perfcheck/perfcheck/compare"
)

// The parts of a block plot, from left to right: the extremes, the blocks, a
// tick for each value of base and of head, and their medians.
const (
	plotWidth  = 400
	plotHeight = 170

	plotTop    = 12
	plotBottom = 144
	plotText   = 164 // base line of the labels below

	extremeEnd  = 54
	blocksStart = 68
	blocksEnd   = 258
	baseTicks   = 284
	headTicks   = 326
	ticks       = 14 // width
	medianStart = 346

	lineHeight = 14
)

// blockPlot draws the values of base and head, in each block joined to a pair.
// Those that were measured apart stand side by side, after the sessions before
// them. It returns nil where there is nothing to draw.
func blockPlot(d *compare.Delta) *drawing {
	e := &d.Explain
	if len(e.Base) == 0 || len(e.Head) == 0 {
		return nil
	}
	values := slices.Concat(e.Base, e.Head, e.Sessions)
	y, ok := newAxis(append(slices.Clone(values), d.Base, d.Head), plotBottom, plotTop)
	if !ok {
		return nil
	}
	p := &drawing{Title: "values of base and head", Desc: clean(ranges(d)), Width: plotWidth, Height: plotHeight}
	p.mark("base median", horizontal(blocksStart-8, headTicks+ticks, y.at(d.Base)))
	p.mark("head median", horizontal(blocksStart-8, headTicks+ticks, y.at(d.Head)))
	if len(e.Blocks) > 0 {
		p.pairs(e, y)
		p.ticks("base", baseTicks, y.all(e.Base))
		p.ticks("head", headTicks, y.all(e.Head))
	} else {
		p.sides(e, y)
	}
	low, high := slices.Min(values), slices.Max(values)
	p.label("end", extremeEnd, y.at(high)+4, d.Unit.Format(high))
	if y.at(low)-y.at(high) > lineHeight {
		p.label("end", extremeEnd, y.at(low)+4, d.Unit.Format(low))
	}
	p.medians(d, y)
	return p
}

// ranges says in words what a block plot shows.
func ranges(d *compare.Delta) string {
	of := func(name string, values []float64, median float64) string {
		return fmt.Sprintf("%s from %s to %s, median %s", name, d.Unit.Format(slices.Min(values)), d.Unit.Format(slices.Max(values)), d.Unit.Format(median))
	}
	return of("base", d.Explain.Base, d.Base) + "; " + of("head", d.Explain.Head, d.Head)
}

// pairs draws both sides of each block above one another.
func (p *drawing) pairs(e *compare.Explain, y axis) {
	xs := between(blocksStart, blocksEnd, len(e.Blocks))
	base, head := y.all(e.Base), y.all(e.Head)
	var joined path
	for i, x := range xs {
		joined += vertical(x, base[i], head[i])
	}
	p.mark("pair", joined)
	p.mark("base dot", dots(xs, base))
	p.mark("head dot", dots(xs, head))
	last := len(xs) - 1
	p.label("start", xs[0]-3, plotText, fmt.Sprintf("block %d", e.Blocks[0]))
	if last > 0 {
		p.label("", xs[last], plotText, strconv.Itoa(e.Blocks[last]))
	}
}

// sides draws the trials of base, and then those of head, after the sessions
// before them.
func (p *drawing) sides(e *compare.Explain, y axis) {
	xs := between(blocksStart, headTicks, len(e.Sessions)+len(e.Base)+len(e.Head)+2) // and a gap between two sides
	for _, side := range []struct {
		class, name string
		values      []float64
	}{
		{"session", "sessions", e.Sessions},
		{"base", "base", e.Base},
		{"head", "head", e.Head},
	} {
		if len(side.values) == 0 {
			continue
		}
		own := xs[:len(side.values)]
		p.mark(side.class+" dot", dots(own, y.all(side.values)))
		p.label(side.class, (own[0]+own[len(own)-1])/2, plotText, side.name)
		if len(xs) > len(own) {
			xs = xs[len(own)+1:]
		}
	}
}

// ticks draws where the values of one side lie.
func (p *drawing) ticks(side string, x float64, ys []float64) {
	xs := make([]float64, len(ys))
	for i := range xs {
		xs[i] = x
	}
	p.mark(side+" tick", strokes(xs, ys, ticks))
	p.label(side, x+ticks/2, plotText, side)
}

// medians writes both beside their lines, apart from one another.
func (p *drawing) medians(d *compare.Delta, y axis) {
	base, head := y.at(d.Base), y.at(d.Head)
	if gap := math.Abs(base - head); gap < lineHeight {
		down := (lineHeight - gap) / 2
		if head > base {
			base, head = base-down, head+down
		} else {
			base, head = base+down, head-down
		}
	}
	p.label("start", medianStart, base+4, d.Unit.Format(d.Base))
	p.label("head start", medianStart, head+4, d.Unit.Format(d.Head))
}

// between returns n places from start to end, at equal distances.
func between(start, end float64, n int) []float64 {
	if n == 1 {
		return []float64{(start + end) / 2}
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = start + (end-start)*float64(i)/float64(n-1)
	}
	return out
}
