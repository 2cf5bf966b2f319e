package report

import (
	"bytes"
	_ "embed" // the page and what its style has beside that of reports
	"fmt"
	"html/template"
	"io"

	"github.com/perfcheck/perfcheck/compare"
)

var (
	//go:embed html/trend.html
	trendSource string
	//go:embed html/trend.css
	trendStyle string

	// The page has the parts of that of reports, and its style.
	trendPage = template.Must(template.Must(htmlPage.Clone()).New("trend").Parse(trendSource))
)

// TrendHTML writes a trend as one file that asks for nothing else and runs no
// script: a plot of each metric, and a table of the changes.
func TrendHTML(w io.Writer, t *compare.Trend) error {
	var page bytes.Buffer
	if err := trendPage.Execute(&page, htmlTrend{t}); err != nil {
		return fmt.Errorf("trend of %s: %v", t.Profile, err)
	}
	_, err := page.WriteTo(w)
	return err
}

// A htmlTrend is a trend as the page asks for its parts.
type htmlTrend struct{ t *compare.Trend }

// Policy allows the page its own style and nothing else.
func (h htmlTrend) Policy() string { return policy(htmlStyle + trendStyle) }

// Style is the text that Policy has the sum of.
func (h htmlTrend) Style() template.CSS { return template.CSS(htmlStyle + trendStyle) }

// Badge has the headline for its word.
func (h htmlTrend) Badge() badge {
	l := trendLook(h.t)
	l.word = clean(l.word)
	return newBadge(l)
}

func (h htmlTrend) Facts() []fact { return cleanFacts(trendFacts(h.t)) }

func (h htmlTrend) Warnings() folded {
	warnings, _ := trendRemarks(h.t)
	return fold(warnings)
}

func (h htmlTrend) Notes() folded {
	_, notes := trendRemarks(h.t)
	return fold(notes)
}

func (h htmlTrend) MeansP() string { return meansP(h.t) }
func (h htmlTrend) MadeBy() string { return madeBy }

// MeansScatter explains changes of the scatter, where there are any.
func (h htmlTrend) MeansScatter() string {
	if _, _, scatter := h.t.Changes(); scatter == 0 {
		return ""
	}
	return meansScatter
}

func (h htmlTrend) Created() string { return timestamp(h.t.Created) }

// Changes are those of all metrics.
func (h htmlTrend) Changes() (all []changeView) {
	for i := range h.t.Metrics {
		all = append(all, changeViews(h.t, &h.t.Metrics[i])...)
	}
	return all
}

func (h htmlTrend) Plots() (all []trendPlot) {
	for i := range h.t.Metrics {
		all = append(all, newTrendPlot(h.t, &h.t.Metrics[i]))
	}
	return all
}

// A stretchView is a row of the page's legend.
type stretchView struct {
	Class, Mark, Text string
}

// The page's style has so many colours for stretches. Those beyond have the same
// once more, with rings for points; and where that does not do, each point's title
// names its stretch.
const stretchColors = 4

// stretchClass is that of a stretch in the page's style, and mark that of its
// points in the legend.
func stretchClass(i int) (class, mark string) {
	class = fmt.Sprintf("stretch-%d", i%stretchColors)
	if i/stretchColors%2 == 1 {
		return class + " ring", "○"
	}
	return class, "●"
}

func (h htmlTrend) Stretches() (views []stretchView) {
	for i := range h.t.Stretches {
		class, mark := stretchClass(i)
		views = append(views, stretchView{class, mark, clean(stretchText(h.t, i))})
	}
	return views
}
