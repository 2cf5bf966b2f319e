package report

import (
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"

	"github.com/perfcheck/perfcheck/compare"
)

// A style is a Select Graphic Rendition parameter of ECMA-48.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "1;31"
	green  style = "1;32"
	yellow style = "1;33"
)

// A page collects the text of a report for a terminal. All text passes through
// paint, which takes from it what a terminal would obey.
type page struct {
	strings.Builder
	color bool
	width int // columns; 0 is as many as it takes
}

func (p *page) paint(s style, text string) {
	text = clean(text)
	if p.color && s != plain && text != "" {
		text = "\x1b[" + string(s) + "m" + text + "\x1b[0m"
	}
	p.WriteString(text)
}

func (p *page) line(s style, text string) {
	p.paint(s, text)
	p.WriteByte('\n')
}

// clean drops control and invisible formatting characters, which could colour,
// overwrite or reorder what stands around them; white space becomes a blank.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.C, r), unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// The further lines of a paragraph are indented to the end of its lead, or by
// shortIndent where that is beyond maxIndent.
const (
	maxIndent   = 24
	shortIndent = 4
)

// paragraph writes lead and then text, broken between words to the width of
// the page.
func (p *page) paragraph(s style, lead, text string) {
	p.paint(s, lead)
	column := runewidth.StringWidth(clean(lead))
	indent := column
	if indent > maxIndent {
		indent = shortIndent
	}
	for i, word := range strings.Fields(clean(text)) {
		w := runewidth.StringWidth(word)
		switch {
		case i == 0:
		case p.width > 0 && column+1+w > p.width:
			p.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			p.WriteByte(' ')
			column++
		}
		p.paint(plain, word)
		column += w
	}
	p.WriteByte('\n')
}

// A look is how a verdict shows: its symbol can be told without its colour.
type look struct {
	symbol, word string
	style        style
}

func lookOf(v compare.Verdict) look {
	switch v {
	case compare.Pass:
		return look{"✓", "pass", green}
	case compare.Improvement:
		return look{"▲", "improvement", green}
	case compare.Regression:
		return look{"✗", "regression", red}
	case compare.Inconclusive:
		return look{"?", "inconclusive", yellow}
	case compare.Invalid:
		return look{"!", "invalid", red}
	case compare.Skipped:
		return look{"»", "skipped", dim}
	}
	return look{"–", "not judged", dim}
}

// lookOfDelta is that of a metric's own verdict.
func lookOfDelta(d *compare.Delta) look {
	l := lookOf(d.Verdict)
	switch {
	case !d.Gated && hasGate(d) && d.Blocks == 0:
		return lookOf("") // nothing was there to judge
	case !d.Gated:
		return look{"·", "not gated", dim}
	case d.Verdict == compare.Inconclusive:
		l.word = "undecided"
	}
	return l
}
