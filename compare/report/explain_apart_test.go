package report

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
	"github.com/perfcheck/perfcheck/compare"
)

var fourGates = []bench.Gate{
	{Key: bench.Key{Metric: "p50"}, Threshold: 0.03}, {Key: bench.Key{Metric: "throughput"}, Threshold: 0.03},
	{Key: bench.Key{Metric: "cpu_per_request"}, Threshold: 0.05}, {Key: bench.Key{Metric: "error_rate"}, Threshold: 0.001},
}

// randomRun makes a run of eight trials in which everything takes so many times as long.
func randomRun(id string, slower float64, random *rand.Rand) *bench.Run {
	c := comparison()
	r := &bench.Run{ID: id, Profile: "checkout", Subject: c.Base, Host: c.Host, Service: "compose", Started: c.Created}
	about := func(d time.Duration) time.Duration {
		return time.Duration(float64(d) * slower * math.Exp(0.01*random.NormFloat64()))
	}
	for block := range 8 {
		h, latency := hist.New(), about(10*time.Millisecond)
		for i := range 200 {
			h.Record(latency + time.Duration(i)*time.Microsecond)
		}
		r.Trials = append(r.Trials, bench.Trial{
			Block: block, Busy: about(time.Second), Usage: bench.Usage{CPU: about(100 * time.Millisecond)},
			Steps: []bench.Step{{Name: "list", Requests: 200, Latency: h, Service: h}},
		})
	}
	return r
}

func judged8(t *testing.T, p compare.Pair) *compare.Comparison {
	t.Helper()
	c, err := compare.Judge([]compare.Pair{p}, compare.Options{Final: true})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestExplainedImprovementCanBeRedone: p for the better follows from the text
// as that for the worse does, by the limit of a change for the better.
func TestExplainedImprovementCanBeRedone(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 1))
	p := compare.Pair{Base: randomRun("b", 1, random), Head: randomRun("h", 0.95, random), Gates: fourGates}
	p.Base.Pairing, p.Head.Pairing = "together", "together"
	c := judged8(t, p)
	if c.Verdict != compare.Improvement {
		t.Fatalf("%s: %q", c.Verdict, c.Reasons)
	}
	var mirrored []explained
	for _, e := range parseExplained(t, string(text(t, c, TextOptions{Explain: true}))) {
		if e.adjusted == "" {
			continue
		}
		for i := range e.d {
			e.d[i] = -e.d[i]
		}
		if rest, found := strings.CutPrefix(e.limit, "-"); found {
			e.limit = "+" + rest
		} else {
			e.limit = "-" + strings.TrimPrefix(e.limit, "+")
		}
		mirrored = append(mirrored, e)
	}
	if len(mirrored) != len(fourGates) {
		t.Fatalf("%d metrics are explained with an adjusted p, want %d", len(mirrored), len(fourGates))
	}
	better := 0
	for i, p := range redoAdjusted(t, mirrored) {
		want := mirrored[i].better
		if want == "" {
			want = "1"
		} else {
			better++
		}
		if got := fmt.Sprintf("%.2g", p); got != want {
			t.Errorf("%s: adjusted p for the better %s, want %s", mirrored[i].name, want, got)
		}
	}
	if better == 0 {
		t.Error("no p for the better is printed")
	}
}

// explainedApart is what the text says of one metric that was measured apart.
type explainedApart struct {
	explained
	u, trials, sessions string // U and both p
	scatter             string
	earlier             []float64
}

var explainedApartMetric = regexp.MustCompile(`(?m)^\S (.+?): .*
  change    (.+?), 95 % interval (.+), limit (.*)
  test      against (\S+): U = (\S+), p = (\S+) by the trials, (\S+) by the sessions and (\S+) adjusted over 4 metrics.*
  base      ([^a-z(]+).*
  head      ([^a-z(]+).*
  sessions  ([^a-z(]+)(?: \(\S+\))?, which scatter by (.*)
`)

