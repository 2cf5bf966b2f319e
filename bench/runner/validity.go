package runner

import (
	"fmt"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// The limits of a valid trial.
const (
	// maxLag is how late the 99th percentile of requests may be sent.
	maxLag = 10 * time.Millisecond
	// maxGeneratorCPU is how much of one core perfcheck may use while it loads:
	// its loop is one thread, and beyond this the latencies are its own.
	maxGeneratorCPU = 0.90
)

// faults says why a trial must not be judged, from what perfcheck observed of
// itself and of the load.
func faults(t *bench.Trial) []string {
	var faults []string
	var requests int64
	for _, s := range t.Steps {
		requests += s.Requests
	}
	if requests == 0 {
		return []string{"no request was sent in the trial: it is too short for this load, or no scenario sends one"}
	}
	if lag := t.Generator.Lag.Quantile(0.99); lag > maxLag {
		faults = append(faults, fmt.Sprintf(
			"perfcheck did not keep its schedule: 1 %% of the requests were sent more than %v late (limit %v); the machine is too busy or too small",
			lag.Round(10*time.Microsecond), maxLag))
	}
	if share := t.Generator.CPU.Seconds() / t.Busy.Seconds(); share > maxGeneratorCPU {
		faults = append(faults, fmt.Sprintf(
			"perfcheck used %.0f %% of a core (limit %.0f %%): the load is more than it can send on this machine",
			share*100, maxGeneratorCPU*100))
	}
	return faults
}
