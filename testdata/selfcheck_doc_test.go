package testdata

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/stats"
)

var update = flag.Bool("update", false, "rewrite the results of selfcheck in docs/verdict.md")

const verdictDoc = "../docs/verdict.md"

// The table in the documentation is that of the recorded selfcheck.
func TestSelfcheckDoc(t *testing.T) {
	run := readSelfcheck(t, selfcheckFile)
	text, err := os.ReadFile(verdictDoc)
	if err != nil {
		t.Fatal(err)
	}
	at := regexp.MustCompile("(?s)<!-- selfcheck -->\n(.*?)<!-- /selfcheck -->").FindSubmatchIndex(text)
	if at == nil {
		t.Fatalf("%s has no place for the selfcheck", verdictDoc)
	}
	want := run.markdown()
	if got := string(text[at[2]:at[3]]); got == want {
		return
	} else if !*update {
		t.Fatalf("%s has\n%s\nwant (go test ./testdata -run SelfcheckDoc -update)\n%s", verdictDoc, got, want)
	}
	text = slices.Concat(text[:at[2]], []byte(want), text[at[3]:])
	if err := os.WriteFile(verdictDoc, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func readSelfcheck(t *testing.T, path string) selfcheckRun {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var run selfcheckRun
	if err := json.Unmarshal(data, &run); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return run
}

// markdown tells of each change what became of its comparisons.
func (r selfcheckRun) markdown() string {
	byChange := make(map[string][]comparison)
	var took time.Duration
	for _, c := range r.Checked {
		byChange[c.Change] = append(byChange[c.Change], c)
		took += c.Elapsed
	}
	changes := slices.SortedFunc(maps.Keys(byChange), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(byChange[b]), len(byChange[a])), cmp.Compare(a, b)) // the most tried first
	})
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d comparisons, %v of measuring: %s.\n\n", len(r.Checked), took.Round(time.Minute), strings.Join(r.machines(), "; "))
	b.WriteString("| change | comparisons | pass | improvement | regression | inconclusive | invalid | shows in | named there | its change: median, least to most | blocks, mean |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|\n")
	for _, change := range changes {
		b.WriteString(row(change, byChange[change]))
	}
	return b.String() + "\n"
}

// machines says how many comparisons were made on which, the first one first.
func (r selfcheckRun) machines() []string {
	var order []string
	count := make(map[string]int)
	for _, c := range r.Checked {
		m := fmt.Sprintf("%s, %d cores, %s, kernel %s, service by %s", c.Host.CPU, c.Host.Cores, c.Host.OS, c.Host.Kernel, c.Service)
		if count[m]++; count[m] == 1 {
			order = append(order, m)
		}
	}
	for i, m := range order {
		order[i] = fmt.Sprintf("%d on %s", count[m], m)
	}
	return order
}

func row(change string, all []comparison) string {
	count := make(map[compare.Verdict]int)
	named, blocks := 0, 0
	shifts := make([]float64, len(all))
	for i, c := range all {
		count[c.Verdict]++
		blocks += c.Blocks
		shifts[i] = c.Shift
		if c.named() {
			named++
		}
	}
	where, found, size := "", "", ""
	if key := findings[change].key; key != (bench.Key{}) {
		where, found, size = key.String(), fmt.Sprint(named), spread(key, shifts)
	}
	return fmt.Sprintf("| `%s` | %d | %d | %d | %d | %d | %d | %s | %s | %s | %.1f |\n", change, len(all),
		count[compare.Pass], count[compare.Improvement], count[compare.Regression], count[compare.Inconclusive], count[compare.Invalid],
		where, found, size, float64(blocks)/float64(len(all)))
}

// spread returns the median, the least and the most of a metric's changes, or
// the only one.
func spread(key bench.Key, shifts []float64) string {
	slices.Sort(shifts)
	say := func(v float64) string { return fmt.Sprintf("%+.1f %%", 100*v) }
	if key.Metric == "error_rate" {
		say = func(v float64) string { return fmt.Sprintf("%+.2f pp", 100*v) }
	}
	if len(shifts) == 1 {
		return say(shifts[0])
	}
	return fmt.Sprintf("%s, %s to %s", say(stats.Median(shifts)), say(shifts[0]), say(shifts[len(shifts)-1]))
}

// The recorded selfcheck must have shown that nothing is called that has not
// changed, and every change where it shows; most often in the metric in which it
// shows most. A comparison ends with the first look that calls anything, so that
// this metric may be undecided still where another that changed is called.
func TestSelfcheckFindsAll(t *testing.T) {
	all, right, named := make(map[string]int), make(map[string]int), make(map[string]int)
	for _, c := range readSelfcheck(t, selfcheckFile).Checked {
		all[c.Change]++
		if c.right() {
			right[c.Change]++
		}
		if c.named() {
			named[c.Change]++
		}
		if c.Change == noChange && c.Verdict == compare.Regression {
			t.Errorf("no change, seed %d: %s", c.Seed, c.Reason)
		}
	}
	for change := range findings {
		n := all[change]
		if n == 0 || 100*right[change] < 95*n || change != noChange && 4*named[change] < 3*n {
			t.Errorf("%s: %d of %d comparisons say so, %d by its metric", change, right[change], n, named[change])
		}
	}
}
