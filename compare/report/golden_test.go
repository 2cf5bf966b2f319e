package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
	"github.com/perfcheck/perfcheck/compare"
)

var update = flag.Bool("update", false, "write the goldens anew")

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; look at it with -update\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

// comparison is a comparison without a verdict yet.
func comparison() *compare.Comparison {
	return &compare.Comparison{
		Schema: 1, ID: "20260301T120000-7f3a", Created: time.Date(2026, 3, 1, 12, 4, 0, 0, time.UTC),
		Base: bench.Subject{Commit: "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334", Branch: "main", Title: "Add the cart"},
		Head: bench.Subject{Commit: "e5f6a7b8c9d00112233445566778899aabbccdde", Branch: "product-cache", Title: "Cache product pages"},
		Host: bench.Host{CPU: "AMD EPYC 7763", Cores: 4}, Service: "compose", Seed: 42,
		Blocks: 12, Level: 0.002, Exchanges: 4096, Confidence: 0.95, Elapsed: 3*time.Minute + 20*time.Second,
	}
}

// latency is the delta of a duration with a limit; times are in seconds, the
// others shares.
func latency(step, metric string, base, shift, low, high, limit float64, v compare.Verdict) compare.Delta {
	return compare.Delta{
		Profile: "checkout", Key: bench.Key{Step: step, Metric: metric},
		Unit: bench.Seconds, Better: bench.LowerIsBetter, Scale: bench.Ratio, Gated: true, Threshold: limit, Limit: limit,
		Blocks: 12, Base: base, Head: base * (1 + shift), Shift: shift, Low: low, High: high, P: 0.6, PBetter: 1,
		Spread: limit / 3, Seen: limit * 1.4, Verdict: v,
		Rule: "the upper end of the interval is below the limit",
	}
}

// deltas are those of the default gates, all of which pass.
func deltas() []compare.Delta {
	pass := compare.Pass
	throughput := latency("", "throughput", 1894, -0.004, -0.011, 0.003, 0.03, pass)
	throughput.Unit, throughput.Better, throughput.Seen = bench.PerSecond, bench.HigherIsBetter, -throughput.Seen
	cpu := latency("", "cpu_per_request", 0.00081, 0.002, -0.004, 0.009, 0.03, pass)
	cpu.Unit = bench.CPUTime
	memory := latency("", "peak_memory", 129<<20, 0.012, -0.008, 0.03, 0.10, pass)
	memory.Unit = bench.Bytes
	errors := latency("", "error_rate", 0, 0, 0, 0, 0.001, pass)
	errors.Unit, errors.Scale, errors.Spread, errors.Seen = bench.Fraction, bench.Difference, 0, 0.001
	return []compare.Delta{
		latency("", "p50", 0.0121, 0.003, -0.006, 0.011, 0.03, pass),
		latency("", "p90", 0.0243, 0.006, -0.012, 0.021, 0.05, pass),
		latency("", "p99", 0.0891, -0.011, -0.06, 0.045, 0.15, pass),
		latency("", "tail", 0.134, 0.02, -0.05, 0.11, 0.25, pass),
		throughput, cpu, memory, errors,
		latency("list products", "p50", 0.0032, 0.001, -0.008, 0.012, 0.05, pass),
		latency("product", "p50", 0.0104, 0.004, -0.007, 0.014, 0.05, pass),
		latency("pay", "p50", 0.0211, -0.003, -0.012, 0.008, 0.05, pass),
	}
}

func passing() *compare.Comparison {
	c := comparison()
	c.Verdict, c.Deltas = compare.Pass, deltas()
	c.Reasons = []string{"no gated metric got worse by more than its threshold in 12 blocks"}
	return c
}

