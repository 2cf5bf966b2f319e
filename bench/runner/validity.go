package runner

import (
	"fmt"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/load/http1"
)

// The limits of a valid trial.
const (
	// maxLag is how late lagQuantile of the requests may be sent at most. Now
	// and then a machine stalls for some milliseconds, which slices spread over
	// both arms; more than this, and the latencies are perfcheck's own.
	maxLag      = 10 * time.Millisecond
	lagQuantile = 0.95
	// maxGeneratorCPU is how much of one core perfcheck may use while it loads:
	// its loop is one thread, and beyond this the latencies are its own.
	maxGeneratorCPU = 0.90
)

// maxIdle is how much of a core a service may use while it is not loaded and
// still count as idle.
const maxIdle = 0.02

// busy says whether the service was not idle in the other arm's turns.
func busy(u bench.Usage) bool {
	return u.IdleCPU.Seconds() > maxIdle*u.Idle.Seconds()
}

// faults says why a trial must not be judged, from what perfcheck observed of
// itself and of the load.
func faults(t *bench.Trial) []string {
	var faults []string
	var requests int64
	for _, s := range t.Steps {
		requests += s.Requests
		for _, f := range s.Errors {
			if f.Kind == string(http1.Exhausted) {
				faults = append(faults, fmt.Sprintf("this machine, not the service, failed %d requests of %s: %s", f.Count, s.Name, f.Example))
			}
		}
	}
	if requests == 0 {
		return []string{"no request was sent in the trial: it is too short for this load, or no scenario sends one"}
	}
	if lag := t.Generator.Lag.Quantile(lagQuantile); lag > maxLag {
		faults = append(faults, fmt.Sprintf(
			"perfcheck did not keep its schedule: %.0f %% of the requests were sent more than %v late (limit %v); the machine is too busy or too small",
			(1-lagQuantile)*100, lag.Round(10*time.Microsecond), maxLag))
	}
	if share := t.Generator.CPU.Seconds() / t.Busy.Seconds(); share > maxGeneratorCPU {
		faults = append(faults, fmt.Sprintf(
			"perfcheck used %.0f %% of a core (limit %.0f %%): the load is more than it can send on this machine",
			share*100, maxGeneratorCPU*100))
	}
	return faults
}
