package testdata

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/report"
)

var (
	selfcheckBinary = flag.String("selfcheck", "", "perfcheck to check; empty: TestSelfcheck is left out")
	selfcheckRounds = flag.Int("selfcheck-rounds", 0, "rounds to record; 0: one comparison, recorded nowhere")
)

// selfcheckFile is what the last make selfcheck found; while it runs, it
// writes beside it.
const (
	selfcheckFile = "recorded/selfcheck.json"
	selfcheckPart = "recorded/selfcheck.part"
)

// A finding is what perfcheck is to say of a change of the shop.
type finding struct {
	verdict compare.Verdict
	key     bench.Key // of a gated metric with that verdict, where the change shows most
	also    string    // metric of steps in which it shows, too, by shop/README.md
}

// findings has the truth about every change of the shop.
var findings = map[string]finding{
	noChange:      {verdict: compare.Pass},
	"alloc-storm": {verdict: compare.Regression, key: bench.Key{Step: "list products", Metric: "p50"}},
	"cold-cache":  {verdict: compare.Regression, key: bench.Key{Step: "product", Metric: "p50"}},
	"cpu-10":      {verdict: compare.Regression, key: bench.Key{Metric: "cpu_per_request"}, also: "p50"},
	"cpu-5":       {verdict: compare.Regression, key: bench.Key{Metric: "cpu_per_request"}, also: "p50"},
	"errors":      {verdict: compare.Regression, key: bench.Key{Metric: "error_rate"}},
	"faster":      {verdict: compare.Improvement, key: bench.Key{Step: "list products", Metric: "p50"}},
	"leak":        {verdict: compare.Regression, key: bench.Key{Metric: "peak_memory"}},
	"lock":        {verdict: compare.Regression, key: bench.Key{Step: "place order", Metric: "p50"}},
	"lost-index":  {verdict: compare.Regression, key: bench.Key{Step: "search products", Metric: "p50"}},
	"n-plus-one":  {verdict: compare.Regression, key: bench.Key{Step: "list products", Metric: "p50"}},
	"slow-tail":   {verdict: compare.Regression, key: bench.Key{Metric: "p99"}},
}

// The changes that tell most of perfcheck.
const (
	noChange = "none"
	smallest = "cpu-5"
)

// A selfcheckRun is what perfcheck said in a number of comparisons.
type selfcheckRun struct {
	Checked []comparison `json:"comparisons"`
}

// A comparison is one of them.
type comparison struct {
	Change  string          `json:"change"`
	Seed    uint64          `json:"seed"`
	Host    bench.Host      `json:"host"`
	Service string          `json:"service"`
	Verdict compare.Verdict `json:"verdict"`
	Blocks  int             `json:"blocks"`
	Invalid int             `json:"invalid_blocks"`
	Elapsed time.Duration   `json:"elapsed_ns"`
	Named   []string        `json:"named,omitempty"` // gated metrics with the wanted verdict, where that is not pass
	Shift   float64         `json:"shift"`           // of the metric in which the change shows most
	Reason  string          `json:"reason"`
}

// right says whether perfcheck said what is true, and where.
func (c comparison) right() bool {
	want := findings[c.Change]
	also := func(named string) bool { return want.also != "" && strings.HasSuffix(named, " "+want.also) }
	return c.Verdict == want.verdict && (want.verdict == compare.Pass || c.named() || slices.ContainsFunc(c.Named, also))
}

// named says whether it named the metric in which the change shows most.
func (c comparison) named() bool {
	return slices.Contains(c.Named, findings[c.Change].key.String())
}

// round returns the changes of one round: three comparisons without any, and in
// turn the smallest or one of the others.
func round(n int, others []string) []string {
	change := smallest
	if n%2 == 1 {
		change = others[n/2%len(others)]
	}
	return []string{noChange, change, noChange, noChange}
}

// TestSelfcheck compares the shop with its changes, for real. Without rounds it
// tries one change that nobody could miss.
//
//	make selfcheck
func TestSelfcheck(t *testing.T) {
	if *selfcheckBinary == "" {
		t.Skip("no -selfcheck: this takes both cores for a minute, so that make test-long runs it alone")
	}
	if *selfcheckRounds > 0 {
		selfcheck(t, *selfcheckRounds)
		return
	}
	if c := check(t, "lost-index", 1, "--budget", "100s"); !c.right() {
		t.Errorf("lost-index: %s after %d blocks: %s", c.Verdict, c.Blocks, c.Reason)
	}
}

// selfcheck records rounds of comparisons, and goes on where an earlier one was
// stopped.
func selfcheck(t *testing.T, rounds int) {
	others := slices.DeleteFunc(patches(t), func(p string) bool { return p == smallest })
	var run selfcheckRun
	if _, err := os.Stat(selfcheckPart); err == nil {
		run = readSelfcheck(t, selfcheckPart)
	}
	for n := range rounds {
		for i, change := range round(n, others) {
			seed := uint64(10*n + i + 1)
			if run.has(change, seed) {
				continue
			}
			c := check(t, change, seed)
			t.Logf("%s: %s after %d blocks in %v: %s", change, c.Verdict, c.Blocks, c.Elapsed.Round(time.Second), c.Reason)
			run.Checked = append(run.Checked, c)
			run.write(t)
		}
	}
	if err := os.Rename(selfcheckPart, selfcheckFile); err != nil {
		t.Fatal(err)
	}
}

func (r *selfcheckRun) has(change string, seed uint64) bool {
	return slices.ContainsFunc(r.Checked, func(c comparison) bool { return c.Change == change && c.Seed == seed })
}

// check has demo.sh measure one change. Where that fails, nothing could be
// measured.
func check(t *testing.T, change string, seed uint64, flags ...string) comparison {
	t.Helper()
	perfcheck, err := filepath.Abs(*selfcheckBinary)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{perfcheck, "--service", "process", "--seed", fmt.Sprint(seed), "--format", "json"}
	cmd := exec.Command("./demo.sh", append(args, flags...)...)
	cmd.Env = append(os.Environ(), "HEAD="+change, "PROFILE=checkout")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var failed *exec.ExitError // it exits by the verdict
	if err := cmd.Run(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	c, err := report.ReadJSON(&out)
	if err != nil {
		return comparison{Change: change, Seed: seed, Verdict: compare.Invalid, Reason: errs.String()}
	}
	return summarize(change, c)
}

func summarize(change string, c *compare.Comparison) comparison {
	want := findings[change]
	s := comparison{Change: change, Seed: c.Seed, Host: c.Host, Service: c.Service,
		Verdict: c.Verdict, Blocks: c.Blocks, Invalid: c.Invalid, Elapsed: c.Elapsed, Reason: strings.Join(c.Reasons, "; ")}
	for _, d := range c.Deltas {
		if d.Key == want.key {
			s.Shift = d.Shift
		}
		if want.verdict != compare.Pass && d.Gated && d.Verdict == want.verdict {
			s.Named = append(s.Named, d.Key.String())
		}
	}
	return s
}

func (r *selfcheckRun) write(t *testing.T) {
	t.Helper()
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(selfcheckPart, append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestEveryPatchHasAFinding(t *testing.T) {
	names := append(patches(t), noChange)
	for _, name := range names {
		if _, ok := findings[name]; !ok {
			t.Errorf("findings has no %s", name)
		}
	}
	if len(findings) != len(names) {
		t.Errorf("%d findings for %d changes", len(findings), len(names))
	}
}