func regression() *compare.Comparison {
	c := comparison()
	c.Verdict, c.Deltas = compare.Regression, deltas()
	c.Reasons = []string{"p50 of step product rose by 12.2 % (95 % interval 9.8 % to 14.1 %), above the threshold of 5 %"}
	c.Invalid = 1
	c.Notes = []string{"paired, in slices of 100ms", "block 7 was measured again: the generator fell behind its schedule"}
	d := latency("product", "p50", 0.0104, 0.122, 0.098, 0.141, 0.05, compare.Regression)
	d.P, d.Rule = 0.0005, "p50 of step product rose by 12.2 % (95 % interval 9.8 % to 14.1 %), above the threshold of 5 %; p 0.0005 is not above the level of 0.002"
	d.Explain = compare.Explain{
		Blocks: []int{0, 1, 2}, Base: []float64{0.0104, 0.0103, 0.0106}, Head: []float64{0.0117, 0.0115, 0.0119},
		Change: []float64{0.1178, 0.1102, 0.1157}, U: 144, Extreme: 1, PSingle: 0.00024,
	}
	c.Deltas[9] = d
	advisory := latency("search", "p50", 0.05, 0.2, 0.1, 0.3, 0.05, compare.Regression)
	advisory.Gated = false
	unjudged := latency("rare step", "p99", 0, 0, 0, 0, 0, "")
	unjudged.Gated, unjudged.Blocks, unjudged.Rule = false, 0, "p99 of step rare step is not judged: block 0: too few requests: 120 in 2s, and p99 needs 1000: a trial of 19s would do"
	c.Deltas = append(c.Deltas, advisory, unjudged)
	c.Deltas[0].Verdict, c.Deltas[0].Shift, c.Deltas[0].Low, c.Deltas[0].High = compare.Inconclusive, 0.031, 0.012, 0.05
	c.Deltas[0].NeedBlocks, c.Deltas[0].NeedTime = 24, 6*time.Minute+40*time.Second
	c.Deltas[0].Head = 0.01248
	c.Deltas[0].Rule = "p50 rose by 3.1 % (95 % interval 1.2 % to 5 %), above the threshold of 3 %, but that may be chance: p 0.6 is above the level of 0.002; about 24 blocks would decide it, 6m40s in all"
	return c
}

func inconclusive() *compare.Comparison {
	c := comparison()
	c.Verdict, c.Deltas = compare.Inconclusive, deltas()
	c.Reasons = []string{"12 blocks do not decide p99 and p50 of step pay"}
	c.Warnings = []string{"the machine is noisy: p99 scatters by 18 % from block to block, and its limit is 15 %"}
	for _, i := range []int{2, 10} {
		d := &c.Deltas[i]
		d.Verdict, d.Low, d.High = compare.Inconclusive, -d.Threshold/2, d.Threshold*1.3
	}
	c.Deltas[2].NeedBlocks, c.Deltas[2].NeedTime = 34, 9*time.Minute+25*time.Second
	c.Deltas[2].Spread = 0.18
	return c
}

// tooFew is a comparison of fewer blocks than any look takes.
func tooFew() *compare.Comparison {
	c := comparison()
	c.Verdict, c.Blocks, c.Level, c.Exchanges, c.Deltas = compare.Inconclusive, 5, 0, 0, deltas()[:3]
	c.Reasons = []string{"5 valid blocks measured, and 8 are the least that decide: 2m20s of budget would do"}
	for i := range c.Deltas {
		d := &c.Deltas[i]
		d.Blocks, d.Verdict, d.P, d.Seen = 5, compare.Inconclusive, 1, 0
		d.Rule = d.Metric + " is undecided: it has a value in 5 of 5 blocks, and needs 8"
	}
	return c
}

func invalid() *compare.Comparison {
	c := comparison()
	c.Verdict, c.Blocks, c.Invalid = compare.Invalid, 5, 4
	c.Reasons = []string{"4 of 9 blocks are invalid, and more than a quarter may not be"}
	c.Warnings = []string{"blocks 1, 3, 4 and 8: the generator used all of its core, so the load was not what the profile says; give it a core of its own, or lower the rate"}
	c.Level, c.Exchanges = 0, 0
	return c
}

// apart is a comparison of two stored runs.
func apart() *compare.Comparison {
	c := comparison()
	c.Apart, c.Sessions, c.Blocks, c.Level, c.Exchanges, c.Elapsed = true, 5, 3, 0.01, 0, 0
	c.Verdict, c.Deltas = compare.Inconclusive, deltas()[:2]
	c.Reasons = []string{"p50 rose by 7 % (95 % interval -4.1 % to 19.4 %), above the threshold of 3 %, but that may be chance: p 0.16 is above the level of 0.01",
		"measured apart, no more can be told: measure both together (--measure always)"}
	c.Warnings = []string{"how much sessions differ is taken from 5 earlier ones on main, 2026-02-20 03:00 to 2026-02-25 03:00"}
	d := &c.Deltas[0]
	d.Shift, d.Low, d.High, d.SessionSpread, d.Verdict, d.P, d.Rule = 0.07, -0.041, 0.194, 0.028, compare.Inconclusive, 0.16, c.Reasons[0]
	d.Explain = compare.Explain{
		Base: []float64{0.0121, 0.012, 0.0123}, Head: []float64{0.013, 0.0129, 0.0128}, Null: 0.01182352, U: 9, PSingle: 0.05, PSessions: 0.08,
		Sessions: []float64{0.0121, 0.0119, 0.0127, 0.0124, 0.012},
	}
	c.Deltas[1].Explain = d.Explain
	c.Deltas[1].PBetter = 0.4
	return c
}

