package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/perfcheck/perfcheck/compare"
)

// maxHeadline is how many characters GitHub takes for the description of a status.
const maxHeadline = 140

// Headline says the main thing of a comparison in one line of plain text of at
// most 140 characters: "regression: p50 of list products +44 % (+38.7 % to
// +50.4 %), limit +5 %; 3 more".
func Headline(c *compare.Comparison) string {
	lead := lookOf(c.Verdict).word
	told := c.Told()
	switch {
	case len(told) > 0:
		return headlineOf(c, &told[0], len(told)-1)
	case len(c.Reasons) == 0:
		return lead
	}
	return shorten(oneLine(lead+": "+c.Reasons[0]), maxHeadline)
}

// headlineOf speaks of one metric. Its name is shortened so that the numbers fit.
func headlineOf(c *compare.Comparison, d *compare.Delta, more int) string {
	lead := lookOf(c.Verdict).word + ": "
	if manyProfiles(c) {
		lead += shorten(d.Profile, maxName/3) + ": "
	}
	lead += d.Metric
	numbers := fmt.Sprintf(" %s (%s), limit %s", change(d), interval(d), limit(d))
	if more > 0 {
		numbers += fmt.Sprintf("; %d more", more)
	}
	lead, numbers = oneLine(lead), " "+oneLine(numbers)
	if d.Step != "" {
		lead += " of "
		room := maxHeadline - utf8.RuneCountInString(lead+numbers)
		lead += shorten(oneLine(d.Step), max(room, chartLabel))
	}
	return shorten(lead+numbers, maxHeadline)
}

func oneLine(text string) string { return strings.Join(strings.Fields(clean(text)), " ") }
