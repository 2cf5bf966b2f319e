package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/perfcheck/perfcheck/compare"
)

// TextOptions say how a report looks on a terminal.
type TextOptions struct {
	Color   bool // ANSI colours
	Width   int  // columns; 0 breaks no line
	Explain bool // all metrics, each with what one needs to redo it by hand
}

// maxPasses is how many metrics that pass are shown unless all are asked for.
const maxPasses = 8

// Text writes a comparison for a terminal: the verdict in the first line, what
// was compared, one table of the metrics, and what casts doubt on it.
func Text(w io.Writer, c *compare.Comparison, o TextOptions) error {
	p := &page{color: o.Color, width: o.Width}
	p.verdict(c)
	p.WriteByte('\n')
	p.compared(c)
	p.deltas(c, o.Explain)
	p.undecided(c)
	p.remarks(c.Warnings, c.Notes)
	if o.Explain {
		p.explain(c)
	}
	_, err := io.WriteString(w, p.String())
	return err
}

func (p *page) verdict(c *compare.Comparison) {
	l := lookOf(c.Verdict)
	lead := l.symbol + " " + strings.ToUpper(l.word)
	if len(c.Reasons) == 0 {
		p.line(l.style, lead)
		return
	}
	p.paragraph(l.style, lead+": ", c.Reasons[0])
	for _, reason := range c.Reasons[1:] {
		p.paragraph(plain, "  ", reason)
	}
}

func (p *page) compared(c *compare.Comparison) {
	p.field("base", subject(c.Base))
	p.field("head", subject(c.Head))
	if !manyProfiles(c) && len(c.Deltas) > 0 {
		p.field("profile", c.Deltas[0].Profile)
	}
	blocks := count(c.Blocks, "block") + " judged"
	if c.Invalid > 0 {
		blocks += fmt.Sprintf(", %d invalid", c.Invalid)
	}
	measured := blocks + " in " + elapsed(c.Elapsed)
	if !c.Created.IsZero() {
		measured += ", " + c.Created.UTC().Format("2006-01-02 15:04 UTC")
	}
	p.field("measured", measured)
	if c.Host.CPU != "" {
		p.field("host", host(c.Host, c.Service))
	}
}

func (p *page) field(name, text string) {
	p.paragraph(dim, fmt.Sprintf("  %-10s", name), text)
}

// deltas writes the table of metrics; unless all are asked for, most of what
// passes is counted and what is not gated is left out while it has not changed.
func (p *page) deltas(c *compare.Comparison, all bool) {
	t := newDeltaTable(c)
	passes, hidden := 0, 0
	for _, d := range ordered(c.Deltas) {
		switch {
		case d.Gated && d.Verdict == compare.Pass:
			passes++
			if !all && passes > maxPasses {
				hidden++
				continue
			}
		case !d.Gated && !all && d.Verdict != compare.Regression && d.Verdict != compare.Improvement:
			continue
		}
		addDelta(&t, c, d)
	}
	if len(t.rows) == 1 {
		return
	}
	p.WriteByte('\n')
	p.table(t)
	if hidden > 0 {
		p.line(dim, fmt.Sprintf("  ✓ %d more pass; --explain shows them", hidden))
	}
	p.WriteByte('\n')
	p.paragraph(dim, "  noise  ", "how much one block's change scatters")
	p.paragraph(dim, "  sees   ", "the smallest change that would have been called in 4 of 5 such comparisons")
}

func newDeltaTable(c *compare.Comparison) table {
	var t table
	t.add(dim, "  metric", "base", "head", "change", percent(c.Confidence*100)+" interval", "limit", "noise", "sees", "verdict")
	return t
}

func addDelta(t *table, c *compare.Comparison, d *compare.Delta) {
	l := lookOf(d.Verdict)
	if !d.Gated {
		l = look{"·", l.word + " (not gated)", dim}
	}
	if d.Verdict == compare.Inconclusive && d.Gated {
		l.word = "undecided"
	}
	row := t.add(plain, l.symbol+" "+label(c, d), value(d.Unit, d.Base), value(d.Unit, d.Head),
		change(d, d.Shift), interval(d), threshold(d), limit(d, d.Spread), limit(d, d.Seen), l.word)
	row[len(row)-1].style = l.style
	if d.Gated && d.Verdict == compare.Pass {
		return
	}
	row[0].style, row[3].style = l.style, l.style
}

// undecided says of each undecided metric what would decide it.
func (p *page) undecided(c *compare.Comparison) {
	first := true
	for _, d := range ordered(c.Deltas) {
		if !d.Gated || d.Verdict != compare.Inconclusive {
			continue
		}
		if first {
			p.WriteByte('\n')
			first = false
		}
		text := "its change lies so close to the limit that no number of blocks would decide it"
		if d.NeedBlocks > 0 {
			text = fmt.Sprintf("about %s would decide it, %s in all", count(d.NeedBlocks, "block"), elapsed(d.NeedTime))
		}
		p.paragraph(yellow, "  ? "+label(c, d)+": ", text)
	}
}

func (p *page) remarks(warnings, notes []string) {
	if len(warnings)+len(notes) > 0 {
		p.WriteByte('\n')
	}
	for _, text := range warnings {
		p.paragraph(yellow, "  warning: ", text)
	}
	for _, text := range notes {
		p.paragraph(dim, "  note: ", text)
	}
}
