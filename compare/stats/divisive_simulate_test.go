package stats

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

var simulate = flag.Int("simulate", 0, "make the tables of docs/trend.md from `N` series each")

// A past is a made-up history: normal noise of standard deviation 1, unless
// another law is named, about levels that begin at indices.
type past struct {
	name   string
	length int
	draw   func(*rand.Rand) float64
	levels map[int]float64 // that hold from an index on; before the first it is 0
	near   int             // how far from its place a change still counts as found
	carry  float64         // share of a value's noise that the next one has, too
}

func (p past) make(random *rand.Rand) []float64 {
	v := make([]float64, p.length)
	level, noise := 0.0, p.draw(random)
	for i := range v {
		if l, ok := p.levels[i]; ok {
			level = l
		}
		v[i] = level + noise
		noise = p.carry*noise + math.Sqrt(1-p.carry*p.carry)*p.draw(random)
	}
	return v
}

func normalNoise(random *rand.Rand) float64 { return random.NormFloat64() }

// t3 has heavy tails.
func t3(random *rand.Rand) float64 {
	chi := 0.0
	for range 3 {
		z := random.NormFloat64()
		chi += z * z
	}
	return random.NormFloat64() / math.Sqrt(chi/3)
}

func exponential(random *rand.Rand) float64 { return random.ExpFloat64() }

// quiets are histories without a change.
func quiets() (all []past) {
	for _, law := range []past{
		{name: "normal", draw: normalNoise},
		{name: "Student's t, 3 degrees of freedom", draw: t3},
		{name: "exponential", draw: exponential},
		{name: "normal, a third of it carried over to the next value", draw: normalNoise, carry: 0.33},
	} {
		for _, law.length = range []int{15, 50, 200} {
			all = append(all, law)
		}
	}
	return all
}

// pasts are histories with changes.
func pasts() (all []past) {
	for _, size := range []float64{1, 2, 3, 5} {
		all = append(all,
			past{"a step in the middle of 20", 20, normalNoise, map[int]float64{10: size}, 2, 0},
			past{"a step in the middle of 50", 50, normalNoise, map[int]float64{25: size}, 2, 0},
			past{"a step before the last 5 of 50", 50, normalNoise, map[int]float64{45: size}, 2, 0},
			past{"10 of 50 worse, then mended", 50, normalNoise, map[int]float64{20: size, 30: 0}, 2, 0},
			past{"three steps in 200", 200, normalNoise, map[int]float64{50: size, 100: 2 * size, 150: 3 * size}, 2, 0},
		)
	}
	return all
}

// A finder finds changes.
type finder func([]float64) []int

func permutation(v []float64) []int { return places(DefaultDivisive.Changes(v)) }

// student splits as Divisive does, but while Student's t-test of the two parts
// says p < 0.001, as Hunter's default is.
func student(v []float64) []int {
	at, _ := newSplitter(len(v), DefaultDivisive.Least).split(v)
	if at == 0 {
		return nil
	}
	x, y := v[:at], v[at:]
	m, n := float64(len(x)), float64(len(y))
	pooled := ((m-1)*stat.Variance(x, nil) + (n-1)*stat.Variance(y, nil)) / (m + n - 2)
	quotient := math.Abs(stat.Mean(x, nil)-stat.Mean(y, nil)) / math.Sqrt(pooled*(1/m+1/n))
	if 2*(distuv.StudentsT{Sigma: 1, Nu: m + n - 2}).Survival(quotient) >= 0.001 {
		return nil
	}
	found := append(student(x), at)
	for _, i := range student(y) {
		found = append(found, at+i)
	}
	return found
}

// An outcome counts series.
type outcome struct {
	series  int
	changed int // those in which anything was found
	all     int // those in which every change was found, and nothing else
	missed  int // changes that were not found, of all series
	extra   int // changes that are none, of all series
}

// try looks for the changes of n made-up histories.
func (p past) try(n int, find finder) outcome {
	outcomes := make([]outcome, runtime.GOMAXPROCS(0))
	var wait sync.WaitGroup
	for w := range outcomes {
		wait.Go(func() {
			for i := w; i < n; i += len(outcomes) {
				random := rand.New(rand.NewPCG(uint64(p.length), uint64(i)))
				outcomes[w].add(p, find(p.make(random)))
			}
		})
	}
	wait.Wait()
	var sum outcome
	for _, o := range outcomes {
		sum.series += o.series
		sum.changed += o.changed
		sum.all += o.all
		sum.missed += o.missed
		sum.extra += o.extra
	}
	return sum
}

