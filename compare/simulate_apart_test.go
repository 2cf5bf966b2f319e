package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare/stats"
)

// A moodyWorld gives each session a mood of its own, which moves all trials of
// a metric alike: by 5 %, where the trials of one session scatter by 1 %.
type moodyWorld struct {
	sessions int     // earlier ones
	change   float64 // share by which head is slower
	changed  int     // in so many of the 10 independent metrics
	own      bool    // base's own session is among the earlier ones
	heavy    bool    // moods have the tails of Student's t with 4 degrees of freedom
	shared   bool    // a session's mood is the same for all metrics
}

// moods draws those of base, of head and of the earlier sessions, in standard deviations.
func (w moodyWorld) moods(random *rand.Rand) []float64 {
	moods := make([]float64, 2+w.sessions)
	for i := range moods {
		moods[i] = random.NormFloat64()
		if w.heavy {
			chi := 0.0
			for range 4 {
				v := random.NormFloat64()
				chi += v * v
			}
			moods[i] /= math.Sqrt(chi/4) * math.Sqrt2
		}
	}
	return moods
}

// start draws base, head and the earlier sessions, with eight trials each.
func (w moodyWorld) start(seed uint64) []series {
	random := rand.New(rand.NewPCG(seed, 11))
	session := func(mood, change float64) []float64 {
		centre := math.Log1p(change) + 0.05*mood
		values := make([]float64, MinBlocks)
		for i := range values {
			values[i] = 0.01 * math.Exp(centre+0.01*random.NormFloat64())
		}
		return values
	}
	m, err := bench.MetricByName("p50")
	if err != nil {
		panic(err)
	}
	all := make([]series, 10)
	moods := w.moods(random)
	for i := range all {
		if !w.shared {
			moods = w.moods(random)
		}
		s := &all[i]
		*s = series{profile: "simulated", metric: m, role: gated,
			gate: bench.Gate{Key: bench.Key{Step: fmt.Sprintf("step %d", i), Metric: m.Name}, Threshold: 0.05}}
		s.base, s.head = session(moods[0], 0), session(moods[1], 0)
		if i < w.changed {
			s.head = session(moods[1], w.change)
		}
		for _, mood := range moods[2:] {
			s.sessions = append(s.sessions, stats.Median(session(mood, 0)))
		}
		if w.own {
			s.sessions[0] = stats.Median(s.base)
		}
	}
	return all
}

// simulate returns how many of n comparisons get each verdict, and in how many
// the ranks of the trials alone would call a metric worse or better.
func (w moodyWorld) simulate(n int, seed uint64) (verdicts map[Verdict]int, naive int) {
	verdicts = make(map[Verdict]int)
	for i := range n {
		c := &Comparison{Level: apartLevel}
		c.Deltas, _ = examineApart(w.start(seed+uint64(i)), c.Level)
		c.settle("", "", true)
		verdicts[c.Verdict]++
		if slices.ContainsFunc(c.Deltas, func(d Delta) bool {
			return twoSided(d.Explain.Base, d.Explain.Head) <= 2*apartLevel/float64(len(c.Deltas)) && math.Abs(d.Shift) > d.Limit
		}) {
			naive++
		}
	}
	return verdicts, naive
}

// TestSeenApart: what is said to be visible is what the rule sees of one metric
// of ten, as judgeApart has it: 49 % with 10 sessions, 40 % with 20.
func TestSeenApart(t *testing.T) {
	for sessions, want := range map[int]float64{10: 0.49, 20: 0.40} {
		var seen []float64
		for i := range uint64(40) {
			deltas, _ := examineApart(moodyWorld{sessions: sessions}.start(*simSeed+i), apartLevel)
			for _, d := range deltas {
				seen = append(seen, d.Seen)
			}
		}
		if got := stats.Median(seen); math.Abs(got-want) > 0.05 {
			t.Errorf("%d sessions: sees %.2f, want %.2f", sessions, got, want)
		}
	}
}

// TestSimulateApart: where sessions have moods, the rule calls no more than its
// level, passes nothing that changed, and sees little; the ranks of the trials
// alone cry wolf in most comparisons. Moods with heavy tails that each metric
// has for itself are beyond it: no handful of sessions shows a tail.
func TestSimulateApart(t *testing.T) {
	const n = 40
	tests := []struct {
		name   string
		world  moodyWorld
		most   map[Verdict]float64 // chance of each verdict that is not to be exceeded
		called float64             // chance of a regression that is at least wanted
	}{
		{"nothing changed, 5 sessions", moodyWorld{sessions: 5}, map[Verdict]float64{Regression: 0.01, Improvement: 0.01}, 0},
		{"nothing changed, 10 sessions", moodyWorld{sessions: 10}, map[Verdict]float64{Regression: 0.01, Improvement: 0.01}, 0},
		{"nothing changed, 5 sessions, base's own among them", moodyWorld{sessions: 5, own: true},
			map[Verdict]float64{Regression: 0.01, Improvement: 0.01}, 0},
		{"nothing changed, 10 sessions with heavy tails, moods shared", moodyWorld{sessions: 10, heavy: true, shared: true},
			map[Verdict]float64{Regression: 0.01, Improvement: 0.01}, 0},
		{"nothing changed, 10 sessions with heavy tails, moods apart", moodyWorld{sessions: 10, heavy: true},
			map[Verdict]float64{Regression: 0.06, Improvement: 0.06}, 0},
		{"all 20 % slower, 5 sessions", moodyWorld{sessions: 5, change: 0.2, changed: 10}, map[Verdict]float64{Pass: 0.001, Improvement: 0.001}, 0},
		{"all 20 % slower, 10 sessions", moodyWorld{sessions: 10, change: 0.2, changed: 10}, map[Verdict]float64{Pass: 0.001, Improvement: 0.001}, 0},
		{"one 20 % slower, 10 sessions", moodyWorld{sessions: 10, change: 0.2, changed: 1}, map[Verdict]float64{Pass: 0.001, Improvement: 0.001}, 0},
		{"one 95 % slower, 5 sessions", moodyWorld{sessions: 5, change: 0.95, changed: 1}, map[Verdict]float64{Pass: 0.001}, 0.8},
		{"one 50 % slower, 10 sessions", moodyWorld{sessions: 10, change: 0.50, changed: 1}, map[Verdict]float64{Pass: 0.001}, 0.8},
		{"one 41 % slower, 20 sessions", moodyWorld{sessions: 20, change: 0.41, changed: 1}, map[Verdict]float64{Pass: 0.001}, 0.8},
	}
	for _, test := range tests {
		verdicts, naive := test.world.simulate(n, *simSeed)
		t.Logf("%s: %v; by the trials alone %d of %d are called", test.name, verdicts, naive, n)
		for verdict, chance := range test.most {
			if p := binomialTail(n, verdicts[verdict], chance); p < 1e-5 {
				t.Errorf("%s: %d of %d are %s, which has a chance of %.2g if %g of all are", test.name, verdicts[verdict], n, verdict, p, chance)
			}
		}
		if missed := n - verdicts[Regression]; test.called > 0 && binomialTail(n, missed, 1-test.called) < 1e-5 {
			t.Errorf("%s: %d of %d are not called", test.name, missed, n)
		}
		if naive < n/5 {
			t.Errorf("%s: by the trials alone only %d of %d are called: moods are too small to show anything", test.name, naive, n)
		}
	}
}
