package bench

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A Unit says what a metric's base-unit float64 counts.
type Unit string

// The units of the metrics.
const (
	Seconds   Unit = "s"
	PerSecond Unit = "req/s"
	CPUTime   Unit = "s/req" // CPU seconds for one request
	Fraction  Unit = "1"     // a share between 0 and 1
	Bytes     Unit = "B"

	BytesPerSecond  Unit = "B/s" // of load
	BytesPerRequest Unit = "B/req"
	PerRequest      Unit = "1/req" // a count for one request
)

// A Direction says which way a metric gets better.
type Direction string

// The directions.
const (
	LowerIsBetter  Direction = "lower"
	HigherIsBetter Direction = "higher"
)

// A Scale says how two values of a metric are compared.
type Scale string

const (
	// Ratio compares logarithms: for metrics that are never zero.
	Ratio Scale = "ratio"
	// Difference compares the values themselves: for metrics that can be zero.
	Difference Scale = "difference"
)

// A Metric is a number that a trial yields.
type Metric struct {
	Name    string // as written in perfcheck.yml
	Unit    Unit
	Better  Direction
	Scale   Scale
	PerStep bool // whether it exists for a single step, beside the whole trial
	// Failures says that it counts failed requests. All other metrics look
	// better when requests fail: a failure has no latency, costs little, leaves
	// little behind, and lets its user go on sooner.
	Failures bool

	value func(t *Trial, steps []Step) (float64, error)
}

// minBeyond is how many requests must lie beyond a quantile for it to be judged.
const minBeyond = 10

// room is by how much a trial is advised to be longer than the requests of one
// trial ask for: their number varies from one to the next.
const room = 1.1

// TailShare is the share of the slowest requests whose mean latency is the metric tail.
const TailShare = 0.01

// ErrTooFew is returned when a trial has too few requests to yield a metric.
var ErrTooFew = errors.New("too few requests")

// ErrNotMeasured is returned when a trial holds nothing of what a metric is made from.
var ErrNotMeasured = errors.New("not measured")

var metrics = []Metric{
	{"p50", Seconds, LowerIsBetter, Ratio, true, false, quantile("p50", 0.50)},
	{"p90", Seconds, LowerIsBetter, Ratio, true, false, quantile("p90", 0.90)},
	{"p99", Seconds, LowerIsBetter, Ratio, true, false, quantile("p99", 0.99)},
	{"tail", Seconds, LowerIsBetter, Ratio, true, false, tail},
	{"throughput", PerSecond, HigherIsBetter, Ratio, true, false, throughput},
	{"cpu_per_request", CPUTime, LowerIsBetter, Ratio, false, false, cpuPerRequest},
	{"peak_memory", Bytes, LowerIsBetter, Ratio, false, false, peakMemory},
	{"error_rate", Fraction, LowerIsBetter, Difference, true, true, rate(Step.Failed)},
	{"retry_rate", Fraction, LowerIsBetter, Difference, true, false, rate(Step.Retried)},
	{"instructions_per_request", PerRequest, LowerIsBetter, Ratio, false, false, perRequest(Instructions)},
	{"memory_growth", BytesPerSecond, LowerIsBetter, Difference, false, false, memoryGrowth},
	{"working_set", Bytes, LowerIsBetter, Ratio, false, false, workingSet},
	{"throttled_time", Fraction, LowerIsBetter, Difference, false, false, shareOfLoad(Throttled)},
	{"cpu_stall", Fraction, LowerIsBetter, Difference, false, false, shareOfLoad(CPUStall)},
	{"io_stall", Fraction, LowerIsBetter, Difference, false, false, shareOfLoad(IOStall)},
	{"memory_stall", Fraction, LowerIsBetter, Difference, false, false, shareOfLoad(MemoryStall)},
	{"major_faults", PerRequest, LowerIsBetter, Difference, false, false, perRequest(MajorFaults)},
	{"page_faults", PerRequest, LowerIsBetter, Difference, false, false, perRequest(PageFaults)},
	{"disk_read", BytesPerRequest, LowerIsBetter, Difference, false, false, perRequest(DiskRead)},
	{"disk_written", BytesPerRequest, LowerIsBetter, Difference, false, false, perRequest(DiskWritten)},
	{"network", BytesPerRequest, LowerIsBetter, Ratio, false, false, perRequest(NetReceived, NetSent)},
}

