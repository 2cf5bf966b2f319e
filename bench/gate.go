package bench

import "time"

// A Gate is the limit that a metric's change must not pass.
type Gate struct {
	Key
	// Threshold is the smallest change for the worse that counts: a share
	// (0.03 is 3 %) for a metric of scale Ratio, base units for one of scale
	// Difference (0.001 is 0.1 percentage points of error rate).
	Threshold float64 `json:"threshold"`
	// AtLeast is a second limit in base units that the change must pass too;
	// 0 is none.
	AtLeast float64 `json:"at_least,omitempty"`
	// Advisory gates are reported and never decide the verdict.
	Advisory bool `json:"advisory,omitempty"`
	// Named says that the profile asks for the gate; others are there by default.
	Named bool `json:"named,omitempty"`
}

// DefaultThresholds are the gates of a profile that names none.
// Throughput is gated in closed models only: in open ones it is the plan. Where
// requests can be sent again, so is retry_rate, by its NamedThresholds.
var DefaultThresholds = map[string]float64{
	"p50":             0.03,
	"p90":             0.05,
	"p99":             0.15,
	"tail":            0.25,
	"throughput":      0.03,
	"cpu_per_request": 0.03,
	"peak_memory":     0.10,
	"error_rate":      0.001,
}

// DefaultAdvisory are the advisory gates of a profile that names none: what
// says most of a service's use of the machine, but is not known everywhere, or
// scatters too much in short trials of some services for a comparison to pass by
// it. In trials of 2 s of the demo shop memory_growth scatters by 60 kB/s from
// block to block, a quarter of its limit.
var DefaultAdvisory = map[string]float64{
	"instructions_per_request": 0.02,
	"memory_growth":            256 << 10,
	"throttled_time":           0.01,
}

// NamedThresholds are those of gates that a profile names without one, of
// metrics that have no gate unless it does. They decide little, or say what
// another says better, such as where the CPU's time went.
var NamedThresholds = map[string]float64{
	"retry_rate":   0.001,
	"working_set":  0.10,
	"network":      0.05,
	"cpu_stall":    0.01,
	"io_stall":     0.01,
	"memory_stall": 0.01,
	"major_faults": 0.1,
	"page_faults":  10,
	"disk_read":    1 << 10,
	"disk_written": 1 << 10,
}

// LongTrial is how long a trial must be for memory_growth to be gated by
// default: what a service takes while it finds its size is small by then. In open
// models only: in closed ones a faster head fills its caches faster.
const LongTrial = 30 * time.Second

// DefaultThreshold returns the threshold of a gate that a profile names without one.
func DefaultThreshold(k Key) float64 {
	if t, ok := DefaultStepThresholds[k.Metric]; ok && k.Step != "" {
		return t
	}
	return DefaultThresholds[k.Metric] + DefaultAdvisory[k.Metric] + NamedThresholds[k.Metric]
}

// DefaultStepThresholds are the gates of every step of a profile that names none.
var DefaultStepThresholds = map[string]float64{
	"p50":        0.05,
	"error_rate": 0.001,
}

// DefaultBudget is how long a comparison may measure, counted from its first block.
const DefaultBudget = 5 * time.Minute
