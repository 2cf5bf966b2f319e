package compare

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// upTo is an accepted slowdown of the profile that makeRun measures, on the day start.
func upTo(step, metric string, change float64) bench.Acceptance {
	return bench.Acceptance{Profile: "checkout", Key: bench.Key{Step: step, Metric: metric}, UpTo: change, Why: "wanted", Until: lastDay}
}

var lastDay = start.Truncate(24 * time.Hour)

func TestJudgeAccepted(t *testing.T) {
	type edit = func(block int, p *plan)
	times := func(slower float64) edit { return func(_ int, p *plan) { p.slower *= slower } }
	latencies := func(change float64) []bench.Acceptance {
		return []bench.Acceptance{upTo("", "p50", change), upTo("list", "p50", change), upTo("pay", "p50", change)}
	}
	expired := upTo("", "p50", 0.25)
	expired.Until = lastDay.AddDate(0, 0, -1)
	other := upTo("", "p50", 0.25)
	other.Profile = "other"
	floored := []bench.Gate{{Key: bench.Key{Metric: "p50"}, Threshold: 0.03, AtLeast: 0.001}} // s, about a half of base's p50
	advisory := []bench.Gate{{Key: bench.Key{Metric: "p50"}, Threshold: 0.03, Advisory: true}, gate("", "cpu_per_request", 0.03)}
	tests := []struct {
		name     string
		head     edit
		open     bool
		gates    []bench.Gate
		accepted []bench.Acceptance
		want     Verdict
		without  Verdict // empty: no limit was raised
		states   []AcceptedState
		effect   string // a part of the first
	}{
		{name: "wanted", head: times(1.2), accepted: latencies(0.25), want: Pass, without: Regression, states: []AcceptedState{Used, Used, Used},
			effect: "which is below the accepted limit of 25 %: pass instead of regression"},
		{name: "wanted, decided at the first look", head: times(1.2), open: true, accepted: latencies(0.25), want: Pass, without: Regression, states: []AcceptedState{Used, Used, Used}},
		{name: "not all of it", head: times(1.2), accepted: latencies(0.25)[:2], want: Regression, without: Regression, states: []AcceptedState{Used, Used}},
		{name: "more than wanted", head: times(1.2), accepted: latencies(0.10), want: Regression, without: Regression, states: []AcceptedState{Exceeded, Exceeded, Exceeded},
			effect: "above the accepted limit of 10 %: a regression all the same"},
		{name: "about as much as wanted", head: func(b int, p *plan) { p.slower *= 1.2 * (1 + 0.02*float64(b%3-1)) }, open: true, accepted: latencies(0.21), want: Inconclusive, without: Regression, states: []AcceptedState{Used, Used, Used},
			effect: "undecided instead of regression"},
		{name: "the same", accepted: latencies(0.25), want: Pass, without: Pass, states: []AcceptedState{Unused, Unused, Unused},
			effect: "not needed: p50 did not change"},
		{name: "faster", head: times(0.8), accepted: latencies(0.5), want: Improvement, without: Improvement, states: []AcceptedState{Unused, Unused, Unused},
			effect: "by more than the threshold of 3 %"},
		{name: "no longer", head: times(1.2), accepted: []bench.Acceptance{expired}, want: Regression, states: []AcceptedState{Expired}, effect: "its last day is over"},
		{name: "of another profile", head: times(1.2), accepted: []bench.Acceptance{other}, want: Regression},
		{name: "less than the gate allows", head: times(1.2), accepted: []bench.Acceptance{upTo("", "p50", 0.02)}, want: Regression, states: []AcceptedState{Exceeded}},
		{name: "less than the gate's floor", head: times(1.2), gates: floored, accepted: []bench.Acceptance{upTo("", "p50", 0.05)}, want: Pass, states: []AcceptedState{Unused},
			effect: "below the threshold of 90.6 % (at least 1 ms)"},
		{name: "of an advisory gate", head: times(1.2), gates: advisory, accepted: []bench.Acceptance{upTo("", "p50", 0.25)}, want: Pass, states: []AcceptedState{Unused}, effect: "not judged"},
		{name: "of what no gate limits", head: times(1.2), accepted: []bench.Acceptance{upTo("", "p90", 0.25)}, want: Regression, states: []AcceptedState{Unused}, effect: "not judged"},
		{name: "a death", head: func(b int, p *plan) {
			if b < deaths {
				p.invalid, p.died = "the service died", true
			}
		}, accepted: latencies(1), want: Regression, without: Regression, states: []AcceptedState{Unused, Unused, Unused}},
		{name: "invalid", head: func(b int, p *plan) {
			if p.slower *= 1.2; b < 4 {
				p.invalid = "the generator was late"
			}
		}, accepted: latencies(1), want: Invalid, without: Invalid, states: []AcceptedState{Used, Used, Used}},
		{name: "failures", head: func(_ int, p *plan) { p.slower, p.failed = 1.2*p.slower, 10 }, accepted: latencies(0.25), want: Regression, without: Regression,
			states: []AcceptedState{Used, Used, Used}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			const blocks = 12
			p := Pair{Base: makeRun(bench.Base, blocks, nil), Head: makeRun(bench.Head, blocks, test.head), Gates: gates}
			if test.gates != nil {
				p.Gates = test.gates
			}
			c, err := Judge([]Pair{p}, Options{Final: !test.open, Now: start, Accepted: test.accepted})
			if err != nil {
				t.Fatal(err)
			}
			var without Verdict
			if c.Without != nil {
				without = c.Without.Verdict
			}
			if c.Verdict != test.want || without != test.without {
				t.Errorf("%s, without %s: %q; want %s, without %s", c.Verdict, without, c.Reasons, test.want, test.without)
			}
			var states []AcceptedState
			for _, a := range c.Accepted {
				states = append(states, a.State)
			}
			if !slices.Equal(states, test.states) {
				t.Errorf("accepted: %q, want %q", states, test.states)
			}
			if test.effect != "" && !strings.Contains(c.Accepted[0].Effect, test.effect) {
				t.Errorf("effect %q, want %q", c.Accepted[0].Effect, test.effect)
			}
			said := strings.Contains(strings.Join(c.Reasons, "\n"), "without accepted slowdowns: "+string(without))
			if differs := without != "" && without != c.Verdict; differs != said {
				t.Errorf("without %q, reasons %q", without, c.Reasons)
			}
			roundTrip(t, c)
		})
	}
}

