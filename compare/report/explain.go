package report

import (
	"fmt"
	"strconv"

	"github.com/perfcheck/perfcheck/compare"
)

// explain writes, for each metric, what one needs to redo it by hand.
func (p *page) explain(c *compare.Comparison) {
	if len(c.Deltas) == 0 {
		return
	}
	p.WriteByte('\n')
	if c.Exchanges > 0 {
		p.paragraph(bold, "How it was decided: ", method(c))
	}
	for _, d := range ordered(c.Deltas) {
		p.WriteByte('\n')
		l := lookOf(d.Verdict)
		p.paragraph(l.style, l.symbol+" "+label(c, d)+": ", d.Rule)
		p.explainDelta(c, d)
	}
}

func method(c *compare.Comparison) string {
	kind := fmt.Sprintf("all %d", c.Exchanges)
	if c.Sampled {
		kind = fmt.Sprintf("a sample of %d (seed %d) of the", c.Exchanges, c.Seed)
	}
	return fmt.Sprintf("U of head's against base's values, centred per block, under %s exchanges of the arms within blocks. "+
		"A regression needs an adjusted one-sided p of at most %s and a change beyond the limit, "+
		"a pass an interval that ends before the limit.", kind, probability(c.Level))
}

func (p *page) explainDelta(c *compare.Comparison, d *compare.Delta) {
	e := &d.Explain
	if d.Blocks == 0 {
		return
	}
	p.field("change", fmt.Sprintf("%s, %s interval %s, limit %s", change(d), confidence(c), interval(d), limit(d)))
	p.field("test", fmt.Sprintf("U = %s, %d of %d exchanges at least as extreme, p = %s alone and %s adjusted",
		strconv.FormatFloat(e.U, 'g', -1, 64), e.Extreme, c.Exchanges, probability(e.PSingle), probability(d.P)))
	if e.LeftOut != "" {
		p.field("left out", e.LeftOut)
	}
	if len(e.Blocks) == 0 {
		return
	}
	var t table
	t.add(dim, "block", "base", "head", "D")
	for i, block := range e.Blocks {
		t.add(plain, strconv.Itoa(block), value(d.Unit, e.Base[i]), value(d.Unit, e.Head[i]), fmt.Sprintf("%+.4f", e.Change[i]))
	}
	p.table(t)
}

// probability keeps small ones apart: 0.00024, not 0.000.
func probability(p float64) string { return strconv.FormatFloat(p, 'g', 2, 64) }