func parseExplainedApart(t *testing.T, text string) (all []explainedApart) {
	t.Helper()
	list := func(text string) (values []float64) {
		for _, field := range strings.Split(strings.Trim(text, ", "), ", ") {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
		return values
	}
	for _, m := range explainedApartMetric.FindAllStringSubmatch(text, -1) {
		e := explainedApart{explained: explained{name: m[1], change: m[2], interval: m[3], limit: m[4], test: m[5], adjusted: m[9]},
			u: m[6], trials: m[7], sessions: m[8], scatter: m[13]}
		e.base, e.head, e.earlier = list(m[10]), list(m[11]), list(m[12])
		all = append(all, e)
	}
	return all
}

// TestExplainedApartCanBeRedone takes nothing but the text, does what its first
// paragraph says, and gets the numbers that it prints.
func TestExplainedApartCanBeRedone(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 1))
	p := compare.Pair{Base: randomRun("b", 1, random), Head: randomRun("h", 1.12, random), Gates: fourGates}
	for i := range 7 {
		r := randomRun(fmt.Sprint("earlier ", i), math.Exp(0.03*random.NormFloat64()), random)
		r.Started = r.Started.AddDate(0, 0, i-8)
		p.History = append(p.History, r)
	}
	all := parseExplainedApart(t, string(text(t, judged8(t, p), TextOptions{Explain: true})))
	if len(all) != len(fourGates) {
		t.Fatalf("%d metrics are explained, want %d", len(all), len(fourGates))
	}
	alone := make([]float64, len(all))
	for i, e := range all {
		alone[i] = e.redoApart(t)
	}
	order := []int{0, 1, 2, 3}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(alone[a], alone[b]) })
	floor := 0.0
	for rank, i := range order {
		floor = max(floor, min(1, alone[i]*float64(len(all)-rank)))
		if got := fmt.Sprintf("%.2g", floor); got != all[i].adjusted {
			t.Errorf("%s: adjusted p %s, want %s", all[i].name, all[i].adjusted, got)
		}
	}
}

// redoApart returns the larger p.
func (e *explainedApart) redoApart(t *testing.T) float64 {
	t.Helper()
	toD, show, unit := math.Log, math.Expm1, bench.Seconds
	scale := bench.Ratio
	switch e.name {
	case "error_rate":
		toD, show = func(v float64) float64 { return v }, func(d float64) float64 { return d }
		scale, unit = bench.Difference, bench.Fraction
	case "throughput":
		toD, show = func(v float64) float64 { return -math.Log(v) }, func(d float64) float64 { return math.Expm1(-d) }
	}
	for _, values := range [][]float64{e.base, e.head, e.earlier} {
		for i, v := range values {
			values[i] = toD(v)
		}
	}
	null := e.limitOfD(t) * 2 / 5
	u, trials := redoMannWhitney(less(e.head, null), e.base)
	shift, s := medianDifference(e.head, e.base), deviation(e.earlier)
	sessions := 1.0 // of error rates that were always 0
	if s > 0 {
		sessions = studentSurvival6((shift - null) / (math.Sqrt2 * s))
	}
	scatter := bench.FormatChange(scale, unit, math.Abs(show(s)))
	const quantile = 2.446912 // qt(0.975, 6) in R
	low, high := shift-quantile*math.Sqrt2*s, shift+quantile*math.Sqrt2*s
	if e.name == "throughput" {
		low, high = high, low
	}
	format := func(d float64) string { return bench.FormatSigned(scale, unit, show(d)) }
	got := []string{format(shift), format(low) + " to " + format(high), fmt.Sprintf("%.8f", null), fmt.Sprint(u),
		fmt.Sprintf("%.2g", trials), fmt.Sprintf("%.2g", sessions), scatter}
	if want := []string{e.change, e.interval, e.test, e.u, e.trials, e.sessions, e.scatter}; !slices.Equal(got, want) {
		t.Errorf("%s:\ntext %q\nwant %q", e.name, want, got)
	}
	return max(trials, sessions)
}

// redoMannWhitney counts U, and p over all ways to take the first eight from sixteen values.
func redoMannWhitney(head, base []float64) (u, p float64) {
	all := slices.Concat(head, base)
	sums := make([]float64, len(all)) // of each value: how many it is larger than
	for i, a := range all {
		for _, b := range all {
			switch {
			case a > b:
				sums[i]++
			case a == b:
				sums[i] += 0.5
			}
		}
	}
	rank := func(mask uint16) (sum float64) {
		for i, s := range sums {
			sum += s * float64(mask>>i&1)
		}
		return sum
	}
	first, ways, extreme := uint16(0xff), 0, 0
	for mask := range 1 << len(all) {
		if bits.OnesCount16(uint16(mask)) == len(head) {
			ways++
			if rank(uint16(mask)) >= rank(first) {
				extreme++
			}
		}
	}
	return rank(first) - float64(len(head)*len(head))/2, float64(extreme) / float64(ways)
}

func medianDifference(head, base []float64) float64 {
	var all []float64
	for _, h := range head {
		for _, b := range base {
			all = append(all, h-b)
		}
	}
	slices.Sort(all)
	return (all[len(all)/2-1] + all[len(all)/2]) / 2
}

func deviation(v []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, x := range v {
		sum += x / float64(len(v))
	}
	for _, x := range v {
		squares += (x - sum) * (x - sum)
	}
	return math.Sqrt(squares / float64(len(v)-1))
}

// studentSurvival6 is of Student's t with 6 degrees of freedom (Abramowitz and
// Stegun 1964, 26.7.4).
func studentSurvival6(t float64) float64 {
	sine, cosine2 := t/math.Sqrt(6+t*t), 6/(6+t*t)
	return (1 - sine*(1+cosine2/2+3*cosine2*cosine2/8)) / 2
}
