package compare

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
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
		ID: string(side), Pairing: "pairing", Side: side, Profile: "checkout", Digest: "d1", Service: "compose", Interleave: "slices",
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

// named is a gate that the profile asks for.
func named(g bench.Gate) bench.Gate {
	g.Named = true
	return g
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
		{name: "head fails", blocks: 8, head: every(failing), want: Regression, reason: "profile checkout: all 3200 requests to head failed"},
		{name: "head fails where errors are not gated", blocks: 8, head: every(failing), gates: []bench.Gate{gate("", "p50", 0.03)},
			want: Regression, reason: "profile checkout: all 3200 requests to head failed"},
		{name: "head fails, and so lacks a gated step", blocks: 8, head: every(func(p *plan) { p.only, p.failed = "list", p.requests }),
			want: Regression, reason: "profile checkout: all 1600 requests to head failed"},
		{name: "head fails, and so lacks a gated step, in too few blocks to tell", blocks: 5, head: every(func(p *plan) { p.only, p.failed = "list", p.requests }),
			want: Invalid, reason: "pay p50 is gated, and only base has it"},
		{name: "head fails where more than a quarter is invalid", blocks: 11, base: in(overloaded, 1, 2, 3), head: every(failing),
			want: Invalid, reason: "3 of 11 blocks are invalid, more than a quarter"},
		{name: "head fails, and base in a block", blocks: 8, base: in(failing, 5), head: every(failing), gates: []bench.Gate{gate("", "p50", 0.03)},
			want: Inconclusive, reason: "p50 is undecided: it has a value in 0 of 8 blocks"},
		{name: "head fails, in too few blocks to tell", blocks: 5, head: every(failing), want: Inconclusive, reason: "5 valid blocks measured"},
		{name: "two invalid blocks of ten", blocks: 10, base: in(overloaded, 3), head: in(overloaded, 5), want: Pass, reason: "in 8 blocks",
			warning: "block 5 is not judged: head: the generator was late"},
		{name: "three invalid blocks of eleven", blocks: 11, base: in(overloaded, 1, 2, 3), want: Invalid, reason: "3 of 11 blocks are invalid, more than a quarter"},
		{name: "three invalid blocks of eleven, more may come", blocks: 11, open: true, base: in(overloaded, 1, 2, 3), want: Inconclusive, undecided: true,
			reason: "3 of 11 blocks are invalid"},
		{name: "all blocks invalid", blocks: 8, head: every(overloaded), want: Invalid, reason: "8 of 8 blocks are invalid"},
		{name: "head died thrice", blocks: 6, open: true, head: in(dead, 0, 2, 5), want: Regression,
			reason: "head's service died in 3 of 6 blocks (0, 2, 5) where base's did not"},
		{name: "head died thrice and base once", blocks: 17, open: true, base: in(dead, 3), head: in(dead, 0, 1, 2), want: Inconclusive, undecided: true,
			reason: "13 valid blocks measured, the next look is at 17"},
		{name: "both died", blocks: 4, base: every(dead), head: every(dead), want: Invalid, reason: "4 of 4 blocks are invalid"},
		{name: "base died", blocks: 10, base: in(dead, 0, 1), want: Pass, reason: "in 8 blocks", warning: "base's service died in 2 blocks (0, 1) where head's did not"},
		{name: "a step is missing", blocks: 8, head: every(func(p *plan) { p.only = "list" }), want: Invalid,
			reason: "profile checkout: pay p50 is gated, and only base has it"},
		{name: "CPU known on one side", blocks: 8, base: every(func(p *plan) { p.cpu = 0 }), want: Invalid,
			reason: "cpu_per_request is gated, and only head has it"},
		{name: "CPU unknown", blocks: 8, base: every(func(p *plan) { p.cpu = 0 }), head: every(func(p *plan) { p.cpu = 0 }), want: Pass,
			warning: "cpu_per_request is not judged"},
		{name: "CPU unknown, and the profile gates it", blocks: 8, base: every(func(p *plan) { p.cpu = 0 }), head: every(func(p *plan) { p.cpu = 0 }),
			gates: []bench.Gate{gate("", "p50", 0.03), named(gate("", "cpu_per_request", 0.03))}, want: Inconclusive,
			reason: "cpu_per_request is gated, and nothing measured it: base: block 0: not measured"},
		{name: "CPU unknown, as more blocks would leave it", blocks: 8, open: true, base: every(func(p *plan) { p.cpu = 0 }), head: every(func(p *plan) { p.cpu = 0 }),
			gates: []bench.Gate{gate("", "p50", 0.03), named(gate("", "cpu_per_request", 0.03))}, want: Inconclusive,
			reason: "cpu_per_request is gated, and nothing measured it"},
		{name: "CPU unknown, the profile gates it, and head is slower", blocks: 8, base: every(func(p *plan) { p.cpu = 0 }),
			head:  every(func(p *plan) { p.cpu, p.slower = 0, 1.2*p.slower }),
			gates: []bench.Gate{gate("", "p50", 0.03), named(gate("", "cpu_per_request", 0.03))}, want: Regression, reason: "p50 rose by 20"},
		{name: "too few requests for a quantile", blocks: 8, gates: append([]bench.Gate{gate("", "p99", 0.15)}, gates...), want: Pass,
			warning: "p99 is not judged: base: block 0: too few requests: 400 in 2s, and p99 needs 1000: a trial of 6s would do"},
		{name: "too few requests for a quantile that the profile gates", blocks: 8, gates: append([]bench.Gate{named(gate("", "p99", 0.15))}, gates...), want: Pass,
			warning: "p99 is not judged"},
		{name: "nothing can be judged", blocks: 8, gates: []bench.Gate{gate("", "p99", 0.15)}, want: Invalid, reason: "no gated metric could be judged: of 1 gate none has a value"},
		{name: "no gates", blocks: 8, gates: []bench.Gate{}, want: Invalid, reason: "no gated metric could be judged"},
		{name: "advisory gates only", blocks: 8, gates: []bench.Gate{{Key: bench.Key{Metric: "p50"}, Threshold: 0.03, Advisory: true, Named: true}},
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

// TestWarningsOfProfiles: of several profiles each is named before what is said of
// it, and troubles are counted for each.
func TestWarningsOfProfiles(t *testing.T) {
	pair := func(profile string) Pair {
		jumped := func(block int, p *plan) {
			if block == 3 {
				p.invalid = "the clock jumped"
			}
		}
		p := Pair{Base: makeRun(bench.Base, 9, jumped), Head: makeRun(bench.Head, 9, nil), Gates: gates}
		p.Base.Profile, p.Head.Profile = profile, profile
		p.Head.Trials[0].Warnings = []string{"the service was busy"}
		p.Head.Trials[1].Warnings = []string{"the service was busy"}
		p.Gates = append([]bench.Gate{{Key: bench.Key{Metric: "p99"}, Threshold: 0.15}}, gates...)
		return p
	}
	for _, apart := range []bool{false, true} {
		pairs := []Pair{pair("browse"), pair("search")}
		const few = "p99 is not judged: base: block 0: too few requests: 400 in 2s, and p99 needs 1000: a trial of 6s would do"
		want := []string{
			"profile browse: block 3 is not judged: base: the clock jumped", "profile search: block 3 is not judged: base: the clock jumped",
			"profile browse: head: the service was busy (2 blocks)", "profile search: head: the service was busy (2 blocks)",
			"profile browse: " + few, "profile search: " + few,
		}
		if apart {
			pairs[0].Base.Pairing = "another"
		}
		c, err := Judge(pairs, Options{Final: true, Now: start})
		if err != nil {
			t.Fatal(err)
		}
		if c.Apart {
			c.Warnings = c.Warnings[1:] // that they were measured apart
		}
		if c.Apart != apart || !slices.Equal(c.Warnings, want) {
			t.Errorf("apart %v: %q, want %q", c.Apart, c.Warnings, want)
		}
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

// TestJudgeApart: runs of different sessions decide nothing by themselves.
func TestJudgeApart(t *testing.T) {
	tests := []struct {
		name   string
		edit   func(base *bench.Run)
		want   Verdict
		reason string
	}{
		{"another pairing", func(r *bench.Run) { r.Pairing = "other" }, Inconclusive, "would take 5 earlier ones like base's, 6 hours apart at least, to tell: the store has 0: measure both together"},
		{"measured alone", func(r *bench.Run) { r.Pairing = "" }, Invalid, "way of measuring: alone and side by side"},
		{"whole trials alternated", func(r *bench.Run) { r.Interleave = "trials" }, Invalid, "what alternates: trials and slices"},
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

// earlierRuns makes n sessions that differ by the given share, a day apart, the
// last two days before start.
func earlierRuns(n int, share float64) (runs []*bench.Run) {
	for i := range n {
		r := makeRun(bench.Base, 8, func(_ int, p *plan) { p.slower *= 1 + share*float64(i%3-1) })
		r.ID, r.Pairing, r.Started = fmt.Sprint("earlier ", i), "", start.Add(time.Duration(i-n-1)*24*time.Hour)
		runs = append(runs, r)
	}
	return runs
}

// TestJudgeBySessions: enough earlier sessions let runs measured apart be judged.
func TestJudgeBySessions(t *testing.T) {
	every := func(f func(*plan)) func(int, *plan) { return func(_ int, p *plan) { f(p) } }
	slower := func(by float64) func(int, *plan) { return every(func(p *plan) { p.slower *= by }) }
	tests := []struct {
		name     string
		head     func(int, *plan)
		sessions int
		share    float64 // by which they differ
		edit     func(*Pair)
		want     Verdict
		reason   string
	}{
		{"the same", nil, 5, 0.002, nil, Pass, "no gated metric got worse by more than its threshold in 8 blocks a side, measured apart"},
		{"slower", slower(1.2), 5, 0.002, nil, Regression, "rose by 20"},
		{"faster", slower(0.8), 5, 0.002, nil, Improvement, "fell by 20"},
		{"slower, and sessions differ by as much", slower(1.2), 5, 0.2, nil, Inconclusive, "above the threshold of 3 %, but that may be chance: p "},
		{"the same, and sessions differ much", nil, 10, 0.2, nil, Inconclusive, "may exceed the threshold"},
		{"four sessions", slower(2), 4, 0.002, nil, Inconclusive, "would take 5 earlier ones like base's, 6 hours apart at least, to tell: the store has 4"},
		{"all sessions in a day, long ago", slower(2), 5, 0.002, func(p *Pair) { p.Base.Started = start.AddDate(0, 0, -9) }, Inconclusive,
			"base and head were measured 9 days apart, and the earlier sessions, which lie within 4 days, do not show"},
		{"too few blocks", slower(2), 5, 0.002, func(p *Pair) { p.Head.Trials = p.Head.Trials[:7] }, Inconclusive, "one of them in only 7 valid blocks, and 8 each are the least that decide"},
		{"the profile has changed since", nil, 5, 0.002, func(p *Pair) { p.Digest = "d2" }, Invalid, "before profile checkout changed: its digest was d1 and is d2"},
		{"head fails", every(func(p *plan) { p.failed = p.requests }), 5, 0.002, nil, Regression, "all 3200 requests to head failed"},
		{"head fails, and so lacks a gated step", every(func(p *plan) { p.only, p.failed = "list", p.requests }), 5, 0.002, nil, Regression, "all 1600 requests to head failed"},
		{"head fails where many blocks are invalid", func(block int, p *plan) {
			if p.failed = p.requests; block < 3 {
				p.invalid = "late"
			}
		}, 5, 0.002, nil, Invalid, "3 of 8 blocks of head, in one of them more than a quarter"},
		{"head fails often, as no session did", every(func(p *plan) { p.failed = p.requests / 4 }), 5, 0.002, nil, Inconclusive,
			"error_rate rose by 25 pp (95 % interval 25 pp to 25 pp), above the threshold of 0.1 pp, but that may be chance: p "},
		{"base fails", nil, 5, 0.002, func(p *Pair) { p.Base = apartRun(bench.Base, every(func(p *plan) { p.failed = p.requests })) }, Invalid, "requests to base failed"},
		{"a step is missing", every(func(p *plan) { p.only = "list" }), 5, 0.002, nil, Invalid, "pay p50 is gated, and only base has it"},
		{"many blocks are invalid", func(block int, p *plan) {
			if block < 3 {
				p.invalid = "late"
			}
		}, 5, 0.002, nil, Invalid, "3 of 8 blocks of head, in one of them more than a quarter"},
		{"head died thrice", nil, 5, 0.002, func(p *Pair) { p.Head = dyingRun(bench.Head, 0, 3, 7) }, Regression,
			"head's service died in 3 blocks (0, 3, 7), base's in none"},
		{"head died twice", nil, 5, 0.002, func(p *Pair) { p.Head = dyingRun(bench.Head, 0, 3) }, Pass, "measured apart"},
		{"both died", nil, 5, 0.002, func(p *Pair) { p.Head, p.Base = dyingRun(bench.Head, 0, 3, 7), dyingRun(bench.Base, 2) }, Pass, "measured apart"},
		{"a block is invalid", nil, 5, 0.002, func(p *Pair) {
			p.Base = makeRun(bench.Base, 9, func(block int, p *plan) {
				if block == 3 {
					p.invalid = "late"
				}
			})
			p.Base.Pairing, p.Base.Started = "", start
		}, Pass, "in 8 blocks a side, measured apart"},
		{"a metric is new", nil, 5, 0.002, func(p *Pair) {
			for i := range p.History[0].Trials {
				p.History[0].Trials[i].Usage.CPU = 0
			}
		}, Inconclusive, "cpu_per_request is undecided: only 4 earlier sessions measured it, and 5 are needed"},
	}
	for _, test := range tests {
		p := Pair{Base: apartRun(bench.Base, nil), Head: apartRun(bench.Head, test.head), Gates: gates, History: earlierRuns(test.sessions, test.share)}
		if test.edit != nil {
			test.edit(&p)
		}
		c, err := Judge([]Pair{p}, Options{Final: true})
		if err != nil {
			t.Fatal(err)
		}
		if c.Verdict != test.want || !c.Decided || !c.Apart || !strings.Contains(c.Reasons[0], test.reason) {
			t.Errorf("%s: %s: %q; want %s: %s", test.name, c.Verdict, c.Reasons, test.want, test.reason)
		}
		if named := slices.Contains(c.Warnings, "block 3 is not judged: base: late"); named != (test.name == "a block is invalid") {
			t.Errorf("%s: warnings %q", test.name, c.Warnings)
		}
		roundTrip(t, c)
	}
}

// apartRun makes a run of a session of its own.
func apartRun(side bench.Side, edit func(int, *plan)) *bench.Run {
	r := makeRun(side, 8, edit)
	r.Pairing, r.Started = "", start
	return r
}

// TestSessionsOfEachProfile: one that has too few, or none from a time as long
// as between its base and head, leaves the comparison undecided.
func TestSessionsOfEachProfile(t *testing.T) {
	pair := func(profile string) Pair {
		p := Pair{Base: apartRun(bench.Base, nil), Head: apartRun(bench.Head, nil), Gates: gates, History: earlierRuns(6, 0.002)}
		p.Base.Profile, p.Head.Profile = profile, profile
		return p
	}
	tests := []struct {
		name   string
		edit   func(*Pair)
		want   Verdict
		count  int
		reason string
	}{
		{"both have enough", func(*Pair) {}, Pass, 6, "no gated metric got worse"},
		{"one has too few", func(p *Pair) { p.History = p.History[:4] }, Inconclusive, 4, "profile search: base and head were measured apart, and how much"},
		{"one's are of a short time", func(p *Pair) { p.Base.Started = start.AddDate(0, 0, -11) }, Inconclusive, 6,
			"profile search: base and head were measured 11 days apart, and the earlier sessions, which lie within 5 days"},
	}
	for _, test := range tests {
		browse, search := pair("browse"), pair("search")
		test.edit(&search)
		c, err := Judge([]Pair{browse, search}, Options{Final: true})
		if err != nil {
			t.Fatal(err)
		}
		if c.Verdict != test.want || c.Sessions != test.count || !strings.HasPrefix(c.Reasons[0], test.reason) {
			t.Errorf("%s: %s by %d sessions: %q", test.name, c.Verdict, c.Sessions, c.Reasons)
		}
	}
}

// TestSessions: runs of one mood are one session, and head's own is none of them.
func TestSessions(t *testing.T) {
	every := func(hours, n int) (starts []int) {
		for i := range n {
			starts = append(starts, -hours*(i+1))
		}
		return starts
	}
	tests := []struct {
		name  string
		hours []int // from head's start, newest first
		want  string
	}{
		{"none", nil, "[]"},
		{"every day", every(24, 5), "[-24 -48 -72 -96 -120]"},
		{"every six hours", every(6, 3), "[-6 -12 -18]"},
		{"five in an hour", []int{-48, -48, -48, -49, -49}, "[-48]"},
		{"four in an hour, and an old one", []int{-48, -48, -48, -49, -200}, "[-48 -200]"},
		{"every hour", every(1, 20), "[-6 -12 -18]"},
		{"head's session", []int{5, 0, -5, -7}, "[-7]"},
		{"measured after head", []int{30, 29, -30}, "[30 -30]"},
		{"the newest of many", every(24, 30), fmt.Sprint(every(24, MaxSessions))},
	}
	for _, test := range tests {
		got := Sessions(test.hours, func(h int) time.Time { return start.Add(time.Duration(h) * time.Hour) }, start)
		if fmt.Sprint(got) != test.want {
			t.Errorf("%s: got %v, want %s", test.name, got, test.want)
		}
	}
}

// dyingRun is an apartRun of 14 blocks of which the service does not survive some.
func dyingRun(side bench.Side, blocks ...int) *bench.Run {
	r := makeRun(side, 14, func(block int, p *plan) {
		if slices.Contains(blocks, block) {
			p.invalid, p.died = "the service died", true
		}
	})
	r.Pairing, r.Started = "", start
	return r
}

func TestJudgeRefuses(t *testing.T) {
	base, head := makeRun(bench.Base, 1, nil), makeRun(bench.Head, 1, nil)
	other := makeRun(bench.Head, 1, nil)
	other.Profile = "search"
	alone := makeRun(bench.Base, 1, nil)
	alone.ID, alone.Pairing = "nightly", ""
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
		{"a history of another kind", []Pair{{Base: base, Head: head, History: []*bench.Run{alone}}}, "earlier run nightly was not measured as base was: way of measuring: side by side and alone"},
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

// TestElapsed: profiles that were measured together took their blocks in turn, else
// one measurement's time adds to the other's.
func TestElapsed(t *testing.T) {
	for later, want := range map[time.Duration]time.Duration{0: 80 * time.Second, time.Hour: 160 * time.Second} {
		browse := Pair{Base: makeRun(bench.Base, 8, nil), Head: makeRun(bench.Head, 8, nil), Gates: gates}
		checkout := Pair{Base: makeRun(bench.Base, 8, nil), Head: makeRun(bench.Head, 8, nil), Gates: gates}
		browse.Base.Profile, browse.Head.Profile = "browse", "browse"
		for _, run := range []*bench.Run{checkout.Base, checkout.Head} {
			run.Started = run.Started.Add(later)
			for i := range run.Trials {
				run.Trials[i].Started = run.Trials[i].Started.Add(later + time.Second)
			}
		}
		c, err := Judge([]Pair{browse, checkout}, Options{Final: true})
		if err != nil || c.Elapsed != want {
			t.Errorf("%v later: %v, %v, want %v", later, c.Elapsed, err, want)
		}
	}
}

// A profile of which nothing could be judged does not pass beside another.
func TestNothingJudgedOfOneProfile(t *testing.T) {
	rare := func(_ int, p *plan) { p.requests = 5 }
	browse := Pair{Base: makeRun(bench.Base, 8, nil), Head: makeRun(bench.Head, 8, nil), Gates: gates}
	checkout := Pair{Base: makeRun(bench.Base, 8, rare), Head: makeRun(bench.Head, 8, rare), Gates: []bench.Gate{gate("", "p50", 0.03)}}
	browse.Base.Profile, browse.Head.Profile = "browse", "browse"
	c, err := Judge([]Pair{browse, checkout}, Options{Final: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := "profile checkout: no gated metric could be judged: of 1 gate none has a value"; c.Verdict != Invalid || c.Reasons[0] != want {
		t.Errorf("%s: %q, want %q", c.Verdict, c.Reasons, want)
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

// TestSameFilesOnBothSides: it is told that there is nothing to be found.
func TestSameFilesOnBothSides(t *testing.T) {
	for _, test := range []struct {
		base, head string
		want       bool
	}{{"t1", "t1", true}, {"t1", "t2", false}, {"", "", false}} {
		pair := Pair{Base: makeRun(bench.Base, 8, nil), Head: makeRun(bench.Head, 8, nil), Gates: gates}
		pair.Base.Subject.Tree, pair.Head.Subject.Tree = test.base, test.head
		c, err := Judge([]Pair{pair}, Options{Final: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.Join(c.Notes, "\n"), "the same files (A/A)"); got != test.want {
			t.Errorf("trees %q and %q: notes %q", test.base, test.head, c.Notes)
		}
	}
}

// TestSingleBlock: how long a block takes is known of two at least, so that
// nothing is said of the budget after one.
func TestSingleBlock(t *testing.T) {
	for blocks, want := range map[int]string{
		1: "1 valid block measured, and 8 are the least that decide",
		2: "2 valid blocks measured, and 8 are the least that decide: 1m20s of budget would do",
	} {
		c, err := Judge([]Pair{{Base: makeRun(bench.Base, blocks, nil), Head: makeRun(bench.Head, blocks, nil), Gates: gates}}, Options{Final: true})
		if err != nil {
			t.Fatal(err)
		}
		if c.Verdict != Inconclusive || c.Reasons[0] != want || (c.Elapsed == 0) != (blocks == 1) {
			t.Errorf("%s after %v: %q, want %q", c.Verdict, c.Elapsed, c.Reasons, want)
		}
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

// The first that is said of a block is what spoiled it, whichever arm that was.
func TestDeathLeads(t *testing.T) {
	for _, dies := range []bench.Side{bench.Base, bench.Head} {
		run := func(side bench.Side) *bench.Run {
			return makeRun(side, 3, func(_ int, p *plan) {
				p.invalid, p.died = "the block was lost with the other arm", side == dies
				if p.died {
					p.invalid = "the service died"
				}
			})
		}
		set := blocksOf([]Pair{{Base: run(bench.Base), Head: run(bench.Head)}})
		if got := set.verdict(); !strings.Contains(got, string(dies)+": the service died") {
			t.Errorf("%s dies: %s", dies, got)
		}
	}
}
