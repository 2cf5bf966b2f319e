package compare

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// A plan says what makeRun shall have measured in a block.
type plan struct {
	slower   float64 // times base's latency, 1 is none
	requests int64   // to each of the two steps
	failed   int64   // of them
	cpu      time.Duration
	invalid  string
	died     bool
	only     string // the one step that there is
}

// makeRun makes a run of two steps with latencies about 1 and 3 ms.
func makeRun(side bench.Side, blocks int, edit func(block int, p *plan)) *bench.Run {
	r := &bench.Run{
		ID: string(side), Pairing: "pairing", Side: side, Profile: "checkout", Digest: "d1", Service: "compose",
		Host: bench.Host{CPU: "test", Cores: 2}, Subject: bench.Subject{Commit: "0123456789"}, Seed: 42,
	}
	for block := range blocks {
		p := plan{slower: 1 + 0.002*float64(block*7%5), requests: 200, cpu: 100 * time.Millisecond}
		if edit != nil {
			edit(block, &p)
		}
		r.Trials = append(r.Trials, p.trial(block))
	}
	return r
}

func (p plan) trial(block int) bench.Trial {
	t := bench.Trial{
		Block: block, Started: start.Add(time.Duration(block) * 10 * time.Second), Load: 2 * time.Second, Busy: 2 * time.Second,
		Usage: bench.Usage{CPU: p.cpu, PeakMemory: 1 << 20}, Died: p.died,
		Generator: bench.Generator{Lag: hist.New()},
	}
	if p.invalid != "" {
		t.Invalid = []string{p.invalid}
	}
	for i, name := range []string{"list", "pay"} {
		if p.only != "" && p.only != name {
			continue
		}
		s := bench.Step{Name: name, Requests: p.requests, Latency: hist.New(), Service: hist.New()}
		if p.failed > 0 {
			s.Errors = []bench.Failure{{Kind: "refused", Count: p.failed}}
		}
		for k := range p.requests - p.failed {
			d := time.Duration(float64(1+2*i) * p.slower * (0.9 + 0.2*float64(k)/200) * float64(time.Millisecond))
			s.Latency.Record(d)
			s.Service.Record(d)
		}
		t.Steps = append(t.Steps, s)
	}
	return t
}

func gate(step, metric string, threshold float64) bench.Gate {
	return bench.Gate{Key: bench.Key{Step: step, Metric: metric}, Threshold: threshold}
}

var gates = []bench.Gate{
	gate("", "p50", 0.03), gate("", "cpu_per_request", 0.03), gate("", "error_rate", 0.001),
	gate("list", "p50", 0.05), gate("list", "error_rate", 0.001),
	gate("pay", "p50", 0.05), gate("pay", "error_rate", 0.001),
}

