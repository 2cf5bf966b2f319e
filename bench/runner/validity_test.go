package runner

import (
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
)

func TestFaults(t *testing.T) {
	trial := func(requests int, lag, cpu time.Duration) *bench.Trial {
		h := hist.New()
		for range 100 {
			h.Record(lag)
		}
		return &bench.Trial{
			Load: time.Second, Busy: time.Second,
			Steps:     []bench.Step{{Name: "a", Requests: int64(requests)}},
			Generator: bench.Generator{Lag: h, CPU: cpu},
		}
	}
	const ms = time.Millisecond
	stalled := func(load, stall time.Duration) *bench.Trial {
		t := trial(100, ms, 100*ms)
		t.Load, t.Generator.Stall = load, stall
		return t
	}
	for _, c := range []struct {
		name  string
		trial *bench.Trial
		want  string // "" is valid
	}{
		{"fine", trial(100, ms, 100*ms), ""},
		{"no request", trial(0, ms, 100*ms), "no request was sent"},
		{"late", trial(100, 20*ms, 100*ms), "did not keep its schedule"},
		{"a short stall", stalled(time.Second, 100*ms), ""},
		{"a long stall", stalled(time.Second, 1200*ms), "perfcheck stalled for 1.2s (limit 100ms)"},
		{"a long trial", stalled(10*time.Second, 490*ms), ""},
		{"too long for a long trial", stalled(10*time.Second, 510*ms), "perfcheck stalled for 510ms (limit 500ms)"},
		{"exhausted", trial(100, ms, 950*ms), "used 95 % of a core"},
	} {
		got := strings.Join(faults(c.trial, false), "\n")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A generator that polls is always busy.
func TestFaultsOfPolling(t *testing.T) {
	lag := hist.New()
	lag.Record(time.Millisecond)
	trial := &bench.Trial{Load: time.Second, Busy: time.Second, Steps: []bench.Step{{Requests: 1}},
		Generator: bench.Generator{Lag: lag, CPU: time.Second}}
	if got := faults(trial, true); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}

func TestJumped(t *testing.T) {
	const minute = time.Minute
	for _, c := range []struct {
		wall, monotonic time.Duration
		want            string // "" is no jump
	}{
		{minute, minute, ""},
		{minute + 500*time.Millisecond, minute, ""},
		{minute + 3*time.Second, minute, "the clock jumped by 3s: the machine slept"},
		{minute, minute + 600*time.Millisecond, "the clock jumped by -600ms"}, // it was set back
	} {
		now := time.Now()
		got := jumped(reading{now, now}, reading{now.Add(c.wall), now.Add(c.monotonic)})
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%v and %v: %q, want %q", c.wall, c.monotonic, got, c.want)
		}
	}
}

// A time that has a monotonic reading equals no time without one.
func TestReadClocks(t *testing.T) {
	r := readClocks()
	if r.wall != r.wall.Round(0) {
		t.Errorf("the wall clock's %v would go by the monotonic one", r.wall)
	}
	if r.monotonic == r.monotonic.Round(0) {
		t.Errorf("%v is not of the monotonic clock", r.monotonic)
	}
}

func TestQueued(t *testing.T) {
	for _, c := range []struct {
		planned int64
		busy    time.Duration
		want    string // "" is no warning
	}{
		{300, 2 * time.Second, ""},
		{300, 2500 * time.Millisecond, ""},
		{300, 2700 * time.Millisecond, "up to 40 % longer"},
		{300, 6 * time.Second, "up to 200 % longer"},
		{0, 6 * time.Second, ""}, // users wait for their answers
	} {
		trial := bench.Trial{Load: 2 * time.Second, Busy: c.busy, Generator: bench.Generator{Planned: c.planned}}
		if got := queued(&trial); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%v: %q, want %q", c.busy, got, c.want)
		}
	}
}

func TestStarved(t *testing.T) {
	for _, c := range []struct {
		planned, waiting int64
		want             string // "" is no warning
	}{
		{0, 0, ""},
		{4000, 0, ""},
		{4000, 1, "up to 10 % of the planned arrivals"},
		{4000, 900, "up to 30 %"},
		{4000, 4000, "up to 100 %"},
	} {
		got := starved(bench.Generator{Planned: c.planned, Waiting: c.waiting}, 2000)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%d of %d: %q, want %q", c.waiting, c.planned, got, c.want)
		}
	}
}
