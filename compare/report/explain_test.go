package report

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/stats"
)

// explained is what the text says of one metric.
type explained struct {
	name, change, interval, limit, test string
	adjusted, better                    string // p; empty where the metric is not gated, and where it did not get better
	base, head, d                       []float64
}

var explainedMetric = regexp.MustCompile(`(?m)^\S (.+?): .*
  change    (.+?), 95 % interval (.+), limit (.*)
  test      (.+ alone)(?: and (\S+) adjusted over \d+ metrics)?(?:; for the better (\S+) adjusted)?
(?:  left out .*
)?  block .*
((?:  \d+ .*
)+)`)

func parseExplained(t *testing.T, text string) (all []explained) {
	t.Helper()
	for _, m := range explainedMetric.FindAllStringSubmatch(text, -1) {
		e := explained{name: m[1], change: m[2], interval: m[3], limit: m[4], test: m[5], adjusted: m[6], better: m[7]}
		for line := range strings.Lines(m[8]) {
			var numbers [4]float64
			for i, field := range strings.Fields(line) {
				var err error
				if numbers[i], err = strconv.ParseFloat(field, 64); err != nil {
					t.Fatalf("%s: %v", e.name, err)
				}
			}
			e.base, e.head, e.d = append(e.base, numbers[1]), append(e.head, numbers[2]), append(e.d, numbers[3])
		}
		all = append(all, e)
	}
	return all
}

// TestExplainCanBeRedoneByHand takes nothing but the text, does what its first
// paragraphs say, by brute force, and gets the numbers that it prints.
func TestExplainCanBeRedoneByHand(t *testing.T) {
	c := readRecorded(t)
	all := parseExplained(t, string(text(t, c, TextOptions{Explain: true})))
	if len(all) != len(c.Deltas) {
		t.Errorf("%d of %d metrics are explained", len(all), len(c.Deltas))
	}
	var gated []explained
	for _, e := range all {
		e.redo(t)
		if e.adjusted != "" {
			gated = append(gated, e)
		}
	}
	if len(gated) != 23 {
		t.Fatalf("%d metrics have an adjusted p, want 23", len(gated))
	}
	for i, p := range redoAdjusted(t, gated) {
		if got := fmt.Sprintf("%.2g", p); got != gated[i].adjusted {
			t.Errorf("%s: adjusted p %s, want %s", gated[i].name, gated[i].adjusted, got)
		}
	}
	// Where any rise counts, all metrics compete, and many score alike.
	var samples []stats.Sample
	for i := range gated {
		gated[i].limit = "0 %"
		samples = append(samples, stats.Sample{D: gated[i].d})
	}
	adjusted := redoAdjusted(t, gated)
	for i, p := range stats.NewExchanges(c.Blocks, 1).StepDown(samples) {
		if got := adjusted[i]; math.Abs(got-p) > 1e-9 {
			t.Errorf("%s without a limit: adjusted p %v, want %v", gated[i].name, p, got)
		}
	}
}