// Metrics returns all metrics in the order in which reports show them.
func Metrics() []Metric { return slices.Clone(metrics) }

// MetricNames returns their names in the same order.
func MetricNames() []string {
	names := make([]string, len(metrics))
	for i, m := range metrics {
		names[i] = m.Name
	}
	return names
}

// MetricByName finds a metric; the error names the ones that exist.
func MetricByName(name string) (Metric, error) {
	for _, m := range metrics {
		if m.Name == name {
			return m, nil
		}
	}
	return Metric{}, fmt.Errorf("no metric %q: there are %s", name, strings.Join(MetricNames(), ", "))
}

// A Key names one number of a trial: a metric of the whole trial (Step is
// empty) or of one step.
type Key struct {
	Step   string `json:"step,omitempty"`
	Metric string `json:"metric"`
}

func (k Key) String() string {
	if k.Step == "" {
		return k.Metric
	}
	return k.Step + " " + k.Metric
}

func quantile(name string, q float64) func(*Trial, []Step) (float64, error) {
	return func(t *Trial, steps []Step) (float64, error) {
		h := latencies(steps)
		if err := t.enough(name, steps, h.Count(), 1-q); err != nil {
			return 0, err
		}
		return h.Quantile(q).Seconds(), nil
	}
}

func tail(t *Trial, steps []Step) (float64, error) {
	h := latencies(steps)
	if err := t.enough("tail", steps, h.Count(), TailShare); err != nil {
		return 0, err
	}
	return h.TailMean(TailShare).Seconds(), nil
}

// enough returns [ErrTooFew] unless the given share of the n requests of the
// steps that succeeded is at least minBeyond of them. It says which length of a
// trial would do, unless the requests would have been enough without failures.
func (t *Trial) enough(metric string, steps []Step, n int64, share float64) error {
	least := math.Ceil(minBeyond/share - 1e-9) // but for rounding, a whole number already
	if float64(n) >= least {
		return nil
	}
	count, all := fmt.Sprint(n), requests(steps)
	if all > n {
		count = fmt.Sprintf("%d of %d succeeded", n, all)
	}
	text := fmt.Sprintf("%s in %v, and %s needs %.0f", count, t.Load.Round(time.Millisecond), metric, least)
	if n > 0 && float64(all) < least {
		seconds := math.Ceil(t.Load.Seconds() * least / float64(n) * room)
		text += fmt.Sprintf(": a trial of %v would do", time.Duration(seconds)*time.Second)
	}
	return fmt.Errorf("%w: %s", ErrTooFew, text)
}

func throughput(t *Trial, steps []Step) (float64, error) {
	if t.Busy <= 0 {
		return 0, ErrNotMeasured
	}
	var ok int64
	for _, s := range steps {
		ok += s.Requests - s.Failed()
	}
	if ok == 0 {
		return 0, ErrTooFew
	}
	return float64(ok) / t.Busy.Seconds(), nil
}

// rate is how many of something there are for one request.
func rate(of func(Step) int64) func(*Trial, []Step) (float64, error) {
	return func(_ *Trial, steps []Step) (float64, error) {
		n := requests(steps)
		if n == 0 {
			return 0, ErrTooFew
		}
		var sum int64
		for _, s := range steps {
			sum += of(s)
		}
		return float64(sum) / float64(n), nil
	}
}

func requests(steps []Step) (n int64) {
	for _, s := range steps {
		n += s.Requests
	}
	return n
}
