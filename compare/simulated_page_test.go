package compare

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the tables of simulations in docs/verdict.md")

const verdictPage = "../docs/verdict.md"

// TestSimulatedPage holds the page to what was recorded.
func TestSimulatedPage(t *testing.T) {
	page, err := os.ReadFile(verdictPage)
	if err != nil {
		t.Fatal(err)
	}
	marked := regexp.MustCompile(`(?s)(<!-- simulated -->\n).*?(<!-- /simulated -->)`)
	if !marked.Match(page) {
		t.Fatalf("%s has no place between <!-- simulated --> and <!-- /simulated -->", verdictPage)
	}
	want := marked.ReplaceAllString(string(page), "${1}"+readSimulated(t).page()+"${2}")
	if *update {
		if err := os.WriteFile(verdictPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(page) != want {
		t.Errorf("%s is not what testdata/simulated.json says: go test ./compare -run SimulatedPage -update", verdictPage)
	}
}

// page renders one table a question.
func (r record) page() string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n%d comparisons at least for each percentage, %d in all, seed %d.\n", r.fewest(), r.comparisons(), r.Seed)
	question(&out, "Called a regression where nothing changed",
		r.byShape(0, func(c cell) string { return percent(c.share(Regression)) }))
	question(&out, "Passed where nothing changed, in how many blocks",
		r.byShape(0, func(c cell) string { return inBlocks(c, Pass) }))
	question(&out, "A real change called a regression, in how many blocks (normal noise)",
		r.byChange(func(c cell) string { return inBlocks(c, Regression) }))
	question(&out, "5 % called a regression, in how many blocks",
		r.byShape(0.05, func(c cell) string { return inBlocks(c, Regression) }))
	question(&out, "A real change passed (normal noise)",
		r.byChange(func(c cell) string { return percent(c.share(Pass)) }))
	question(&out, "What other rules say of the same machine", r.byRule())
	out.WriteString("\n")
	return out.String()
}

// fewest is the number of comparisons of the cell that has the fewest.
func (r record) fewest() int {
	return slices.MinFunc(r.Cells, func(a, b cell) int { return a.Comparisons - b.Comparisons }).Comparisons
}

func (r record) comparisons() (n int) {
	for _, c := range r.Cells {
		n += c.Comparisons
	}
	for _, c := range r.Rules {
		n += c.Comparisons
	}
	return n
}

// byShape has a row for each shape and each number of metrics.
func (r record) byShape(change float64, show func(cell) string) [][]string {
	table := [][]string{noiseColumns(fmt.Sprintf("blocks differ by (%d metrics)", usualMetrics))}
	row := func(name string, s shape, metrics int) {
		table = append(table, append([]string{name}, r.byNoise(world{Shape: s, Metrics: metrics, Change: change}, show)...))
	}
	for _, s := range shapes {
		row(shapeNames[s], s, usualMetrics)
	}
	for _, n := range counts {
		if n != usualMetrics {
			row(fmt.Sprintf("%s, %d metrics", shapeNames[normal], n), normal, n)
		}
	}
	return table
}

// shapeNames are for people.
var shapeNames = map[shape]string{
	normal:    "normal noise",
	tails:     "heavy tails (Student's t, 4 degrees of freedom)",
	bursts:    "bursts of 5 σ in 5 % of the blocks",
	drift:     "normal noise on a machine that drifts",
	dependent: "noise half common to all metrics",
}

// byChange has a row for each real change.
func (r record) byChange(show func(cell) string) [][]string {
	table := [][]string{noiseColumns("change")}
	for _, change := range changes[1:] {
		table = append(table, append([]string{percent(change)}, r.byNoise(world{Shape: normal, Metrics: usualMetrics, Change: change}, show)...))
	}
	return table
}

func noiseColumns(first string) []string {
	row := []string{first}
	for _, noise := range noises {
		row = append(row, fmt.Sprintf("noise ×%g", noise))
	}
	return row
}

// byNoise shows a world's cells from the least noise to the most.
func (r record) byNoise(w world, show func(cell) string) (row []string) {
	for _, w.Noise = range noises {
		for _, c := range r.Cells {
			if c.world == w {
				row = append(row, show(c))
			}
		}
	}
	return row
}

// byRule has a row for each rule, and for each machine its alarms by change.
func (r record) byRule() [][]string {
	table := [][]string{append([]string{"rule"}, machineNames...)}
	for _, rule := range rules {
		row := []string{rule.Name}
		for _, w := range ruleWorlds {
			var shares []string
			w.Errors = rule.errors
			for _, w.Change = range ruleChanges {
				for _, c := range r.Rules {
					if c.rule.Name == rule.Name && c.world == w {
						shares = append(shares, percent(float64(c.Alarms)/float64(c.Comparisons)))
					}
				}
			}
			row = append(row, strings.Join(shares, " / "))
		}
		table = append(table, row)
	}
	return table
}

// machineNames are those of ruleWorlds.
var machineNames = []string{"quiet", "noise ×4", "drifting"}

// question writes a heading and a table of which the first row is the head.
func question(out *strings.Builder, heading string, table [][]string) {
	fmt.Fprintf(out, "\n### %s\n\n", heading)
	for i, row := range table {
		fmt.Fprintf(out, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(out, "|---|%s\n", strings.Repeat("---:|", len(row)-1))
		}
	}
}

func percent(share float64) string { return fmt.Sprintf("%.4g %%", 100*share) }

func inBlocks(c cell, v Verdict) string {
	return fmt.Sprintf("%s, %.1f", percent(c.share(v)), c.Blocks)
}
