package report

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// A changeView is a change point as it is written in tables and plots.
type changeView struct {
	Metric, Size, From, To, P string
	Before, After, Title      string // commits, and the latter's title
	Worse, Scatter            bool
}

// Mark is how the change shows, and Tone the class of the page's style.
func (v changeView) Mark() string { return changeLook(v.Worse, v.Scatter).symbol }
func (v changeView) Tone() string { return newBadge(changeLook(v.Worse, v.Scatter)).Tone }

func changeViews(t *compare.Trend, m *compare.MetricTrend) (views []changeView) {
	for _, l := range m.Lines {
		for _, c := range l.Changes {
			views = append(views, newChangeView(t, m, c))
		}
	}
	return views
}

func newChangeView(t *compare.Trend, m *compare.MetricTrend, c compare.Change) changeView {
	return changeView{
		Metric: clean(m.Key.String()), Size: clean(bench.FormatSigned(m.Scale, m.Unit, c.Size)),
		From: clean(m.Unit.Format(c.From)), To: clean(m.Unit.Format(c.To)), P: fmt.Sprintf("%.2g", c.P),
		Before: clean(t.Commits[c.Before].String()), After: clean(t.Commits[c.After].String()), Title: clean(t.Commits[c.After].Title), Worse: c.Worse, Scatter: c.Scatter,
	}
}

// changes writes the change points of all metrics, metric by metric.
func (p *page) changes(t *compare.Trend) {
	var table table
	table.add(dim, "  metric", "change", "before", "after", "p", "commits")
	titles := []string{""} // by row
	for i := range t.Metrics {
		for _, v := range changeViews(t, &t.Metrics[i]) {
			addTrendChange(&table, v)
			titles = append(titles, v.Title)
		}
	}
	if len(titles) == 1 {
		return
	}
	p.addTitles(&table, titles)
	p.WriteByte('\n')
	p.table(table)
	p.WriteByte('\n')
	p.paragraph(dim, "  p        ", meansP(t))
	if _, _, scatter := t.Changes(); scatter > 0 {
		p.paragraph(dim, "  ~        ", meansScatter)
	}
	p.paragraph(dim, "  commits  ", "the last before the change .. the first after it, with its title: "+madeBy)
}

// meansScatter says what a change of the scatter is.
const meansScatter = "the points differ more or less from each other than before, and their level may be what it was"

// madeBy says which commit a change is of.
const madeBy = "one of the commits after the former, up to the latter, probably made the change, or one near it"

func addTrendChange(table *table, v changeView) {
	l := changeLook(v.Worse, v.Scatter)
	row := table.add(plain, l.symbol+" "+v.Metric, v.Size, v.From, v.To, v.P, v.Before+".."+v.After)
	row[0].style, row[1].style = l.style, l.style
}

// addTitles ends each row with as much of its title as the page has room for.
func (p *page) addTitles(t *table, titles []string) {
	room := p.width - t.width() - gap
	for i, title := range titles {
		if p.width > 0 {
			title = runewidth.Truncate(title, max(room, 0), "…")
		}
		if cells := t.rows[i]; title != "" {
			cells[len(cells)-1].text += strings.Repeat(" ", gap) + title
		}
	}
}

// meansP says what p is.
func meansP(t *compare.Trend) string {
	return fmt.Sprintf("the share of %d orders of the commits, their own among them, in which a metric changes at least as much somewhere", t.Shuffles+1)
}
