package report

import (
	"strings"

	"github.com/perfcheck/perfcheck/compare"
)

// A htmlMetric is a delta as the page asks for its parts.
type htmlMetric struct {
	c    *compare.Comparison
	d    *compare.Delta
	ID   string // of its place on the page
	Open bool
}

// Badge is that of its verdict; a pass looks calm beside what has changed.
func (m htmlMetric) Badge() badge {
	b := newBadge(lookOfDelta(m.d))
	if m.d.Gated && m.d.Verdict == compare.Pass {
		b.Tone = "pass"
	}
	return b
}

func (m htmlMetric) Label() string { return clean(label(m.c, m.d)) }

func (m htmlMetric) Base() figure   { return newFigure(value(m.d, m.d.Base)) }
func (m htmlMetric) Head() figure   { return newFigure(value(m.d, m.d.Head)) }
func (m htmlMetric) Change() figure { return newFigure(change(m.d)) }
func (m htmlMetric) Limit() figure  { return newFigure(limit(m.d)) }
func (m htmlMetric) Noise() figure  { return newFigure(noise(m.c, m.d)) }
func (m htmlMetric) Sees() figure   { return newFigure(size(m.d, m.d.Seen)) }

func (m htmlMetric) Interval() string { return typeset(clean(interval(m.d))) }
func (m htmlMetric) Forest() *drawing { return forest(m.d) }

// Rule is the sentence that decided, or says what would.
func (m htmlMetric) Rule() string { return clean(m.d.Rule) }

// Values draws those of the blocks, and Changes by how much they differ.
func (m htmlMetric) Values() *drawing  { return blockPlot(m.d) }
func (m htmlMetric) Changes() *drawing { return changePlot(m.d) }

func (m htmlMetric) Workings() []fact { return cleanFacts(workings(m.c, m.d)) }

// InUnit names the unit of the blocks' values.
func (m htmlMetric) InUnit() string { return clean(inUnit(m.d.Unit)) }

// A htmlBlock is a row of the table of blocks.
type htmlBlock struct {
	Block         int
	Base, Head, D string
}

func (m htmlMetric) Blocks() []htmlBlock {
	e := &m.d.Explain
	all := make([]htmlBlock, len(e.Blocks))
	for i, block := range e.Blocks {
		all[i] = htmlBlock{block, exact(e.Base[i]), exact(e.Head[i]), typeset(strings.TrimPrefix(worsening(e.Change[i]), "+"))}
	}
	return all
}
