package resource

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestHost(t *testing.T) {
	h, err := Host()
	if err != nil {
		t.Fatal(err)
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	if h.Kernel != strings.TrimSpace(string(kernel)) || h.OS != runtime.GOOS+"/"+runtime.GOARCH {
		t.Errorf("got %+v", h)
	}
	if h.CPU == "" || h.Cores < 1 || h.Memory < memoryStep || h.Memory%memoryStep != 0 {
		t.Errorf("got %+v", h)
	}
}

func TestCPUModel(t *testing.T) {
	tests := []struct{ info, want string }{
		{"processor\t: 0\nmodel\t\t: 85\nmodel name\t: Some CPU @ 2.0GHz\n", "Some CPU @ 2.0GHz"},
		{"processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n", "implementer 0x41 part 0xd40"},
	}
	for _, tt := range tests {
		if got := cpuModel(tt.info); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestSelf(t *testing.T) {
	before, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	burn(50 * time.Millisecond)
	after, err := Self()
	if d := after - before; err != nil || d < 45*time.Millisecond {
		t.Errorf("50ms were burnt, and it says %v, %v", d, err)
	}
}

// TestPin binds a process of its own, and looks at all its threads.
func TestPin(t *testing.T) {
	cores, err := Cores()
	if err != nil || len(cores) == 0 {
		t.Fatalf("got %v, %v", cores, err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PERFCHECK_TEST_CHILD=pin")
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "" {
		t.Errorf("%v: %s", err, out)
	}
	if err := Pin(nil); err == nil {
		t.Error("no CPU at all is no error")
	}
}
