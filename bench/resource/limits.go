package resource

// Limits are what this machine lets a load generator have.
type Limits struct {
	Files int    // that a process may have open; each connection is one
	Ports int    // for connections to one address at once, those that linger after their end included
	Clock string // what the kernel takes the time from; empty where it does not say
}

// SlowClock says whether reading the time from that source costs a call of the
// kernel, microseconds instead of tens of nanoseconds, on each request.
func (l Limits) SlowClock() bool {
	switch l.Clock {
	case "hpet", "acpi_pm", "jiffies", "xen", "refined-jiffies":
		return true
	}
	return false
}