func TestJudge(t *testing.T) {
	type edit = func(block int, p *plan)
	every := func(f func(*plan)) edit { return func(_ int, p *plan) { f(p) } }
	in := func(f func(*plan), blocks ...int) edit {
		return func(block int, p *plan) {
			for _, b := range blocks {
				if b == block {
					f(p)
				}
			}
		}
	}
	overloaded := func(p *plan) { p.invalid = "the generator was late" }
	dead := func(p *plan) { p.invalid, p.died = "the service died", true }
	silent := func(p *plan) { p.requests = 0 }
	failing := func(p *plan) { p.failed = p.requests }
	tests := []struct {
		name       string
		blocks     int
		base, head edit
		open       bool // more blocks may come
		gates      []bench.Gate
		want       Verdict
		undecided  bool
		reason     string // a part of the first
		warning    string // a part of one, where not empty
	}{
		{name: "the same", blocks: 8, want: Pass, reason: "no gated metric got worse by more than its threshold in 8 blocks"},
		{name: "the same, at the first look", blocks: 8, open: true, want: Pass, reason: "in 8 blocks"},
		{name: "slower", blocks: 8, open: true, head: every(func(p *plan) { p.slower *= 1.2 }), want: Regression, reason: "rose by 20"},
		{name: "faster", blocks: 8, head: every(func(p *plan) { p.slower *= 0.8 }), want: Improvement, reason: "fell by 20"},
		{name: "no look is due", blocks: 9, open: true, head: every(func(p *plan) { p.slower *= 2 }), want: Inconclusive, undecided: true,
			reason: "9 valid blocks measured, the next look is at 12"},
		{name: "ended between looks", blocks: 9, head: every(func(p *plan) { p.slower *= 2 }), want: Regression, reason: "rose by"},
		{name: "too few blocks", blocks: 5, head: every(func(p *plan) { p.slower *= 2 }), want: Inconclusive,
			reason: "5 valid blocks measured, and 8 are the least that decide: 1m20s of budget would do"},
		{name: "no blocks", blocks: 0, want: Invalid, reason: "nothing was measured"},
		{name: "no requests", blocks: 8, base: every(silent), head: every(silent), want: Invalid, reason: "no request was sent"},
		{name: "all requests fail", blocks: 8, base: every(failing), head: every(failing), want: Invalid, reason: "all requests failed, 3200 to base and 3200 to head"},
		{name: "base fails", blocks: 8, base: every(failing), want: Invalid, reason: "all 3200 requests to base failed"},
		{name: "head fails", blocks: 8, head: every(failing), want: Regression, reason: "error_rate rose by 100 pp"},
		{name: "head fails where errors are not gated", blocks: 8, head: every(failing), gates: []bench.Gate{gate("", "p50", 0.03)},
			want: Inconclusive, reason: "p50 is undecided: it has a value in 0 of 8 blocks"},
		{name: "two invalid blocks of ten", blocks: 10, base: in(overloaded, 3), head: in(overloaded, 5), want: Pass, reason: "in 8 blocks",
			warning: "block 5 is not judged: head: the generator was late"},
		{name: "three invalid blocks of eleven", blocks: 11, base: in(overloaded, 1, 2, 3), want: Invalid, reason: "3 of 11 blocks are invalid, more than a quarter"},
		{name: "three invalid blocks of eleven, more may come", blocks: 11, open: true, base: in(overloaded, 1, 2, 3), want: Inconclusive, undecided: true,
			reason: "3 of 11 blocks are invalid"},
		{name: "all blocks invalid", blocks: 8, head: every(overloaded), want: Invalid, reason: "8 of 8 blocks are invalid"},
		{name: "head died thrice", blocks: 6, open: true, head: in(dead, 0, 2, 5), want: Regression,
			reason: "head's service died in 3 of 6 blocks (0, 2, 5) where base's did not"},
		{name: "both died", blocks: 4, base: every(dead), head: every(dead), want: Invalid, reason: "4 of 4 blocks are invalid"},
		{name: "base died", blocks: 10, base: in(dead, 0, 1), want: Pass, reason: "in 8 blocks", warning: "base's service died in 2 blocks (0, 1) where head's did not"},
		{name: "a step is missing", blocks: 8, head: every(func(p *plan) { p.only = "list" }), want: Invalid,
			reason: "profile checkout: pay p50 is gated, and only base has it"},
		{name: "CPU known on one side", blocks: 8, base: every(func(p *plan) { p.cpu = 0 }), want: Invalid,
			reason: "cpu_per_request is gated, and only head has it"},
		{name: "CPU unknown", blocks: 8, base: every(func(p *plan) { p.cpu = 0 }), head: every(func(p *plan) { p.cpu = 0 }), want: Pass,
			warning: "cpu_per_request is not judged"},
		{name: "too few requests for a quantile", blocks: 8, gates: append([]bench.Gate{gate("", "p99", 0.15)}, gates...), want: Pass,
			warning: "p99 is not judged: base: block 0: too few requests: 400, and p99 needs 1000"},
		{name: "nothing can be judged", blocks: 8, gates: []bench.Gate{gate("", "p99", 0.15)}, want: Invalid, reason: "no gated metric could be judged: of 1 gate none has a value"},
		{name: "no gates", blocks: 8, gates: []bench.Gate{}, want: Invalid, reason: "no gated metric could be judged"},
		{name: "advisory gates only", blocks: 8, gates: []bench.Gate{{Key: bench.Key{Metric: "p50"}, Threshold: 0.03, Advisory: true}},
			head: every(func(p *plan) { p.slower *= 2 }), want: Pass, reason: "all gates are advisory", warning: "its gate is advisory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := Pair{Base: makeRun(bench.Base, test.blocks, test.base), Head: makeRun(bench.Head, test.blocks, test.head), Gates: gates}
			if test.gates != nil {
				p.Gates = test.gates
			}
			c, err := Judge([]Pair{p}, Options{Final: !test.open, Now: start})
			if err != nil {
				t.Fatal(err)
			}
			if c.Verdict != test.want || c.Decided == test.undecided || len(c.Reasons) == 0 || !strings.Contains(c.Reasons[0], test.reason) {
				t.Errorf("%s, decided %v: %q; want %s: %s", c.Verdict, c.Decided, c.Reasons, test.want, test.reason)
			}
			if !strings.Contains(strings.Join(c.Warnings, "\n"), test.warning) {
				t.Errorf("warnings %q, want %q", c.Warnings, test.warning)
			}
			roundTrip(t, c)
		})
	}
}

func roundTrip(t *testing.T, c *Comparison) {
	t.Helper()
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back Comparison
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if again, _ := json.Marshal(&back); string(again) != string(data) {
		t.Errorf("not the same after a round trip:\n%s\n%s", data, again)
	}
}