func improvement() *compare.Comparison {
	c := comparison()
	c.Verdict, c.Deltas = compare.Improvement, deltas()[:3]
	c.Reasons = []string{"profile checkout: p90 fell by 21 % (95 % interval 18 % to 25 %), by more than the threshold of 5 %"}
	c.Deltas[1] = latency("", "p90", 0.0243, -0.21, -0.25, -0.18, 0.05, compare.Improvement)
	other := latency("", "p50", 0.5, 0.2, 0.1, 0.3, 0.03, compare.Regression)
	other.Profile, other.Gated = "search", false
	c.Deltas = append(c.Deltas, other)
	return c
}

// accepted is a comparison in which one wanted slowdown is there, one is not, and
// one was wanted for longer than it lasts.
func accepted() *compare.Comparison {
	c := regression()
	c.Verdict = compare.Pass
	c.Without = &compare.Outcome{Verdict: compare.Regression, Reasons: c.Reasons}
	c.Reasons = []string{"no gated metric got worse by more than its threshold, or than is accepted, in 12 blocks", "without accepted slowdowns: regression: " + c.Reasons[0]}
	c.Deltas = c.Deltas[:10]
	c.Deltas[0] = deltas()[0]
	d := &c.Deltas[9]
	d.Verdict, d.Without, d.Threshold, d.Limit, d.GateLimit = compare.Pass, compare.Regression, 0.15, 0.15, 0.05
	d.Rule = "p50 of step product rose by 12.2 % (95 % interval 9.8 % to 14.1 %), which is below the accepted limit of 15 %"
	until := func(month time.Month) time.Time { return time.Date(2026, month, 28, 0, 0, 0, 0, time.UTC) }
	c.Accepted = []compare.Accepted{
		{Acceptance: bench.Acceptance{Profile: "checkout", Key: d.Key, UpTo: 0.15, Why: "prices are checked against the ledger (#123)", Until: until(5), Where: "perfcheck.accept.yml:4"},
			State: compare.Used, InsteadOf: 0.05, Rule: "p50 of step product may get worse by 15 % until 2026-05-28, instead of 5 %", Effect: d.Rule + ": pass instead of regression"},
		{Acceptance: bench.Acceptance{Profile: "checkout", Key: bench.Key{Metric: "p99"}, UpTo: 0.4, Why: "the ledger has no index yet", Until: until(5), Where: "perfcheck.accept.yml:10"},
			State: compare.Unused, InsteadOf: 0.15, Rule: "p99 may get worse by 40 % until 2026-05-28, instead of 15 %", Effect: "not needed: p99 fell by 1.1 % (95 % interval -4.5 % to 6 %), which is below the threshold of 15 %"},
		{Acceptance: bench.Acceptance{Profile: "checkout", Key: bench.Key{Metric: "p50"}, UpTo: 0.1, Why: "until the cache is back", Until: until(2), Where: "perfcheck.accept.yml:16"},
			State: compare.Expired, InsteadOf: 0.03, Rule: "p50 may get worse by 10 % until 2026-02-28, instead of 3 %", Effect: "expired: its last day is over, and the gate's own threshold holds"},
	}
	return c
}

// chosen is a comparison of stored runs, with those that were not taken.
func chosen() *compare.Comparison {
	c := apart()
	at := func(hour int) time.Time { return time.Date(2026, 2, 25, hour, 0, 0, 0, time.UTC) }
	c.Candidates = []compare.Candidate{
		{Profile: "checkout", Side: bench.Base, Run: "20260225T090000-a1b2", Started: at(9), Why: "is incomplete"},
		{Profile: "checkout", Side: bench.Base, Run: "20260225T030000-a1b2", Started: at(3), Taken: true, Why: "is the newest that was measured as 20260225T040000-e5f6 was"},
		{Profile: "checkout", Side: bench.Head, Run: "20260225T040000-e5f6", Started: at(4), Taken: true, Why: "is the newest that was measured as 20260225T030000-a1b2 was"},
	}
	return c
}

// skipped is what is said where nothing that matters changed.
func skipped() *compare.Comparison {
	c := comparison()
	c.Verdict, c.Host, c.Service, c.Blocks, c.Level, c.Exchanges, c.Elapsed = compare.Skipped, bench.Host{}, "", 0, 0, 0, 0
	c.Reasons = []string{"none of the changed files is among the paths that matter: services/shop/**"}
	return c
}

// profiles is a comparison of two profiles, in each of which something changed.
func profiles() *compare.Comparison {
	c := regression()
	browse := deltas()
	for i := range browse {
		browse[i].Profile = "browse"
	}
	browse[8] = latency("list products", "p50", 0.0032, -0.31, -0.34, -0.27, 0.05, compare.Improvement)
	browse[8].Profile = "browse"
	c.Deltas = append(browse, c.Deltas...)
	c.Reasons[0] = "profile checkout: " + c.Reasons[0]
	return c
}

