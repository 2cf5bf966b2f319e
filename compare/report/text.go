package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// TextOptions say how a report looks on a terminal.
type TextOptions struct {
	Color   bool // ANSI colours
	Width   int  // columns; 0 breaks no line
	Explain bool // all metrics, each with what one needs to redo it by hand
}

// maxRows is how long the table may grow by metrics that pass, unless all are
// asked for.
const maxRows = 12

// Text writes a comparison for a terminal: the verdict in the first line, what
// was compared, one table of the metrics, and what casts doubt on it.
func Text(w io.Writer, c *compare.Comparison, o TextOptions) error {
	p := &page{color: o.Color, width: o.Width}
	p.verdict(c)
	p.WriteByte('\n')
	p.compared(c)
	p.deltas(c, o.Explain)
	p.list(yellow, "?", needs(c))
	p.targets("  ", targets(c))
	p.list(yellow, "↻", again(c))
	p.accepted(c)
	p.remarks(c.Warnings, c.Notes)
	if o.Explain {
		p.titled("Which runs were taken", candidates(c))
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
	all := facts(c)
	if text := logs(c); text != "" {
		all = append(all, fact{"logs", text})
	}
	if c.ID != "" {
		all = append(all, fact{"id", c.ID})
	}
	p.facts(all)
}

// titled writes facts below their title, and nothing where there are none.
func (p *page) titled(title string, all []fact) {
	if len(all) > 0 {
		p.WriteByte('\n')
		p.line(bold, title)
		p.facts(all)
	}
}

func (p *page) facts(all []fact) {
	for _, f := range all {
		p.field(f.Name, f.Text)
	}
}

// measurement says how much was measured, in which time, and when; of stored runs
// when they were judged.
func measurement(c *compare.Comparison) string {
	text := judged(c.Blocks, c.Invalid)
	if c.Apart {
		text += " on each side, apart"
		if c.Sessions > 0 {
			text += ", beside " + bench.Count(c.Sessions, "earlier session")
		}
	}
	text += took(c.Elapsed) + ", "
	if len(c.Candidates) > 0 {
		text += "judged "
	}
	return text + timestamp(c.Created)
}

// judged counts blocks.
func judged(valid, invalid int) string {
	text := bench.Count(valid, "block") + " judged"
	if invalid > 0 {
		text += fmt.Sprintf(" and %d invalid", invalid)
	}
	return text
}

func (p *page) field(name, text string) {
	p.paragraph(dim, fmt.Sprintf("  %-10s", name), text)
}

// The columns of the table of metrics that a narrow page goes without.
const (
	noiseColumn = 6
	seesColumn  = 7
)

// deltas writes the table of metrics; unless all are asked for, most of what
// passes is counted and what is not gated is left out while it has not changed.
func (p *page) deltas(c *compare.Comparison, all bool) {
	shown, hidden := selection(c, all)
	if len(shown) == 0 {
		return
	}
	var t table
	t.add(dim, "  metric", "base", "head", "change", confidence(c)+" interval", "limit", "noise", "sees", "verdict")
	for _, d := range shown {
		addDelta(&t, c, d)
	}
	narrow := p.width > 0 && t.width() > p.width
	if narrow {
		t.drop(noiseColumn, seesColumn)
	}
	p.WriteByte('\n')
	p.table(t)
	if hidden > 0 {
		p.line(dim, fmt.Sprintf("  ✓ %d more pass; --explain shows them", hidden))
	}
	if !narrow {
		p.WriteByte('\n')
		p.paragraph(dim, "  noise  ", noiseMeans(c))
		p.paragraph(dim, "  sees   ", seesMeans)
	}
}

const seesMeans = "the smallest change that would have been called in 4 of 5 such comparisons"

func noiseMeans(c *compare.Comparison) string {
	if c.Apart {
		return "how much the earlier sessions scatter"
	}
	return "how much the change scatters from block to block"
}

// selection returns the deltas to show, in order, and how many passes are not
// among them.
func selection(c *compare.Comparison, all bool) (shown []*compare.Delta, hidden int) {
	for _, d := range ordered(c.Deltas) {
		switch {
		case all:
		case !d.Gated && !changed(d):
			continue
		case d.Gated && d.Verdict == compare.Pass && len(shown) >= maxRows:
			hidden++
			continue
		}
		shown = append(shown, d)
	}
	return shown, hidden
}

func confidence(c *compare.Comparison) string {
	return bench.FormatChange(bench.Ratio, "", c.Confidence)
}

func addDelta(t *table, c *compare.Comparison, d *compare.Delta) {
	l := lookOfDelta(d)
	row := t.add(plain, l.symbol+" "+label(c, d), value(d, d.Base), value(d, d.Head),
		change(d), interval(d), limit(d), noise(c, d), size(d, d.Seen), l.word)
	row[len(row)-1].style = l.style
	if d.Verdict != compare.Pass {
		row[0].style, row[3].style = l.style, l.style
	}
}

// needs say of each undecided metric what would decide it.
func needs(c *compare.Comparison) (all []fact) {
	for _, d := range ordered(c.Deltas) {
		if text := c.Needs(d); text != "" {
			all = append(all, fact{label(c, d), text})
		}
	}
	return all
}

// list writes facts behind a mark, each in a paragraph.
func (p *page) list(s style, mark string, all []fact) {
	if len(all) > 0 {
		p.WriteByte('\n')
	}
	for _, f := range all {
		p.paragraph(s, "  "+mark+" "+f.Name+": ", f.Text)
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
