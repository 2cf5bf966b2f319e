package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// A metric's chart takes so many columns at most, and on a narrow page at least.
const (
	historyWidth = 60
	minHistory   = 16
)

// Trend writes a trend for a terminal: in the first line how often it changed,
// then a chart of each metric, then the changes. Explain is ignored.
func Trend(w io.Writer, t *compare.Trend, o TextOptions) error {
	p := &page{color: o.Color, width: o.Width}
	l := trendLook(t)
	p.paragraph(l.style, l.symbol+" ", l.word)
	p.WriteByte('\n')
	for _, f := range trendFacts(t) {
		p.field(f.Name, f.Text)
	}
	for i := range t.Stretches {
		name := ""
		if i == 0 {
			name = "host"
		}
		p.field(name, stretchText(t, i))
	}
	p.charts(t)
	p.changes(t)
	p.remarks(trendRemarks(t))
	_, err := io.WriteString(w, p.String())
	return err
}

// TrendJSON writes a trend in its stable form, indented.
func TrendJSON(w io.Writer, t *compare.Trend) error {
	return writeJSON(w, "trend of "+t.Profile, t)
}

// trendLook is how a trend shows; its word says how often it changed, and whose it is.
func trendLook(t *compare.Trend) look {
	of := fmt.Sprintf(": profile %s on %s", t.Profile, t.Branch)
	worse, better, scatter := t.Changes()
	var words []string
	add := func(n int, what string) {
		if n > 0 {
			words = append(words, bench.Count(n, "change")+what)
		}
	}
	add(worse, " for the worse")
	add(better, " for the better")
	add(scatter, " of the scatter")
	word := strings.Join(words, ", ") + of
	switch {
	case !anyLine(t, func(l *compare.Line) bool { return !l.Few }):
		return look{"–", fmt.Sprintf("too few commits for a trend, which takes %d that were measured alike", compare.MinPoints) + of, dim}
	case worse > 0:
		return look{"✗", word, red}
	case better > 0:
		return look{"▲", word, green}
	case scatter > 0:
		return look{"~", word, yellow}
	default:
		return look{"✓", "no change" + of, green}
	}
}

// anyLine says whether any line of any metric is so.
func anyLine(t *compare.Trend, is func(*compare.Line) bool) bool {
	for _, m := range t.Metrics {
		for i := range m.Lines {
			if is(&m.Lines[i]) {
				return true
			}
		}
	}
	return false
}

func trendFacts(t *compare.Trend) (facts []fact) {
	if len(t.Commits) > 0 {
		facts = append(facts, fact{"from", subject(t.Commits[0])}, fact{"to", subject(t.Commits[len(t.Commits)-1])})
	}
	return append(facts, fact{"measured", measuredRuns(t)})
}

// stretchText says where a stretch was measured, and what sets it apart from
// the one before.
func stretchText(t *compare.Trend, i int) string {
	s := &t.Stretches[i]
	text := fmt.Sprintf("%s, %s", host(s.Host, s.Service), bench.Count(s.Runs, "run"))
	if len(t.Stretches) > 1 {
		text = stretchName(i) + ": " + text
	}
	if len(s.Differs) > 0 {
		text += "; other than before: " + strings.Join(s.Differs, ", ")
	}
	return text
}

// stretchName tells stretches apart: A, B, … Z, A2, …
func stretchName(i int) string {
	name := string(rune('A' + i%26))
	if i >= 26 {
		name += fmt.Sprint(i/26 + 1)
	}
	return name
}

// measuredRuns counts what the trend is made of, and what is not in it.
func measuredRuns(t *compare.Trend) string {
	text := fmt.Sprintf("%s in %s", bench.Count(len(t.Commits), "commit"), bench.Count(t.Runs, "run"))
	for i, l := range t.LeftOut {
		lead := "; left out: "
		if i > 0 {
			lead = ", "
		}
		text += fmt.Sprintf("%s%d %s", lead, l.Runs, l.Why)
	}
	return text
}

// charts writes one row for each metric, of which each stretch is a part.
func (p *page) charts(t *compare.Trend) {
	var table table
	table.add(dim, "  metric", "now", "least", "most", "history")
	for i := range t.Metrics {
		addHistory(&table, &t.Metrics[i])
	}
	width := historyWidth
	if p.width > 0 {
		width = max(minHistory, min(width, p.width-table.width()))
	}
	for i := range t.Metrics {
		if row := table.rows[1+i]; len(t.Metrics[i].Lines) > 0 {
			row[len(row)-1].text = sparklines(&t.Metrics[i], width)
		}
	}
	p.WriteByte('\n')
	p.table(table)
	p.WriteByte('\n')
	text := fmt.Sprintf("each column is a commit or several; from bottom to top are %g %% at least", 100*leastSpan)
	if len(t.Stretches) > 1 {
		text += "; a bar parts what was not measured alike and is charted each for itself; now, least and most are of the newest"
	}
	p.paragraph(dim, "  history  ", text)
}

