package bench

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/hist"
)

// precision is what a histogram of 3 significant digits may be off by.
const precision = 1e-3

func near(got, want float64) bool { return math.Abs(got-want) <= precision*math.Abs(want) }

// step returns a step of n successful requests that took 1 ms, 2 ms, … n ms,
// recorded in a drawn order.
func step(name string, n int) Step {
	h := hist.New()
	for _, i := range rand.New(rand.NewPCG(1, uint64(n))).Perm(n) {
		h.Record(time.Duration(i+1) * time.Millisecond)
	}
	return Step{Name: name, Requests: int64(n), Latency: h, Service: h}
}

func TestLatencyMetricsAgainstExactOnes(t *testing.T) {
	trial := &Trial{Steps: []Step{step("a", 10_000)}}
	for metric, want := range map[string]float64{
		"p50":  5.000,
		"p90":  9.000,
		"p99":  9.900,
		"tail": (9.901 + 10.000) / 2, // the slowest 100 of 10,000
	} {
		for _, key := range []Key{{Metric: metric}, {Step: "a", Metric: metric}} {
			if got, err := trial.Value(key); err != nil || !near(got, want) {
				t.Errorf("%s: got %v, %v, want %v", key, got, err, want)
			}
		}
	}
}

// All requests of all steps count alike: no quantile is an average of quantiles.
func TestLatencyOfSeveralStepsIsMerged(t *testing.T) {
	fast, slow := step("fast", 900), step("slow", 100)
	var all []float64
	for n := range 900 {
		all = append(all, float64(n+1)/1000)
	}
	for n := range 100 {
		all = append(all, float64(n+1)/1000)
	}
	slices.Sort(all)
	trial := &Trial{Steps: []Step{fast, slow}}
	for metric, q := range map[string]float64{"p50": 0.5, "p90": 0.9, "p99": 0.99} {
		want := all[int(math.Ceil(q*1000))-1]
		if got, err := trial.Value(Key{Metric: metric}); err != nil || !near(got, want) {
			t.Errorf("%s: got %v, %v, want %v", metric, got, err, want)
		}
	}
	if fast.Latency.Count() != 900 {
		t.Error("merging changed the step's own histogram")
	}
}

// Ten requests must lie beyond a quantile: one fewer, and it is not judged.
func TestFewestRequests(t *testing.T) {
	for metric, least := range map[string]int{"p50": 20, "p90": 100, "p99": 1000, "tail": 1000, "throughput": 1, "error_rate": 1, "cpu_per_request": 1} {
		trial := func(n int) *Trial {
			return &Trial{Busy: time.Second, Steps: []Step{step("a", n)}, Usage: Usage{CPU: time.Second}}
		}
		if _, err := trial(least).Value(Key{Metric: metric}); err != nil {
			t.Errorf("%s of %d requests: %v", metric, least, err)
		}
		if _, err := trial(least - 1).Value(Key{Metric: metric}); !errors.Is(err, ErrTooFew) {
			t.Errorf("%s of %d requests: got %v, want ErrTooFew", metric, least-1, err)
		}
	}
}

// What is not judged says what trial would allow it, with some room, since the
// next trial has a few requests more or fewer.
func TestTooFewRequestsSayHowLongATrialWouldDo(t *testing.T) {
	for _, test := range []struct {
		metric     string
		ok, failed int
		want       string
	}{
		{"p99", 400, 0, "too few requests: 400 in 2s, and p99 needs 1000: a trial of 6s would do"},
		{"tail", 400, 0, "too few requests: 400 in 2s, and tail needs 1000: a trial of 6s would do"},
		{"p99", 999, 0, "too few requests: 999 in 2s, and p99 needs 1000: a trial of 3s would do"},
		{"p90", 3, 0, "too few requests: 3 in 2s, and p90 needs 100: a trial of 1m14s would do"},
		{"p50", 0, 0, "too few requests: 0 in 2s, and p50 needs 20"},
		{"p90", 6, 594, "too few requests: 6 of 600 succeeded in 2s, and p90 needs 100"},
		{"p50", 0, 600, "too few requests: 0 of 600 succeeded in 2s, and p50 needs 20"},
		{"p99", 400, 100, "too few requests: 400 of 500 succeeded in 2s, and p99 needs 1000: a trial of 6s would do"},
	} {
		s := step("a", test.ok)
		s.Requests += int64(test.failed)
		trial := &Trial{Load: 2 * time.Second, Steps: []Step{s}}
		if _, err := trial.Value(Key{Metric: test.metric}); err == nil || err.Error() != test.want {
			t.Errorf("%s of %d requests:\n got %v\nwant %s", test.metric, test.ok, err, test.want)
		}
	}
}

func TestCountedMetrics(t *testing.T) {
	pay := step("pay", 60)
	pay.Requests = 100
	pay.Errors = []Failure{{Kind: "timeout", Count: 30}, {Kind: "check", Count: 10}}
	trial := &Trial{
		Load: 3 * time.Second, Busy: 4 * time.Second,
		Steps: []Step{step("list", 300), pay},
		Usage: Usage{CPU: 2 * time.Second, PeakMemory: 1 << 20},
	}
	for _, test := range []struct {
		key  Key
		want float64
		err  error
	}{
		{Key{"", "throughput"}, 90, nil}, // 360 successes in 4 s, the drain included
		{Key{"pay", "throughput"}, 15, nil},
		{Key{"", "error_rate"}, 0.1, nil},
		{Key{"pay", "error_rate"}, 0.4, nil},
		{Key{"list", "error_rate"}, 0, nil},
		{Key{"", "cpu_per_request"}, 0.005, nil}, // failures cost CPU too
		{Key{"", "peak_memory"}, 1 << 20, nil},
		{Key{"pay", "peak_memory"}, 0, ErrNotMeasured},
		{Key{"pay", "cpu_per_request"}, 0, ErrNotMeasured},
		{Key{"search", "error_rate"}, 0, ErrNotMeasured},
	} {
		got, err := trial.Value(test.key)
		if !errors.Is(err, test.err) || got != test.want {
			t.Errorf("%s: got %v, %v, want %v, %v", test.key, got, err, test.want, test.err)
		}
	}
	if _, err := trial.Value(Key{Metric: "p95"}); err == nil {
		t.Error("p95: no error")
	}
}

func TestNotMeasured(t *testing.T) {
	trial := &Trial{Steps: []Step{step("a", 10)}}
	for _, metric := range []string{"throughput", "cpu_per_request", "peak_memory"} {
		if got, err := trial.Value(Key{Metric: metric}); !errors.Is(err, ErrNotMeasured) {
			t.Errorf("%s: got %v, %v, want ErrNotMeasured", metric, got, err)
		}
	}
}

func TestEveryMetricHasAThreshold(t *testing.T) {
	for _, m := range Metrics() {
		if DefaultThreshold(Key{Metric: m.Name}) <= 0 {
			t.Errorf("%s has no default threshold", m.Name)
		}
	}
	seen := map[string]bool{}
	for _, thresholds := range []map[string]float64{DefaultThresholds, DefaultAdvisory, NamedThresholds} {
		for name := range thresholds {
			if seen[name] {
				t.Errorf("%s has two default thresholds", name)
			}
			seen[name] = true
			if _, err := MetricByName(name); err != nil {
				t.Error(err)
			}
		}
	}
}