// TestAcceptedRule: what is accepted stands in for the threshold, and not for the floor in units.
func TestAcceptedRule(t *testing.T) {
	g := gate("", "p50", 0.03)
	for atLeast, want := range map[float64]string{
		0:      "p50 may get worse by 12 % until 2026-01-02, instead of 3 %",
		0.0002: "p50 may get worse by 12 % until 2026-01-02, instead of 3 %; the floor of 200 µs stays",
	} {
		g.AtLeast = atLeast
		if got := new(Comparison).became(upTo("", "p50", 0.12), Pair{Base: &bench.Run{}, Head: &bench.Run{}, Gates: []bench.Gate{g}}, start); got.Rule != want {
			t.Errorf("%s, want %s", got.Rule, want)
		}
	}
}

func TestJudgeAcceptedMistakes(t *testing.T) {
	for want, a := range map[string]bench.Acceptance{
		`no metric "speed"`: upTo("", "speed", 0.1),
		"up to -0.1":        upTo("", "p50", -0.1),
	} {
		p := Pair{Base: makeRun(bench.Base, 8, nil), Head: makeRun(bench.Head, 8, nil), Gates: gates}
		if _, err := Judge([]Pair{p}, Options{Now: start, Accepted: []bench.Acceptance{a}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// milder orders verdicts on a metric.
var milder = []Verdict{Improvement, Pass, Inconclusive, Regression}

// TestAcceptedChangesNothingElse: whatever is accepted of whatever blocks, all
// other metrics are judged as without, and no verdict becomes worse.
func TestAcceptedChangesNothingElse(t *testing.T) {
	const seed, comparisons = 7, 300
	used, hidden, shown := 0, 0, 0
	for i := range comparisons {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		w := world{Noise: []float64{1, 4, 8}[i%3], Shape: shapes[i%len(shapes)], Metrics: 5 + i%10, Change: []float64{-0.1, 0, 0.05, 0.15}[i%4], Errors: 0.002}
		s := w.start(seed, i)
		blocks := []int{8, 8, 8, 12, 12, 12, 17}[i%7]
		without := s.look(blocks)
		accepted := make(map[bench.Key]bool)
		o := Options{Now: start}
		for _, k := range random.Perm(w.Metrics)[:1+i%4] {
			g := s.series[k].gate
			accepted[g.Key] = true
			o.Accepted = append(o.Accepted, bench.Acceptance{Profile: "simulated", Key: g.Key, UpTo: g.Threshold * (1 + 6*random.Float64()), Until: lastDay})
		}
		with := s.look(blocks)
		raised, _ := examine(o.raise(s.series), with.examination(blockSet{valid: s.series[0].blocks}))
		with.accept(raised, func() { with.weigh(blockSet{valid: s.series[0].blocks}, true) })
		for k, d := range with.Deltas {
			own := without.Deltas[k]
			if !accepted[d.Key] {
				if !reflect.DeepEqual(d, own) {
					t.Fatalf("comparison %d: %s is not accepted, and changed from %s to %s", i, d.Key, own.Rule, d.Rule)
				}
				switch {
				case raised[k].Verdict == own.Verdict:
				case own.Verdict == Regression:
					hidden++
				default:
					shown++
				}
			} else if slices.Index(milder, d.Verdict) > slices.Index(milder, own.Verdict) {
				t.Errorf("comparison %d: %s is accepted up to %v, and became %s from %s", i, d.Key, d.Limit, d.Verdict, own.Verdict)
			} else if d.Verdict != own.Verdict {
				used++
			}
		}
		if with.Verdict == Regression && without.Verdict != Regression {
			t.Errorf("comparison %d: accepting made it a regression", i)
		}
	}
	t.Logf("%d metrics became milder; of the others, raised limits alone would have hidden %d regressions and made %d", used, hidden, shown)
	if used < comparisons/10 {
		t.Errorf("accepting made only %d metrics milder: this tests nothing", used)
	}
}

// TestAcceptedHidesNoOther: apart, the metric with the smallest p no longer
// precedes the other, whose p is then adjusted twofold (Holm).
func TestAcceptedHidesNoOther(t *testing.T) {
	delta := func(metric string, v Verdict) Delta {
		return Delta{Profile: "p", Key: bench.Key{Metric: metric}, Gated: true, Verdict: v, Limit: 0.03, Shift: 0.1, Rule: string(v)}
	}
	c := &Comparison{Deltas: []Delta{delta("p50", Regression), delta("cpu_per_request", Regression)}}
	raised := []Delta{delta("p50", Pass), delta("cpu_per_request", Inconclusive)}
	raised[0].GateLimit = 0.03
	conclude := func() { c.settle("", "8 blocks", true) }
	conclude()
	c.accept(raised, conclude)
	if c.Verdict != Regression || c.Deltas[0].Verdict != Pass || c.Deltas[0].Without != Regression || c.Deltas[1].Verdict != Regression {
		t.Errorf("%s: %+v", c.Verdict, c.Deltas)
	}
	if len(c.Without.Reasons) != 2 || len(c.Reasons) != 1 {
		t.Errorf("reasons %q, without %q", c.Reasons, c.Without.Reasons)
	}
}

// TestJudgeAcceptedApart: it is no other for runs that were measured apart.
func TestJudgeAcceptedApart(t *testing.T) {
	slower := func(_ int, p *plan) { p.slower *= 1.2 }
	p := Pair{Base: apartRun(bench.Base, nil), Head: apartRun(bench.Head, slower), Gates: gates, History: earlierRuns(5, 0.002)}
	judged := func(accepted ...bench.Acceptance) *Comparison {
		t.Helper()
		c, err := Judge([]Pair{p}, Options{Final: true, Now: start, Accepted: accepted})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	without := judged()
	all := judged(upTo("", "p50", 0.5), upTo("list", "p50", 0.5), upTo("pay", "p50", 0.5))
	if without.Verdict != Regression || all.Verdict != Pass || !reflect.DeepEqual(*all.Without, Outcome{without.Verdict, without.Reasons}) {
		t.Errorf("without %s, with all accepted %s: %q, of which is said that without it is %+v", without.Verdict, all.Verdict, all.Reasons, all.Without)
	}
	some := judged(upTo("", "p50", 0.5))
	if some.Verdict != Regression || some.Deltas[0].Verdict != Pass || !reflect.DeepEqual(some.Deltas[1:], without.Deltas[1:]) {
		t.Errorf("with p50 accepted %s: %q", some.Verdict, some.Reasons)
	}
}
