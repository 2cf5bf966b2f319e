package runner

import (
	"fmt"
	"math"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/resource"
)

// A toll is the CPU that the proxy of a published port takes in a trial.
type toll struct {
	pid    int // 0 where there is no proxy
	before time.Duration
}

// reset begins a trial.
func (t *toll) reset() { t.before = t.read() }

// used returns the CPU since the trial began.
func (t *toll) used() time.Duration { return max(0, t.read()-t.before) }

// read returns 0 where the proxy cannot be read: its service says why if it died.
func (t *toll) read() time.Duration {
	if t.pid == 0 {
		return 0
	}
	cpu, err := resource.Process(t.pid)
	if err != nil {
		return 0
	}
	return cpu
}

// costly says how much the proxy adds to what is measured, where that is a tenth
// of the service's own work or more. It is in tens, so that blocks say the same.
func costly(u bench.Usage) string {
	if u.CPU == 0 || u.ProxyCPU*10 < u.CPU {
		return ""
	}
	tenths := math.Ceil(10 * u.ProxyCPU.Seconds() / u.CPU.Seconds())
	return fmt.Sprintf("the proxy of the published port used up to %.0f %% of the CPU that the service did, which hides small changes: "+
		"service.network: direct does without it where the engine's networks are on this machine", 10*tenths)
}