// addHistory writes a metric's row, but for its chart.
func addHistory(t *table, m *compare.MetricTrend) {
	if len(m.Lines) == 0 {
		t.add(dim, "· "+m.Key.String(), none, none, none, none)
		return
	}
	l := metricLook(m)
	points := newest(m).Points
	least, most := extremes(points)
	row := t.add(plain, l.symbol+" "+m.Key.String(), m.Unit.Format(points[len(points)-1].Value), m.Unit.Format(least), m.Unit.Format(most), "")
	row[0].style = l.style
}

// newest returns the line that has the newest commit.
func newest(m *compare.MetricTrend) *compare.Line {
	last := func(l *compare.Line) int { return l.Points[len(l.Points)-1].Commit }
	newest := &m.Lines[0]
	for i := range m.Lines {
		if last(&m.Lines[i]) >= last(newest) {
			newest = &m.Lines[i]
		}
	}
	return newest
}

// metricLook is that of the change that says the most, or shows that none could be told.
func metricLook(m *compare.MetricTrend) look {
	l := look{symbol: " "}
	if fewAll(m) {
		l = look{symbol: "–", style: dim}
	}
	for _, line := range m.Lines {
		for _, c := range line.Changes {
			switch found := changeLook(c.Worse, c.Scatter); {
			case c.Worse:
				return found
			case !c.Scatter || l.symbol == " ":
				l = found
			}
		}
	}
	return l
}

// fewAll says whether a metric has too few points in every stretch.
func fewAll(m *compare.MetricTrend) bool {
	return !slices.ContainsFunc(m.Lines, func(l compare.Line) bool { return !l.Few })
}

// changeLook is how a change point shows.
func changeLook(worse, scatter bool) look {
	switch {
	case worse:
		return look{symbol: "✗", style: red}
	case scatter:
		return look{symbol: "~", style: yellow}
	default:
		return look{symbol: "▲", style: green}
	}
}

func extremes(points []compare.Point) (least, most float64) {
	least, most = points[0].Value, points[0].Value
	for _, p := range points {
		least, most = min(least, p.Value), max(most, p.Value)
	}
	return least, most
}

// trendRemarks says of which metrics and stretches nothing, or not all, is known.
func trendRemarks(t *compare.Trend) (warnings, notes []string) {
	if short := fewPoints(t); short != "" {
		warnings = append(warnings, short)
	}
	if chance := byChance(t); chance != "" {
		notes = append(notes, chance)
	}
	for i := range t.Metrics {
		m := &t.Metrics[i]
		if len(m.Lines) > 0 && fewAll(m) && tries(t) > 0 {
			notes = append(notes, fmt.Sprintf("%s has too few points, fewer than %d that were measured alike, to tell a change", m.Key, compare.MinPoints))
		}
		switch {
		case m.Why == "":
		case len(m.Lines) == 0:
			notes = append(notes, fmt.Sprintf("%s has no value: %s", m.Key, m.Why))
		default:
			notes = append(notes, fmt.Sprintf("%s has no value in some runs: %s", m.Key, m.Why))
		}
	}
	return warnings, notes
}

// tries counts the series in which a change was looked for.
func tries(t *compare.Trend) (n int) {
	for i := range t.Metrics {
		for _, l := range t.Metrics[i].Lines {
			if !l.Few {
				n++
			}
		}
	}
	return n
}

// byChance says how often a change shows where there is none; nothing where none
// was looked for.
func byChance(t *compare.Trend) string {
	n := tries(t)
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d series were looked at, each a metric in a stretch, and %s of those without a change show one by chance",
		n, bench.FormatChange(bench.Ratio, "", t.Level))
}

// fewPoints names the stretches in which no change could be told, where there
// are others in which it could.
func fewPoints(t *compare.Trend) string {
	if len(t.Stretches) < 2 {
		return ""
	}
	var names []string
	for i := range t.Stretches {
		enough := anyLine(t, func(l *compare.Line) bool { return l.Stretch == i && !l.Few })
		if !enough {
			names = append(names, stretchName(i))
		}
	}
	if len(names) == 0 || len(names) == len(t.Stretches) {
		return ""
	}
	return fmt.Sprintf("too few commits, fewer than %d, to tell a change in %s", compare.MinPoints, strings.Join(names, ", "))
}
