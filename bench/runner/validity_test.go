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
	for _, c := range []struct {
		name  string
		trial *bench.Trial
		want  string // "" is valid
	}{
		{"fine", trial(100, ms, 100*ms), ""},
		{"no request", trial(0, ms, 100*ms), "no request was sent"},
		{"late", trial(100, 20*ms, 100*ms), "did not keep its schedule"},
		{"exhausted", trial(100, ms, 950*ms), "used 95 % of a core"},
	} {
		got := strings.Join(faults(c.trial), "\n")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