// TestJudgeApart: runs of different sessions are never a pass.
func TestJudgeApart(t *testing.T) {
	tests := []struct {
		name   string
		edit   func(base *bench.Run)
		want   Verdict
		reason string
	}{
		{"measured apart", func(r *bench.Run) { r.Pairing = "" }, Inconclusive, "measure both together"},
		{"another pairing", func(r *bench.Run) { r.Pairing = "other" }, Inconclusive, "measure both together"},
		{"another profile", func(r *bench.Run) { r.Digest = "d2" }, Invalid, "digest of profile checkout: d2 and d1"},
		{"another machine", func(r *bench.Run) { r.Pairing, r.Host.Cores = "", 8 }, Invalid, "cores: 8 and 2"},
		{"another way to run", func(r *bench.Run) { r.Pairing, r.Service = "", "url" }, Invalid, "way of running the service: url and compose"},
	}
	for _, test := range tests {
		base, head := makeRun(bench.Base, 12, nil), makeRun(bench.Head, 10, func(_ int, p *plan) { p.slower *= 1.5 })
		test.edit(base)
		c, err := Judge([]Pair{{Base: base, Head: head, Gates: gates}}, Options{Final: true})
		if err != nil {
			t.Fatal(err)
		}
		if c.Verdict != test.want || !c.Decided || !strings.Contains(c.Reasons[0], test.reason) {
			t.Errorf("%s: %s: %q", test.name, c.Verdict, c.Reasons)
		}
		if test.want == Inconclusive {
			d := c.Deltas[0]
			if d.Metric != "p50" || d.Shift < 0.45 || d.Shift > 0.55 || d.Explain.PSingle > 0.001 || d.P != 1 {
				t.Errorf("%s: %s changed by %v, p %v and %v", test.name, d.Metric, d.Shift, d.P, d.Explain.PSingle)
			}
		}
		roundTrip(t, c)
	}
}

func TestJudgeRefuses(t *testing.T) {
	base, head := makeRun(bench.Base, 1, nil), makeRun(bench.Head, 1, nil)
	other := makeRun(bench.Head, 1, nil)
	other.Profile = "search"
	tests := []struct {
		name  string
		pairs []Pair
		want  string
	}{
		{"no pair", nil, "no pair"},
		{"a run is missing", []Pair{{Base: base}}, "lacks a run"},
		{"one run twice", []Pair{{Base: base, Head: base}}, "stands on both sides"},
		{"two profiles", []Pair{{Base: base, Head: other}}, "base ran profile checkout and head search"},
		{"a profile twice", []Pair{{Base: base, Head: head}, {Base: base, Head: head}}, "two pairs of profile checkout"},
		{"no such metric", []Pair{{Base: base, Head: head, Gates: []bench.Gate{gate("", "p51", 0)}}}, `no metric "p51"`},
		{"a negative threshold", []Pair{{Base: base, Head: head, Gates: []bench.Gate{gate("pay", "p50", -1)}}}, "gate pay p50: threshold -1"},
	}
	for _, test := range tests {
		if _, err := Judge(test.pairs, Options{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

// TestJudgeProfilesJointly: one profile's regression is the comparison's, and
// its block counts only when it is valid in both.
func TestJudgeProfilesJointly(t *testing.T) {
	pair := func(profile string, slower float64, invalid int) Pair {
		base := makeRun(bench.Base, 9, nil)
		head := makeRun(bench.Head, 9, func(block int, p *plan) {
			p.slower *= slower
			if block == invalid {
				p.invalid = "throttled"
			}
		})
		base.Profile, head.Profile = profile, profile
		return Pair{Base: base, Head: head, Gates: gates}
	}
	c, err := Judge([]Pair{pair("browse", 1, -1), pair("checkout", 1.3, 4)}, Options{Final: true})
	if err != nil {
		t.Fatal(err)
	}
	if c.Verdict != Regression || c.Blocks != 8 || c.Invalid != 1 || !strings.HasPrefix(c.Reasons[0], "profile checkout: p50") {
		t.Errorf("%s after %d blocks and %d invalid: %v", c.Verdict, c.Blocks, c.Invalid, c.Reasons)
	}
	for _, d := range c.Deltas {
		if d.Profile == "browse" && d.Verdict == Regression {
			t.Errorf("browse: %s", d.Rule)
		}
	}
}

func TestJudgeAnswersTheSame(t *testing.T) {
	pair := Pair{Base: makeRun(bench.Base, 17, nil), Head: makeRun(bench.Head, 17, func(b int, p *plan) { p.slower += 0.01 * float64(b%3) }), Gates: gates}
	var first *Comparison
	for range 3 {
		c, err := Judge([]Pair{pair}, Options{Final: true})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = c
		}
		if !reflect.DeepEqual(c, first) {
			t.Fatalf("two answers:\n%+v\n%+v", first, c)
		}
	}
	if first.Exchanges != 20000 || !first.Sampled || first.Level != 0.002 || first.Elapsed != 170*time.Second {
		t.Errorf("exchanges %d, sampled %v, level %v, elapsed %v", first.Exchanges, first.Sampled, first.Level, first.Elapsed)
	}
}

// TestShownWithoutGates: every step is in the report, gated or not.
func TestShownWithoutGates(t *testing.T) {
	pair := Pair{Base: makeRun(bench.Base, 8, nil), Head: makeRun(bench.Head, 8, nil), Gates: []bench.Gate{gate("pay", "p90", 0.05)}}
	c, err := Judge([]Pair{pair}, Options{Final: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range c.Deltas {
		got = append(got, fmt.Sprintf("%s %v", d.Key, d.Gated))
	}
	want := "p50 false, p90 false, throughput false, cpu_per_request false, peak_memory false, error_rate false, " +
		"list p50 false, list error_rate false, pay p50 false, pay error_rate false, pay p90 true"
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
}
