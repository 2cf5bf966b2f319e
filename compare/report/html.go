package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

var (
	//go:embed html/report.html
	htmlText string
	//go:embed html/style.css
	htmlStyle string

	htmlPage = template.Must(template.New("report").Parse(htmlText))
)

// HTML writes a comparison as one file that asks for nothing else, runs no
// script and, by its Content-Security-Policy, could not.
func HTML(w io.Writer, c *compare.Comparison) error {
	var page bytes.Buffer
	if err := htmlPage.Execute(&page, htmlReport{c}); err != nil {
		return fmt.Errorf("comparison %s: %v", c.ID, err)
	}
	_, err := page.WriteTo(w)
	return err
}

// A htmlReport is a comparison as the page asks for its parts.
type htmlReport struct{ c *compare.Comparison }

// Policy allows the page its own style and nothing else.
func (r htmlReport) Policy() string { return policy(htmlStyle) }

// policy allows a page that style and nothing else.
func policy(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; img-src data:; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// Style is the text that Policy has the sum of.
func (r htmlReport) Style() template.CSS { return template.CSS(htmlStyle) }

func (r htmlReport) Badge() badge { return newBadge(lookOf(r.c.Verdict)) }

// Reason is the one that decided.
func (r htmlReport) Reason() string { return clean(reason(r.c)) }

// How many of a list of sentences are shown before the rest is folded.
const sentencesShown = 5

// More are the reasons after the first.
func (r htmlReport) More() folded {
	if len(r.c.Reasons) == 0 {
		return folded{}
	}
	return fold(r.c.Reasons[1:])
}

func (r htmlReport) Warnings() folded { return fold(r.c.Warnings) }
func (r htmlReport) Notes() folded    { return fold(r.c.Notes) }

func (r htmlReport) Logs() []string { return r.c.Logs }
func (r htmlReport) Facts() []fact  { return cleanFacts(facts(r.c)) }

// Method says how the verdict is made, and Candidates of which runs.
func (r htmlReport) Method() []fact     { return decided(r.c) }
func (r htmlReport) Candidates() []fact { return cleanFacts(candidates(r.c)) }

// Tally counts the metrics by their verdicts, in the order of the table.
func (r htmlReport) Tally() (all []tally) {
	for _, m := range r.Metrics() {
		b := m.Badge()
		if last := len(all) - 1; last >= 0 && all[last].Badge == b {
			all[last].Count++
		} else {
			all = append(all, tally{b, 1})
		}
	}
	return all
}

// Confidence is that of the intervals.
func (r htmlReport) Confidence() string { return confidence(r.c) }

func (r htmlReport) NoiseMeans() string { return noiseMeans(r.c) }
func (r htmlReport) Sees() string       { return seesMeans }

// Version is that of the perfcheck that measured.
func (r htmlReport) Version() string { return clean(r.c.Host.Perfcheck) }
func (r htmlReport) ID() string      { return clean(r.c.ID) }

// metricsOpen is how many metrics are unfolded at first, at most: of those that
// need a decision.
const metricsOpen = 5

// Metrics are all, what needs a decision first.
func (r htmlReport) Metrics() []htmlMetric {
	deltas := ordered(r.c.Deltas)
	all := make([]htmlMetric, len(deltas))
	for i, d := range deltas {
		open := i < metricsOpen && d.Gated && (d.Verdict == compare.Regression || d.Verdict == compare.Inconclusive)
		all[i] = htmlMetric{r.c, d, fmt.Sprintf("m%d", i+1), open}
	}
	return all
}

// A badge is a look whose tone the style sheet knows.
type badge struct{ Symbol, Word, Tone string }

func newBadge(l look) badge {
	tones := map[style]string{red: "bad", yellow: "doubt", green: "good"}
	return badge{l.symbol, l.word, tones[l.style]}
}

// A tally counts the metrics of one badge.
type tally struct {
	Badge badge
	Count int
}

func (t tally) Text() string {
	switch word := t.Badge.Word; word {
	case "regression", "improvement":
		return bench.Count(t.Count, word)
	default:
		return fmt.Sprintf("%d %s", t.Count, word)
	}
}

// A folded list shows its beginning.
type folded struct{ Shown, Rest []string }

func fold(sentences []string) folded {
	all := make([]string, len(sentences))
	for i, s := range sentences {
		all[i] = clean(s)
	}
	n := min(len(all), sentencesShown)
	return folded{all[:n], all[n:]}
}

// A figure is a number in a column, parted where its decimals begin, so that
// those of all rows can stand below one another.
type figure struct{ Whole, Rest string }

func newFigure(text string) figure {
	text = typeset(clean(text))
	if i := strings.IndexAny(text, ". "); i >= 0 {
		return figure{text[:i], text[i:]}
	}
	return figure{Whole: text}
}

// typeset writes a minus as wide as a plus.
func typeset(number string) string { return strings.ReplaceAll(number, "-", "−") }
