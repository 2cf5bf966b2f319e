package report

import (
	"fmt"
	"strconv"

	"github.com/perfcheck/perfcheck/compare"
)

// explain writes, for each metric, what one needs to redo it by hand.
func (p *page) explain(c *compare.Comparison) {
	p.WriteByte('\n')
	kind := "all"
	if c.Sampled {
		kind = "a seeded sample of"
	}
	p.paragraph(bold, "How it was decided: ", fmt.Sprintf(
		"U of head's against base's values, centred per block, under %s %d exchanges of the arms within blocks (seed %d); "+
			"a regression needs an adjusted one-sided p of at most %s and a change beyond the limit; "+
			"a pass needs the whole interval on the good side of the limit",
		kind, c.Exchanges, c.Seed, probability(c.Level)))
	for _, d := range ordered(c.Deltas) {
		p.WriteByte('\n')
		l := lookOf(d.Verdict)
		p.paragraph(l.style, l.symbol+" "+label(c, d)+": ", d.Rule)
		p.explainDelta(c, d)
	}
}

func (p *page) explainDelta(c *compare.Comparison, d *compare.Delta) {
	e := &d.Explain
	p.field("change", fmt.Sprintf("%s, %s interval %s, limit %s", change(d, d.Shift), percent(c.Confidence*100), interval(d), threshold(d)))
	p.field("test", fmt.Sprintf("U %s; %d of %d exchanges at least as extreme; p %s alone, %s adjusted",
		digits(e.U), e.Extreme, c.Exchanges, probability(e.PSingle), probability(d.P)))
	if e.LeftOut != "" {
		p.field("left out", e.LeftOut)
	}
	if len(e.Blocks) == 0 {
		return
	}
	var t table
	t.add(dim, "block", "base", "head", "", "D")
	for i, block := range e.Blocks {
		t.add(plain, strconv.Itoa(block), value(d.Unit, e.Base[i]), value(d.Unit, e.Head[i]), "", fmt.Sprintf("%+.4f", e.Change[i]))
	}
	p.table(t)
}

// probability keeps small ones apart: 0.00024, not 0.000.
func probability(p float64) string { return strconv.FormatFloat(p, 'g', 2, 64) }
