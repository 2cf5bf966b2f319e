package bench

import (
	"slices"
	"time"
)

// Usage is what the service used from a trial's first slice to its last, the
// other arm's turns included, in which it may have been paused.
type Usage struct {
	CPU        time.Duration `json:"cpu_ns,omitempty"`      // of all its processes; 0 when it could not be read
	IdleCPU    time.Duration `json:"idle_cpu_ns,omitempty"` // the part of it used outside the arm's own turns
	Idle       time.Duration `json:"idle_ns,omitempty"`     // how long those other turns were
	PeakMemory int64         `json:"peak_memory,omitempty"` // largest anonymous memory seen, bytes

	// PeakWorkingSet is the largest memory seen that the kernel cannot take back
	// without harm: anonymous, and of files what is in use. Bytes.
	PeakWorkingSet int64 `json:"peak_working_set,omitempty"`
	// MemoryFloors are the least anonymous memory seen in each of [Floors]
	// parts of the trial's load, bytes; none where a part was not seen.
	MemoryFloors []int64 `json:"memory_floors,omitempty"`

	// ProxyCPU is what the container engine's proxy of the published port used,
	// where the load went by one. It is not the service's, nor part of CPU.
	ProxyCPU time.Duration `json:"proxy_cpu_ns,omitempty"`

	Counters Counters `json:"counters,omitempty"`
	// Parts are the service's containers where there are several.
	Parts []Part `json:"parts,omitempty"`
	// Coarse says that the container engine was asked, once a second: peaks
	// between two answers were not seen.
	Coarse bool `json:"coarse,omitempty"`
}

// A Part is what one container of the service used of a [Usage].
type Part struct {
	Name       string        `json:"name"`
	CPU        time.Duration `json:"cpu_ns,omitempty"`
	PeakMemory int64         `json:"peak_memory,omitempty"`
	Counters   Counters      `json:"counters,omitempty"`
}

// A Counter is something that the kernel counts of a service.
type Counter string

// The counters. Those that end in _ns count nanoseconds, disk_ and net_ bytes.
const (
	Throttled    Counter = "throttled_ns" // in which CPU limits kept it waiting
	CPUStall     Counter = "cpu_stall_ns" // in which some thread waited for a CPU
	IOStall      Counter = "io_stall_ns"  // in which some thread waited for a disk
	MemoryStall  Counter = "mem_stall_ns" // in which some thread waited for memory
	OOMKills     Counter = "oom_kills"    // processes killed for want of memory
	PageFaults   Counter = "page_faults"  // major ones included
	MajorFaults  Counter = "major_faults" // that had to wait for a disk
	DiskRead     Counter = "disk_read"    // from block devices
	DiskWritten  Counter = "disk_written" // to block devices
	DiskOps      Counter = "disk_ops"     // reads and writes of block devices
	NetReceived  Counter = "net_received" // by all interfaces but the loopback
	NetSent      Counter = "net_sent"     // by all interfaces but the loopback
	Instructions Counter = "instructions" // executed in user mode
)

// Counters holds what is known; what the machine does not tell is not in it.
type Counters map[Counter]int64

// Add adds what was counted from one reading to a later one. What fell
// meanwhile counts for nothing: a process ended and took its count along.
func (c Counters) Add(before, after Counters) {
	for name, n := range after {
		c[name] += max(0, n-before[name])
	}
}

func cpuPerRequest(t *Trial, steps []Step) (float64, error) {
	if t.Usage.CPU == 0 {
		return 0, ErrNotMeasured
	}
	n := requests(steps)
	if n == 0 {
		return 0, ErrTooFew
	}
	return t.Usage.CPU.Seconds() / float64(n), nil
}

// perRequest is the sum of counters for one request.
func perRequest(counters ...Counter) func(*Trial, []Step) (float64, error) {
	return func(t *Trial, steps []Step) (float64, error) {
		var sum int64
		for _, c := range counters {
			n, ok := t.Usage.Counters[c]
			if !ok {
				return 0, ErrNotMeasured
			}
			sum += n
		}
		n := requests(steps)
		if n == 0 {
			return 0, ErrTooFew
		}
		return float64(sum) / float64(n), nil
	}
}

// shareOfLoad is the time that a counter has for a second of load; it exceeds
// 1 where several CPUs were waited for at once.
func shareOfLoad(c Counter) func(*Trial, []Step) (float64, error) {
	return func(t *Trial, _ []Step) (float64, error) {
		n, ok := t.Usage.Counters[c]
		if !ok || t.Load <= 0 {
			return 0, ErrNotMeasured
		}
		return float64(n) / float64(t.Load), nil
	}
}

func peakMemory(t *Trial, _ []Step) (float64, error) { return memory(t.Usage.PeakMemory) }
func workingSet(t *Trial, _ []Step) (float64, error) { return memory(t.Usage.PeakWorkingSet) }

func memory(n int64) (float64, error) {
	if n == 0 {
		return 0, ErrNotMeasured
	}
	return float64(n), nil
}

// Floors is in how many parts a trial's load is divided to see whether memory
// grows. By the least that is seen in each, a heap that is filled and collected
// several times in a part does not grow.
const Floors = 8

// Called is the word that people have for a metric that got worse, where there is one.
var Called = map[string]string{"memory_growth": "a leak"}

// memoryGrowth is the slope of the floors, in bytes for a second of load: the
// median of the slopes between any two of them (Theil and Sen), which one step
// of a heap does not move.
func memoryGrowth(t *Trial, _ []Step) (float64, error) {
	floors := t.Usage.MemoryFloors
	if len(floors) != Floors || t.Load <= 0 {
		return 0, ErrNotMeasured
	}
	part := t.Load.Seconds() / float64(len(floors))
	var slopes []float64
	for i := range floors {
		for j := range i {
			slopes = append(slopes, float64(floors[i]-floors[j])/(float64(i-j)*part))
		}
	}
	slices.Sort(slopes)
	n := len(slopes)
	return (slopes[(n-1)/2] + slopes[n/2]) / 2, nil
}