func text(t *testing.T, c *compare.Comparison, o TextOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, c, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestText(t *testing.T) {
	for _, test := range []struct {
		name string
		c    *compare.Comparison
		o    TextOptions
	}{
		{"pass", passing(), TextOptions{Width: 110}},
		{"regression", regression(), TextOptions{Width: 110}},
		{"regression-color", regression(), TextOptions{Width: 110, Color: true}},
		{"regression-explain", regression(), TextOptions{Width: 110, Explain: true}},
		{"regression-narrow", regression(), TextOptions{Width: 80}},
		{"inconclusive", inconclusive(), TextOptions{Width: 110}},
		{"too-few", tooFew(), TextOptions{Width: 110}},
		{"invalid", invalid(), TextOptions{Width: 110}},
		{"apart-explain", apart(), TextOptions{Width: 110, Explain: true}},
		{"improvement", improvement(), TextOptions{}},
		{"accepted", accepted(), TextOptions{Width: 110}},
		{"accepted-color", accepted(), TextOptions{Width: 80, Color: true}},
		{"accepted-explain", accepted(), TextOptions{Width: 110, Explain: true}},
		{"candidates-explain", chosen(), TextOptions{Width: 110, Explain: true}},
		{"skipped", skipped(), TextOptions{Width: 110}},
	} {
		t.Run(test.name, func(t *testing.T) { golden(t, test.name+".txt", text(t, test.c, test.o)) })
	}
}

func trial(block int, ms time.Duration, failed int64) bench.Trial {
	step := func(name string, n int64, ms time.Duration) bench.Step {
		h := hist.New()
		for i := range n {
			h.Record(ms*time.Millisecond + time.Duration(i)*10*time.Microsecond)
		}
		return bench.Step{Name: name, Requests: n, Latency: h, Service: h}
	}
	list, pay := step("list products", 1200, ms), step("pay", 300, 3*ms)
	if failed > 0 {
		pay.Requests += failed
		pay.Errors = []bench.Failure{{Kind: "5xx", Count: failed, Example: "status 503, want 201 or 409", Others: []string{"status 500, want 201 or 409"}, First: 300 * time.Millisecond, Last: 1200 * time.Millisecond}}
	}
	return bench.Trial{
		Block: block, Load: 5 * time.Second, Busy: 5 * time.Second, Slices: 50,
		Steps: []bench.Step{list, pay},
		Usage: bench.Usage{CPU: 1300 * time.Millisecond, PeakMemory: 130 << 20},
	}
}

func run() *bench.Run {
	bad := trial(2, 4, 0)
	bad.Invalid, bad.Died = []string{"container api-1 was killed: out of memory"}, true
	bad.Log = "2026-03-01 listening on :8080\nfatal error: \x1b[31mout of memory\x1b[0m\n"
	c := comparison()
	return &bench.Run{
		ID: "20260301T120000-7f3a-head", Profile: "checkout", Subject: c.Head, Host: c.Host, Service: "compose",
		Started: c.Created, Trials: []bench.Trial{trial(0, 4, 3), trial(1, 5, 0), bad}, Complete: true,
		Notes: []string{"measured in slices of 100ms"},
	}
}

// A scaled service is shown by its targets, too, without those of invalid trials.
func TestRunOfReplicas(t *testing.T) {
	r := run()
	for i := range r.Trials {
		for n, name := range []string{"api 1", "api 2"} {
			target := bench.Target{Name: name, Service: hist.New()}
			for request := range 100 {
				target.Count(time.Duration(1+n)*time.Millisecond, request > 0 || n == 0)
			}
			r.Trials[i].Targets = append(r.Trials[i].Targets, target)
		}
	}
	var b bytes.Buffer
	if err := Run(&b, r, TextOptions{Width: 110}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"target  requests   p50   p99  failed\n",
		"api 1        200  1 ms  1 ms  0\n",
		"api 2        200  2 ms  2 ms  2\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestRunOfFewRequests(t *testing.T) {
	r := run()
	latency := hist.New()
	for range 200 {
		latency.Record(time.Millisecond)
	}
	trial := r.Trials[0]
	trial.Block, trial.Load, trial.Steps = 1, 2*time.Second, []bench.Step{{Name: "pay", Requests: 200, Latency: latency, Service: latency}}
	r.Trials = []bench.Trial{trial}
	var b bytes.Buffer
	if err := Run(&b, r, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	const want = "note: no p99: block 1: too few requests: 200 in 2s, and p99 needs 1000: a trial of 11s would do\n"
	if text := b.String(); !strings.Contains(text, want) || strings.Contains(text, "no p50") {
		t.Errorf("no %q in\n%s", want, text)
	}
}

func TestRun(t *testing.T) {
	var b bytes.Buffer
	if err := Run(&b, run(), TextOptions{Width: 110}); err != nil {
		t.Fatal(err)
	}
	golden(t, "run.txt", b.Bytes())
}
