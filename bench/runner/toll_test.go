package runner

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

func TestCostly(t *testing.T) {
	for _, tt := range []struct {
		cpu, proxy time.Duration
		want       string // share; empty says nothing
	}{
		{time.Second, 0, ""},
		{time.Second, 99 * time.Millisecond, ""},
		{time.Second, 310 * time.Millisecond, "up to 40 %"},
		{0, time.Second, ""}, // the service's is not known
	} {
		got := costly(bench.Usage{CPU: tt.cpu, ProxyCPU: tt.proxy})
		if !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%v of %v: %q", tt.proxy, tt.cpu, got)
		}
	}
}

func TestToll(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs the CPU clocks of Linux")
	}
	own := toll{pid: os.Getpid()}
	own.reset()
	for began := time.Now(); time.Since(began) < 20*time.Millisecond; {
	}
	if used := own.used(); used <= 0 || used > time.Minute {
		t.Errorf("used %v", used)
	}
	none := toll{}
	none.reset()
	gone := toll{pid: 1 << 22, before: time.Second} // above all process ids
	if none.used() != 0 || gone.used() != 0 {
		t.Errorf("without a proxy: %v, %v", none.used(), gone.used())
	}
}
