package report

import (
	"encoding/csv"
	"io"
	"math"
	"regexp"
	"strconv"
	"time"

	"github.com/perfcheck/perfcheck/compare"
)

// A csvColumn is one of a table of metrics for spreadsheets and scripts.
type csvColumn struct {
	name string
	cell func(*compare.Comparison, *compare.Delta) string
}

// csvColumns are stable: more may be added at the end. Where one has the name of a
// field of the JSON form, it holds the same, or nothing where that says nothing.
var csvColumns = []csvColumn{
	{"comparison", func(c *compare.Comparison, _ *compare.Delta) string { return plainCell(c.ID) }},
	{"created", func(c *compare.Comparison, _ *compare.Delta) string { return c.Created.UTC().Format(time.RFC3339) }},
	{"comparison_verdict", func(c *compare.Comparison, _ *compare.Delta) string { return plainCell(string(c.Verdict)) }},
	{"base_commit", func(c *compare.Comparison, _ *compare.Delta) string { return plainCell(c.Base.Commit) }},
	{"head_commit", func(c *compare.Comparison, _ *compare.Delta) string { return plainCell(c.Head.Commit) }},
	{"profile", func(_ *compare.Comparison, d *compare.Delta) string { return plainCell(d.Profile) }},
	{"step", func(_ *compare.Comparison, d *compare.Delta) string { return plainCell(d.Step) }},
	{"metric", func(_ *compare.Comparison, d *compare.Delta) string { return plainCell(d.Metric) }},
	{"unit", func(_ *compare.Comparison, d *compare.Delta) string { return plainCell(string(d.Unit)) }},
	{"better", func(_ *compare.Comparison, d *compare.Delta) string { return plainCell(string(d.Better)) }},
	{"scale", func(_ *compare.Comparison, d *compare.Delta) string { return plainCell(string(d.Scale)) }},
	{"gated", func(_ *compare.Comparison, d *compare.Delta) string { return strconv.FormatBool(d.Gated) }},
	{"verdict", func(_ *compare.Comparison, d *compare.Delta) string { return plainCell(string(d.Verdict)) }},
	{"blocks", func(_ *compare.Comparison, d *compare.Delta) string { return strconv.Itoa(d.Blocks) }},
	{"base", measuredCell(func(d *compare.Delta) float64 { return d.Base })},
	{"head", measuredCell(func(d *compare.Delta) float64 { return d.Head })},
	{"shift", measuredCell(func(d *compare.Delta) float64 { return d.Shift })},
	{"low", measuredCell(func(d *compare.Delta) float64 { return d.Low })},
	{"high", measuredCell(func(d *compare.Delta) float64 { return d.High })},
	{"limit", knownCell(func(d *compare.Delta) float64 { return d.Limit })},
	{"p", testedCell(func(d *compare.Delta) float64 { return d.P })},
	{"p_better", testedCell(func(d *compare.Delta) float64 { return d.PBetter })},
	{"spread", measuredCell(func(d *compare.Delta) float64 { return d.Spread })},
	{"session_spread", knownCell(func(d *compare.Delta) float64 { return d.SessionSpread })},
	{"visible_change", knownCell(func(d *compare.Delta) float64 { return d.Seen })},
	{"need_blocks", knownCell(func(d *compare.Delta) float64 { return float64(d.NeedBlocks) })},
	{"need_seconds", knownCell(func(d *compare.Delta) float64 { return d.NeedTime.Seconds() })},
	{"rule", func(_ *compare.Comparison, d *compare.Delta) string { return plainCell(d.Rule) }},
	{"gate_limit", knownCell(func(d *compare.Delta) float64 { return d.GateLimit })},
	{"verdict_without_accepted", func(_ *compare.Comparison, d *compare.Delta) string { return plainCell(string(d.Without)) }},
}

// CSV writes a comparison as a table (RFC 4180, but for lines that end with a
// newline alone): a row of names, then one for each metric in the order of
// measurement. Numbers are in base units; where there is none, the cell is empty.
func CSV(w io.Writer, c *compare.Comparison) error {
	out := csv.NewWriter(w)
	row := make([]string, len(csvColumns))
	for i, col := range csvColumns {
		row[i] = col.name
	}
	if err := out.Write(row); err != nil {
		return err
	}
	for i := range c.Deltas {
		for j, col := range csvColumns {
			row[j] = col.cell(c, &c.Deltas[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// measuredCell is of a number that exists where the metric was measured, be it 0.
func measuredCell(of func(*compare.Delta) float64) func(*compare.Comparison, *compare.Delta) string {
	return func(_ *compare.Comparison, d *compare.Delta) string {
		if d.Blocks == 0 {
			return ""
		}
		return everyDigit(of(d))
	}
}

// testedCell is of a p-value, which is there where the metric was tested.
func testedCell(of func(*compare.Delta) float64) func(*compare.Comparison, *compare.Delta) string {
	return func(c *compare.Comparison, d *compare.Delta) string {
		if family(c, d) == 0 {
			return ""
		}
		return everyDigit(of(d))
	}
}

// knownCell is of a number of which 0 says that it is not known.
func knownCell(of func(*compare.Delta) float64) func(*compare.Comparison, *compare.Delta) string {
	return func(_ *compare.Comparison, d *compare.Delta) string {
		if of(d) == 0 {
			return ""
		}
		return everyDigit(of(d))
	}
}

// everyDigit writes a value with all its digits.
func everyDigit(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// formulaStart is where a spreadsheet sees a formula begin: at the beginning of a
// cell, which is after a semicolon, too, where the country's lists have one for a
// comma. The wide signs are those of East Asian editions (OWASP, CSV Injection).
// Tabs and line ends, which it skips before them, are not left by clean.
var formulaStart = regexp.MustCompile(`(^|;)([ "]*[=+\-@＝＋－＠])`)

// plainCell writes a text from outside such that no spreadsheet computes it.
func plainCell(text string) string { return formulaStart.ReplaceAllString(clean(text), "$1'$2") }
