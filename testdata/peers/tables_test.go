package peers

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/compare/stats"
)

var update = flag.Bool("update", false, "rewrite the tables in docs/benchmarks.md")

const (
	recorded = "recorded.json" // what make bench-load found
	doc      = "../../docs/benchmarks.md"
)

// The tables in the documentation are those of what was recorded.
func TestTables(t *testing.T) {
	var found results
	data, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &found); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	var stale []string
	for _, e := range experiments {
		place := regexp.MustCompile(fmt.Sprintf("(?s)(<!-- %s -->\n).*?(<!-- /%[1]s -->)", e.name))
		if !place.Match(text) {
			t.Errorf("%s has no place for %s", doc, e.name)
		}
		was := string(text)
		text = place.ReplaceAll(text, []byte("${1}\n"+e.table(found.Samples)+"\n${2}"))
		if string(text) != was {
			stale = append(stale, e.name)
		}
	}
	if *update {
		err = os.WriteFile(doc, text, 0o644)
	} else if len(stale) > 0 {
		t.Errorf("%s: the tables of %s are not those of %s: go test ./testdata/peers -run Tables -update", doc, strings.Join(stale, ", "), recorded)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// What was not measured is in no table: neither a tool nor the one beside it.
func TestTableOfFew(t *testing.T) {
	e := &experiment{name: "saturation", job: job{length: time.Second}, tools: []string{ours, "wrk"}}
	own := sample{Experiment: e.name, Tool: ours, Requests: 100, User: 1, System: 1}
	const head = "| | requests/s | to wrk's | user CPU a request, µs | to wrk's | all CPU a request, µs | runs |\n|---|--:|--:|--:|--:|--:|--:|\n"
	want := head + "| perfcheck | 100 | – | 10000.00 | – | 20000.00 | 1 |\n| wrk | – | – | – | – | – | 0 |\n"
	if got := e.table([]sample{own}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A column is a number of each sample, of which the median is shown.
type column struct {
	title  string
	format string
	value  func(e *experiment, s sample) float64
	// over names the tool by whose value in the same block each is divided; the
	// interval of the ratio is shown, too.
	over string
}

var columns = map[string][]column{
	"saturation": {
		{"requests/s", "%.0f", rate, ""},
		{"to wrk's", "%.2f", rate, "wrk"},
		{"user CPU a request, µs", "%.2f", userCPU, ""},
		{"to wrk's", "%.2f", userCPU, "wrk"},
		{"all CPU a request, µs", "%.2f", allCPU, ""},
	},
	"accuracy": {
		{"error of p50, ms", "%+.3f", wrong(0), ""},
		{"error of p99, ms", "%+.3f", wrong(2), ""},
		{"gap CV", "%.2f", func(_ *experiment, s sample) float64 { return s.Truth.GapCV }, ""},
	},
	"freeze": {
		{"p50", "%.1f", quantile(0), ""}, {"p90", "%.1f", quantile(1), ""}, {"p99", "%.1f", quantile(2), ""},
		{"p99.9", "%.1f", quantile(3), ""}, {"max", "%.1f", quantile(4), ""},
		{"sent of planned", "%.3f", sent, ""},
	},
	"crowd": {
		{"peak memory, MiB", "%.1f", func(_ *experiment, s sample) float64 { return s.Peak }, ""},
		{"requests", "%.0f", func(_ *experiment, s sample) float64 { return float64(s.Requests) }, ""},
	},
	"growth": {
		{"memory after 15 s to that after 3 s", "%.3f", func(_ *experiment, s sample) float64 { return s.Growth }, ""},
		{"peak memory, MiB", "%.1f", func(_ *experiment, s sample) float64 { return s.Peak }, ""},
	},
	"smallest": {
		{"start to end, ms", "%.1f", func(_ *experiment, s sample) float64 { return 1e3 * s.Seconds }, ""},
	},
}

func rate(e *experiment, s sample) float64 { return float64(s.Requests) / e.job.length.Seconds() }

func userCPU(_ *experiment, s sample) float64 { return 1e6 * s.User / float64(s.Requests) }

func allCPU(_ *experiment, s sample) float64 { return 1e6 * (s.User + s.System) / float64(s.Requests) }

func sent(e *experiment, s sample) float64 {
	return float64(s.Requests) / (float64(e.job.rate) * e.job.length.Seconds())
}

// wrong returns how far a reported quantile is from the true one, in ms.
func wrong(i int) func(*experiment, sample) float64 {
	return func(_ *experiment, s sample) float64 {
		if s.Quantiles[i] == unreported {
			return math.NaN()
		}
		return 1e3 * (s.Quantiles[i] - s.Truth.Quantiles[i])
	}
}

func quantile(i int) func(*experiment, sample) float64 {
	return func(_ *experiment, s sample) float64 {
		if s.Quantiles[i] == unreported {
			return math.NaN()
		}
		return 1e3 * s.Quantiles[i]
	}
}

// table writes what an experiment found as Markdown, a line a tool.
func (e *experiment) table(samples []sample) string {
	var b strings.Builder
	b.WriteString("| |")
	for _, c := range columns[e.name] {
		b.WriteString(" " + c.title + " |")
	}
	b.WriteString(" runs |\n|---|" + strings.Repeat("--:|", len(columns[e.name])+1) + "\n")
	for _, tool := range slices.Concat(e.tools, e.rest) {
		own := slices.DeleteFunc(slices.Clone(samples), func(s sample) bool { return s.Experiment != e.name || s.Tool != tool })
		fmt.Fprintf(&b, "| %s |", tool)
		for _, c := range columns[e.name] {
			b.WriteString(" " + c.cell(e, own, samples) + " |")
		}
		fmt.Fprintf(&b, " %d |\n", len(own))
	}
	return b.String()
}

func (c *column) cell(e *experiment, own, all []sample) string {
	var values []float64
	for _, s := range own {
		v := c.value(e, s)
		if c.over != "" {
			v = math.Log(v / c.value(e, beside(s, c.over, all)))
		}
		if v-v == 0 { // neither infinite nor no number
			values = append(values, v)
		}
	}
	switch {
	case len(values) == 0:
		return "–"
	case c.over == "":
		return fmt.Sprintf(c.format, stats.Median(values))
	}
	shift := stats.OneSample(values, 0.95)
	return fmt.Sprintf(c.format+" ("+c.format+" to "+c.format+")", math.Exp(shift.Estimate), math.Exp(shift.Low), math.Exp(shift.High))
}

// beside returns the sample of another tool in the same block, all 0 where there is none.
func beside(s sample, tool string, all []sample) sample {
	i := slices.IndexFunc(all, func(o sample) bool {
		return o.Experiment == s.Experiment && o.Block == s.Block && o.Tool == tool
	})
	if i < 0 {
		return sample{}
	}
	return all[i]
}
