package bench

import (
	"errors"
	"math"
	"testing"
	"time"
)

func TestUsageMetrics(t *testing.T) {
	trial := &Trial{
		Load: 2 * time.Second, Steps: []Step{step("a", 100)},
		Usage: Usage{PeakWorkingSet: 3 << 20, Counters: Counters{
			Instructions: 5e8, Throttled: int64(100 * time.Millisecond), CPUStall: int64(3 * time.Second),
			PageFaults: 200, MajorFaults: 0, DiskRead: 4096, NetReceived: 1000, NetSent: 3000,
		}},
	}
	for metric, want := range map[string]float64{
		"instructions_per_request": 5e6,
		"working_set":              3 << 20,
		"throttled_time":           0.05,
		"cpu_stall":                1.5, // two CPUs were waited for at once
		"page_faults":              2,
		"major_faults":             0,
		"disk_read":                40.96,
		"network":                  40,
	} {
		if got, err := trial.Value(Key{Metric: metric}); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", metric, got, err, want)
		}
	}
	trial.Usage.MemoryFloors = make([]int64, Floors+1) // more would take for ever
	for _, metric := range []string{"io_stall", "disk_written", "memory_growth"} {
		if got, err := trial.Value(Key{Metric: metric}); !errors.Is(err, ErrNotMeasured) {
			t.Errorf("%s: got %v, %v, want ErrNotMeasured", metric, got, err)
		}
	}
	trial.Steps[0] = Step{Name: "a"}
	if _, err := trial.Value(Key{Metric: "disk_read"}); !errors.Is(err, ErrTooFew) {
		t.Errorf("without requests: %v", err)
	}
}

func TestCountersAdd(t *testing.T) {
	c := Counters{DiskRead: 1}
	c.Add(Counters{DiskRead: 5, DiskWritten: 7}, Counters{DiskRead: 8, DiskWritten: 6, NetSent: 0})
	if c[DiskRead] != 4 || c[DiskWritten] != 0 || len(c) != 3 {
		t.Errorf("got %v", c)
	}
}

// What memory does in a trial of 8 s, and by how much it grows.
func TestMemoryGrowth(t *testing.T) {
	const mib = 1 << 20
	for _, tt := range []struct {
		name     string
		memory   func(at float64) float64 // MiB after so many seconds
		low, top float64                  // MiB/s
	}{
		{"constant", func(float64) float64 { return 50 }, 0, 0},
		{"a leak of 1 MiB/s", func(at float64) float64 { return 50 + at }, 0.99, 1.01},
		{"a leak below a heap that is collected twice a second", func(at float64) float64 { return 50 + at + 20*math.Mod(2*at, 1) }, 0.9, 1.1},
		{"a heap that is collected twice a second", func(at float64) float64 { return 50 + 20*math.Mod(2*at, 1) }, -0.1, 0.1},
		{"a heap that doubles once", func(at float64) float64 {
			if at > 6 {
				return 100
			}
			return 50
		}, 0, 0},
		{"memory that is given back", func(at float64) float64 { return 50 - at }, -1.01, -0.99},
	} {
		floors := make([]int64, Floors)
		for i := range floors {
			floors[i] = math.MaxInt64
			for at := float64(i); at < float64(i+1); at += 0.05 {
				floors[i] = min(floors[i], int64(tt.memory(at)*mib))
			}
		}
		trial := &Trial{Load: 8 * time.Second, Usage: Usage{MemoryFloors: floors}}
		got, err := trial.Value(Key{Metric: "memory_growth"})
		if err != nil || got < tt.low*mib || got > tt.top*mib {
			t.Errorf("%s: grows by %.3f MiB/s, %v, want %v to %v", tt.name, got/mib, err, tt.low, tt.top)
		}
	}
}