// readRecorded returns the comparison that the documentation shows.
func readRecorded(t *testing.T) *compare.Comparison {
	t.Helper()
	recorded, err := os.Open("../../testdata/recorded/n-plus-one.json")
	if err != nil {
		t.Fatal(err)
	}
	defer recorded.Close()
	c, err := ReadJSON(recorded)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (e explained) redo(t *testing.T) {
	t.Helper()
	show := func(v float64) string { return bench.FormatSigned(bench.Ratio, bench.Seconds, math.Expm1(v)) }
	worse := func(base, head float64) float64 { return math.Log(head / base) }
	switch {
	case strings.HasSuffix(e.name, "error_rate"):
		show = func(v float64) string { return bench.FormatSigned(bench.Difference, bench.Fraction, v) }
		worse = func(base, head float64) float64 { return head - base }
	case strings.HasSuffix(e.name, "throughput"):
		show = func(v float64) string { return bench.FormatSigned(bench.Ratio, bench.PerSecond, math.Expm1(-v)) }
		worse = func(base, head float64) float64 { return math.Log(base / head) }
	}
	for i, d := range e.d {
		if want := worse(e.base[i], e.head[i]); math.Abs(d-want) > 1e-8 {
			t.Errorf("%s: D of %v and %v is %v, want %v", e.name, e.base[i], e.head[i], d, want)
		}
	}
	null := e.limitOfD(t) * 2 / 5
	if got := fmt.Sprintf("against %.8f: %s", null, redoTest(less(e.d, null))); got != e.test {
		t.Errorf("%s:\ntext %s\nwant %s", e.name, e.test, got)
	}
	estimate, low, high := redoShift(e.d)
	if strings.HasSuffix(e.name, "throughput") {
		low, high = high, low
	}
	if got := show(estimate); got != e.change {
		t.Errorf("%s: change %s, want %s", e.name, e.change, got)
	}
	if got := show(low) + " to " + show(high); got != e.interval {
		t.Errorf("%s: interval %s, want %s", e.name, e.interval, got)
	}
}

// redoTest counts U for every exchange.
func redoTest(d []float64) string {
	extreme, exchanges := 0, 1<<len(d)
	for mask := range exchanges {
		if countPairs(exchange(d, mask)) >= countPairs(d) {
			extreme++
		}
	}
	return fmt.Sprintf("U = %g, %d of %d exchanges at least as extreme, p = %.2g alone",
		countPairs(d), extreme, exchanges, float64(extreme)/float64(exchanges))
}

// less takes away what p speaks against.
func less(d []float64, null float64) []float64 {
	out := slices.Clone(d)
	for i := range out {
		out[i] -= null
	}
	return out
}

func exchange(d []float64, mask int) []float64 {
	out := slices.Clone(d)
	for i := range out {
		if mask>>i&1 == 1 {
			out[i] = -out[i]
		}
	}
	return out
}

func countPairs(d []float64) (u float64) {
	for _, a := range d {
		for _, b := range d {
			switch {
			case a+b > 0:
				u++
			case a+b == 0:
				u += 0.5
			}
		}
	}
	return u
}

// redoShift leaves out at each end as many averages as the rank sum of the
// positive D can be with a chance of at most 2.5 %.
func redoShift(d []float64) (estimate, low, high float64) {
	var averages, rankSums []float64
	for i := range d {
		for j := range i + 1 {
			averages = append(averages, (d[i]+d[j])/2)
		}
	}
	slices.Sort(averages)
	for mask := range 1 << len(d) {
		sum := 0.0
		for rank := range d {
			sum += float64(mask >> rank & 1 * (rank + 1))
		}
		rankSums = append(rankSums, sum)
	}
	slices.Sort(rankSums)
	// The largest rank sum that with all below it has no more than the chance.
	k := int(rankSums[len(rankSums)/40]) - 1
	n := len(averages)
	return (averages[(n-1)/2] + averages[n/2]) / 2, averages[k], averages[n-1-k]
}

// A redone score is of one metric in one exchange.
type redone struct{ u, even float64 }

// asHigh compares with what another metric scored, or the same one.
func (s redone) asHigh(other redone, same bool) bool {
	const rounding = 1e-9
	if same || math.Abs(s.u-other.u) > rounding {
		return s.u >= other.u-rounding
	}
	return s.even >= other.even-rounding
}

// redoAdjusted returns the adjusted p of each metric.
func redoAdjusted(t *testing.T, family []explained) []float64 {
	t.Helper()
	scores := make([][]redone, len(family))
	for i, e := range family {
		limit := e.limitOfD(t)
		scores[i] = redoScores(less(e.d, limit*2/5), limit*3/5)
	}
	share := make([]float64, len(family)) // of exchanges with a score as high as the metric's own
	for i := range family {
		own := scores[i][0]
		for mask := range scores[i] {
			for k := range family {
				if (k == i || !scores[k][0].asHigh(own, false)) && scores[k][mask].asHigh(own, k == i) {
					share[i] += 1 / float64(len(scores[i]))
					break
				}
			}
		}
	}
	p := make([]float64, len(family))
	for i := range family {
		for k := range family {
			if scores[k][0].asHigh(scores[i][0], k == i) {
				p[i] = max(p[i], share[k])
			}
		}
		if math.IsInf(scores[i][0].u, -1) {
			p[i] = 1
		}
	}
	return p
}

// redoScores returns the score in every exchange, the first being the measurement.
func redoScores(d []float64, limit float64) []redone {
	var us []float64
	variance, power := 0.0, 0.0
	for mask := range 1 << len(d) {
		u := countPairs(exchange(d, mask)) - float64(len(d)*len(d))/2
		us, variance = append(us, u), variance+u*u/math.Exp2(float64(len(d)))
	}
	for _, v := range d {
		power += v * v / float64(len(d))
	}
	out := make([]redone, len(us))
	for mask, u := range us {
		mean := 0.0
		for _, v := range exchange(d, mask) {
			mean += v / float64(len(d))
		}
		out[mask] = redone{u: math.Inf(-1)}
		if mean > limit {
			out[mask] = redone{u / math.Sqrt(variance), mean / math.Sqrt(power)}
		}
	}
	return out
}

// limitOfD returns the limit as a D, 0 where there is none.
func (e explained) limitOfD(t *testing.T) float64 {
	t.Helper()
	if e.limit == none {
		return 0
	}
	number, unit, _ := strings.Cut(e.limit, " ")
	v, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil || unit != "%" && unit != "pp":
		t.Fatalf("%s: limit %q", e.name, e.limit)
	case unit == "pp":
		return math.Abs(v / 100)
	}
	return math.Abs(math.Log1p(v / 100)) // a fall is written with a minus
}
