package report

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/compare"
)

// table reads what CSV wrote: a map from column to cell for each row.
func csvRows(t *testing.T, c *compare.Comparison) []map[string]string {
	t.Helper()
	var b bytes.Buffer
	if err := CSV(&b, c); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := make(map[string]string)
		for i, name := range records[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := CSV(&b, regression()); err != nil {
		t.Fatal(err)
	}
	golden(t, "regression.csv", b.Bytes())
}

func TestCSVHasEachMetricOnce(t *testing.T) {
	for _, c := range []*compare.Comparison{passing(), regression(), inconclusive(), invalid(), improvement(), apart()} {
		rows := csvRows(t, c)
		if len(rows) != len(c.Deltas) {
			t.Fatalf("%s: %d rows of %d metrics", c.Verdict, len(rows), len(c.Deltas))
		}
		for i, row := range rows {
			d := c.Deltas[i]
			if row["profile"] != d.Profile || row["step"] != d.Step || row["metric"] != d.Metric {
				t.Errorf("%s: row %d is of %v", c.Verdict, i, row)
			}
			if shift, err := strconv.ParseFloat(row["shift"], 64); d.Blocks > 0 && (err != nil || shift != d.Shift) {
				t.Errorf("%s: shift %q, want %v: %v", c.Verdict, row["shift"], d.Shift, err)
			}
		}
	}
}

func TestCSVHasNoNumberWhereNothingWasMeasured(t *testing.T) {
	c := regression()
	row := csvRows(t, c)[len(c.Deltas)-1]
	for _, name := range []string{"base", "head", "shift", "low", "high", "p", "spread", "visible_change"} {
		if row[name] != "" {
			t.Errorf("%s: %q", name, row[name])
		}
	}
	c = passing()
	c.Deltas[0].Gated, c.Deltas[0].Verdict = false, ""
	c.Deltas[1].Blocks = compare.MinBlocks - 1
	for i, want := range []string{"", "", "0.6"} {
		if p := csvRows(t, c)[i]["p"]; p != want {
			t.Errorf("p of %s: %q, want %q", c.Deltas[i].Key, p, want)
		}
	}
	c = passing()
	c.Deltas[0].Low = math.Inf(-1)
	if low := csvRows(t, c)[0]["low"]; low != "" {
		t.Errorf("low %q", low)
	}
}

func TestCSVHasNoFormula(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1":               "'=1+1",
		"+1":                 "'+1",
		"-1":                 "'-1",
		"@SUM(A1)":           "'@SUM(A1)",
		"\t=1":               "' =1",
		"\r\n=1":             "'  =1",
		"\u200b=1":           "'=1",
		"\ufeff=1":           "'=1",
		"＝1":                 "'＝1",
		"list products":      "list products",
		"a;=1+1":             "a;'=1+1",
		"a; \"-1;b;+2":       "a;' \"-1;b;'+2",
		"a; b":               "a; b",
		"GET /a=b":           "GET /a=b",
		`"quoted", and more`: `"quoted", and more`,
	} {
		c := passing()
		c.Deltas[0].Step = text
		if got := csvRows(t, c)[0]["step"]; got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	for _, row := range csvRows(t, hostileIn(regression(), "=cmd|'/C calc'!A0")) {
		for name, cell := range row {
			if strings.ContainsAny(cell[:min(1, len(cell))], "=@") {
				t.Errorf("%s: %q", name, cell)
			}
		}
	}
}

var columnInDocs = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|")

// The page about formats names the columns that there are, in their order.
func TestCSVColumnsInDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/report-formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(page), "\n## CSV\n")
	if !ok {
		t.Fatal("docs/report-formats.md has no section CSV")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var documented, want []string
	for _, match := range columnInDocs.FindAllStringSubmatch(section, -1) {
		documented = append(documented, match[1])
	}
	for _, c := range csvColumns {
		want = append(want, c.name)
	}
	if !slices.Equal(documented, want) {
		t.Errorf("documented are\n%q, want\n%q", documented, want)
	}
}
