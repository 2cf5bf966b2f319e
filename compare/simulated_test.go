package compare

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var (
	simulations = flag.Int("simulate", 0, "comparisons to simulate of each world with a change, to be recorded in testdata/simulated.json; 0 simulates none")
	simSeed     = flag.Uint64("simulate-seed", 1, "seed of the simulations")
)

const simulatedFile = "testdata/simulated.json"

// A record is what make simulate found, and the numbers of the rule that it found it of.
type record struct {
	Seed      uint64     `json:"seed"`
	Levels    []float64  `json:"levels"`
	NullShare float64    `json:"null_share"`
	Cells     []cell     `json:"cells"`
	Rules     []ruleCell `json:"rules"`
}

// levels are those of the looks.
func levels() (all []float64) {
	for _, l := range looks {
		all = append(all, l.level)
	}
	return all
}

// A ruleCell counts the alarms of one rule in one world.
type ruleCell struct {
	rule
	world
	Comparisons int `json:"comparisons"`
	Alarms      int `json:"alarms"`
	First       int `json:"first"` // alarms in the first few comparisons
}

var (
	noises  = []float64{1, 2, 4, 8}
	shapes  = []shape{normal, tails, bursts, drift, dependent}
	counts  = []int{5, 10, 20, 40} // of metrics
	changes = []float64{0, 0.02, 0.05, 0.10, 0.20}
)

// usualMetrics is how many metrics are gated where their number is not the question.
const usualMetrics = 10

// worlds are all noises and changes, with each shape and with each number of metrics.
func worlds() (all []world) {
	for _, noise := range noises {
		for _, change := range changes {
			for _, s := range shapes {
				all = append(all, world{Noise: noise, Shape: s, Metrics: usualMetrics, Change: change})
			}
			for _, n := range counts {
				if n != usualMetrics {
					all = append(all, world{Noise: noise, Shape: normal, Metrics: n, Change: change})
				}
			}
		}
	}
	return all
}

// ruleWorlds are those in which rules are compared, but for the change.
var ruleWorlds = []world{
	{Noise: 1, Shape: normal, Metrics: usualMetrics},
	{Noise: 4, Shape: normal, Metrics: usualMetrics},
	{Noise: 1, Shape: drift, Metrics: usualMetrics},
}

// ruleChanges are the changes for which rules are compared.
var ruleChanges = []float64{0, 0.05, 0.10}

// tries is how many comparisons of a world to simulate. Alarms about nothing
// are so seldom that it takes more to count them.
func (w world) tries() int {
	if w.Change == 0 {
		return *simulations * 5 / 2
	}
	return *simulations
}

func (r rule) simulate(w world, n int, seed uint64) ruleCell {
	c := ruleCell{rule: r, world: w, Comparisons: n}
	for i, alarm := range inParallel(n, func(i int) bool { return r.alarms(w.start(seed, i)) }) {
		if alarm {
			c.Alarms++
		}
		if i < few {
			c.First = c.Alarms
		}
	}
	return c
}

// TestSimulate records what becomes of many comparisons in worlds whose truth
// is known: make simulate.
func TestSimulate(t *testing.T) {
	if *simulations == 0 {
		t.Skip("simulates only with -simulate: make simulate")
	}
	r := record{Seed: *simSeed, Levels: levels(), NullShare: nullShare}
	for _, w := range worlds() {
		r.Cells = append(r.Cells, w.simulate(w.tries(), *simSeed))
		t.Logf("%+v", r.Cells[len(r.Cells)-1])
	}
	for _, rule := range rules {
		for _, w := range ruleWorlds {
			w.Errors = rule.errors
			for _, w.Change = range ruleChanges {
				r.Rules = append(r.Rules, rule.simulate(w, w.tries(), *simSeed))
			}
		}
	}
	r.write(t)
}

func (r record) write(t *testing.T) {
	t.Helper()
	text := fmt.Sprintf("{\"seed\": %d,\n\"levels\": %s,\n\"null_share\": %g,\n\"cells\": %s,\n\"rules\": %s}\n",
		r.Seed, lines(t, r.Levels), r.NullShare, lines(t, r.Cells), lines(t, r.Rules))
	if err := os.WriteFile(simulatedFile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// lines puts one cell or level on a line.
func lines[T any](t *testing.T, cells []T) string {
	t.Helper()
	out := make([]string, len(cells))
	for i, c := range cells {
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = string(text)
	}
	return "[\n" + strings.Join(out, ",\n") + "]"
}

func readSimulated(t *testing.T) (r record) {
	t.Helper()
	text, err := os.ReadFile(simulatedFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}
