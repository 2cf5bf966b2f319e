package runner

import (
	"fmt"
	"time"

	"github.com/perfcheck/perfcheck/bench/resource"
)

// Others is what the CPUs of this machine did in trials for neither perfcheck nor
// the services it measured.
type others struct {
	used time.Duration
	all  time.Duration // that the CPUs had, together; 0 where nobody can tell
}

// A machine is what all CPUs have done so far: how long they were busy, how much
// time they had, and what of it was perfcheck's own.
type machine struct{ busy, all, self time.Duration }

func readMachine() (m machine, err error) {
	if m.busy, m.all, err = resource.Busy(); err == nil {
		m.self, err = resource.Self()
	}
	return m, err
}

// watch begins a trial of the lanes; end ends it. Where the machine or a service
// cannot be read at the trial's edges, nothing is known of others.
func (o *others) watch(lanes []*lane) (end func()) {
	before, err := readMachine()
	if err != nil {
		return func() {}
	}
	return func() {
		var services time.Duration
		for _, l := range lanes {
			if l.gauge.meter == nil || l.gauge.coarse() {
				return
			}
			services += l.gauge.spent() + l.proxy.used()
		}
		if after, err := readMachine(); err == nil {
			o.charge(before, after, services)
		}
	}
}

func (o *others) charge(before, after machine, services time.Duration) {
	o.used += max(0, after.busy-before.busy-(after.self-before.self)-services)
	o.all += after.all - before.all
}

// crowded is the share of the CPUs from which on others are worth a note.
const crowded = 0.10

// note says what share of the CPUs others used, where that is much.
func (o *others) note() string {
	if o.all == 0 || o.used.Seconds()/o.all.Seconds() < crowded {
		return ""
	}
	return fmt.Sprintf("other programs, or other guests of the same host, used %.0f %% of this machine's CPUs during the trials: fewer blocks decide on a quieter one",
		100*o.used.Seconds()/o.all.Seconds())
}