func (o *outcome) add(p past, found []int) {
	hit := make(map[int]bool)
	extra := 0
	for _, at := range found {
		ok := false
		for place := range p.levels {
			if !hit[place] && max(at-place, place-at) <= p.near {
				hit[place], ok = true, true
				break
			}
		}
		if !ok {
			extra++
		}
	}
	o.series++
	o.extra += extra
	o.missed += len(p.levels) - len(hit)
	if len(found) > 0 {
		o.changed++
	}
	if extra == 0 && len(hit) == len(p.levels) {
		o.all++
	}
}

// TestFalseChanges: without a change, no more series than the level says are
// split, whatever the law of their noise. The bound is 4 standard errors above.
func TestFalseChanges(t *testing.T) {
	const n = 600
	level := DefaultDivisive.Level
	bound := level + 4*math.Sqrt(level*(1-level)/n)
	for _, p := range quiets() {
		if p.length > 50 || p.carry > 0 {
			continue // TestSimulateTrend has the long ones; what is carried over is a change, for a while
		}
		if share := float64(p.try(n, permutation).changed) / n; share > bound {
			t.Errorf("%s, %d values: %.3f of the series are split, more than %.3f", p.name, p.length, share, bound)
		}
	}
}

func TestTrueChanges(t *testing.T) {
	for _, p := range []past{
		{"a step of 3", 40, normalNoise, map[int]float64{20: 3}, 1, 0},
		{"the last six", 40, normalNoise, map[int]float64{34: 5}, 1, 0},
		{"worse and mended", 50, normalNoise, map[int]float64{20: 5, 30: 0}, 1, 0},
	} {
		const n = 100
		if o := p.try(n, permutation); o.missed > n/10 {
			t.Errorf("%s: %d changes of %d series are missed", p.name, o.missed, n)
		}
	}
}

// TestSimulateTrend writes the tables of docs/trend.md.
func TestSimulateTrend(t *testing.T) {
	if *simulate == 0 {
		t.Skip("go test ./compare/stats -run SimulateTrend -simulate 2000, which takes some minutes")
	}
	tables := figures(*simulate)
	const path = "../../docs/trend.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	marked := regexp.MustCompile(`(?s)(<!-- simulated -->\n).*?(<!-- /simulated -->)`)
	if !marked.Match(page) {
		t.Fatalf("%s has no place between <!-- simulated --> and <!-- /simulated -->", path)
	}
	page = marked.ReplaceAll(page, []byte("${1}"+tables+"${2}"))
	if err := os.WriteFile(path, page, 0o644); err != nil {
		t.Fatal(err)
	}
}

// figures are the tables, of n series a cell; of series without a change of 200
// values, of shorter ones as many as have as many values.
func figures(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d series of 200 values each, and %d and %d of 50 and 15.\n\n", n, n*200/50, n*200/15)
	b.WriteString("| noise without a change | values | split by perfcheck | split by Student's t, p < 0.001 |\n|---|--:|--:|--:|\n")
	for _, p := range quiets() {
		n := n * 200 / p.length
		share := func(f finder) float64 { return 100 * float64(p.try(n, f).changed) / float64(n) }
		fmt.Fprintf(&b, "| %s | %d | %.1f %% | %.1f %% |\n", p.name, p.length, share(permutation), share(student))
	}
	fmt.Fprintf(&b, "\n%d histories each:\n\n| changes | of 1 σ | 2 σ | 3 σ | 5 σ |\n|---|--:|--:|--:|--:|\n", n)
	rows := make(map[string][]string)
	var order []string
	for _, p := range pasts() {
		if rows[p.name] == nil {
			order = append(order, p.name)
		}
		o := p.try(n, permutation)
		found := 1 - float64(o.missed)/float64(len(p.levels)*n)
		rows[p.name] = append(rows[p.name], fmt.Sprintf("%.0f %%, %.2f", 100*found, float64(o.extra)/float64(n)))
	}
	for _, name := range order {
		fmt.Fprintf(&b, "| %s | %s |\n", name, strings.Join(rows[name], " | "))
	}
	b.WriteString("\n")
	return b.String()
}
