package compare

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
)

// recorded is one condition of testdata/blocks.csv: a real HTTP server on two
// cores, quiet or beside a bursty neighbour, measured in turns of some length
// with some share of work added to head's handler.
type recorded struct{ machine, turns, added string }

// readRecorded returns for each condition the log ratios by metric and block.
func readRecorded(t *testing.T) map[recorded]map[string][]float64 {
	t.Helper()
	f, err := os.Open("testdata/blocks.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	conditions := make(map[recorded]map[string][]float64)
	for _, row := range rows[1:] {
		key := recorded{row[0], row[1], row[2]}
		if conditions[key] == nil {
			conditions[key] = make(map[string][]float64)
		}
		for i, name := range rows[0][4:] {
			d, err := strconv.ParseFloat(row[4+i], 64)
			if err != nil {
				t.Fatalf("block %s of %v: %v", row[3], key, err)
			}
			conditions[key][name] = append(conditions[key][name], d)
		}
	}
	if len(conditions) == 0 {
		t.Fatal("testdata/blocks.csv holds no blocks")
	}
	return conditions
}

// gatedSeries returns a gated series whose base is always 10 ms (or 0.01 of
// anything) and whose head is worse by the given D.
func gatedSeries(t *testing.T, key bench.Key, threshold float64, d ...float64) series {
	t.Helper()
	m, err := bench.MetricByName(key.Metric)
	if err != nil {
		t.Fatal(err)
	}
	s := series{profile: "p", metric: m, role: gated, gate: bench.Gate{Key: key, Threshold: threshold}}
	for i, v := range d {
		s.blocks = append(s.blocks, i)
		s.base = append(s.base, 0.01)
		if m.Scale == bench.Difference {
			s.head = append(s.head, 0.01+sign(m)*v)
		} else {
			s.head = append(s.head, 0.01*math.Exp(sign(m)*v))
		}
	}
	return s
}

// decided looks once at series, as when no more blocks come.
func decided(all []series) *Comparison {
	blocks := make([]int, 0)
	for i := range all {
		if len(all[i].blocks) > len(blocks) {
			blocks = all[i].blocks
		}
	}
	return lookAt(all, blocks, 1, true)
}

func lookAt(all []series, blocks []int, seed uint64, last bool) *Comparison {
	set := blockSet{measured: blocks, valid: blocks}
	c := &Comparison{Seed: seed, Blocks: len(blocks)}
	c.Deltas, c.Warnings = examine(all, c.examination(set))
	c.weigh(set, last)
	return c
}

func TestRecordedBlocks(t *testing.T) {
	called := 0
	for condition, metrics := range readRecorded(t) {
		for _, n := range []int{8, 12} {
			var all []series
			for _, m := range bench.Metrics() {
				if d := metrics[m.Name]; d != nil {
					all = append(all, gatedSeries(t, bench.Key{Metric: m.Name}, bench.DefaultThresholds[m.Name], d[:n]...))
				}
			}
			c := decided(all)
			regressed := make(map[string]bool)
			for _, d := range c.with(Regression) {
				regressed[d.Metric] = true
			}
			t.Logf("%v, %d blocks: %s: %s", condition, n, c.Verdict, c.Reasons[0])
			switch {
			case condition.added == "0" && len(regressed) > 0:
				t.Errorf("%v, %d blocks: nothing was changed, and called is %v", condition, n, regressed)
			case condition.added == "5" && c.Verdict == Pass:
				t.Errorf("%v, %d blocks: 5 %% of work was added, and it passes", condition, n)
			case condition == recorded{"quiet", "100ms", "5"}:
				called++
				if !regressed["cpu_per_request"] {
					t.Errorf("%v, %d blocks: 5 %% of work was added, and CPU is not called: %v", condition, n, c.Reasons)
				}
			}
		}
	}
	if called == 0 {
		t.Error("no recorded blocks of 5 % added work in turns of 100 ms on a quiet machine")
	}
}
