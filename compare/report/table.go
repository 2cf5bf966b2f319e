package report

import (
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

// A cell is a text and how it is painted.
type cell struct {
	text  string
	style style
}

// A table is written in columns as wide as their widest cell. The first row is
// its head, the first column is set left and so is the last; the others right.
type table struct {
	rows [][]cell
}

func (t *table) add(s style, texts ...string) []cell {
	row := make([]cell, len(texts))
	for i, text := range texts {
		row[i] = cell{clean(text), s}
	}
	t.rows = append(t.rows, row)
	return row
}

// The space before the table and between its columns.
const (
	margin = 2
	gap    = 2
)

// minLabel is the least that is left of the first column on a narrow page.
const minLabel = 12

func (p *page) table(t table) {
	widths := t.widths()
	if over := t.width() - p.width; p.width > 0 && over > 0 {
		widths[0] = max(widths[0]-over, min(widths[0], minLabel))
	}
	for _, row := range t.rows {
		p.WriteString(strings.Repeat(" ", margin))
		for i, c := range row {
			text := runewidth.Truncate(c.text, widths[i], "…")
			pad := strings.Repeat(" ", widths[i]-runewidth.StringWidth(text))
			switch i {
			case 0:
				p.paint(c.style, text)
				p.WriteString(pad)
			case len(row) - 1:
				p.WriteString(strings.Repeat(" ", gap))
				p.paint(c.style, text)
			default:
				p.WriteString(strings.Repeat(" ", gap) + pad)
				p.paint(c.style, text)
			}
		}
		p.WriteByte('\n')
	}
}

// drop removes columns.
func (t *table) drop(columns ...int) {
	for r, row := range t.rows {
		var kept []cell
		for i, c := range row {
			if !slices.Contains(columns, i) {
				kept = append(kept, c)
			}
		}
		t.rows[r] = kept
	}
}

// width returns how many columns of a terminal the table takes.
func (t *table) width() int {
	total := margin - gap
	for _, w := range t.widths() {
		total += w + gap
	}
	return total
}

func (t *table) widths() []int {
	widths := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, c := range row {
			widths[i] = max(widths[i], runewidth.StringWidth(c.text))
		}
	}
	return widths
}
