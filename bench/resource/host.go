package resource

import (
	"fmt"
	"runtime"

	"github.com/perfcheck/perfcheck/bench"
	"golang.org/x/sys/unix"
)

// memoryStep is what the memory of a host is rounded to: the part that the
// kernel keeps for itself differs by some megabytes between boots.
const memoryStep = 256 << 20

// Host describes this machine. Engine and Perfcheck are the caller's to fill in.
func Host() (bench.Host, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return bench.Host{}, fmt.Errorf("uname: %w", err)
	}
	cpu, memory, err := hardware()
	if err != nil {
		return bench.Host{}, fmt.Errorf("describe the host: %w", err)
	}
	return bench.Host{
		CPU:    cpu,
		Cores:  runtime.NumCPU(),
		Memory: (memory + memoryStep/2) / memoryStep * memoryStep,
		OS:     runtime.GOOS + "/" + runtime.GOARCH,
		Kernel: unix.ByteSliceToString(u.Release[:]),
	}, nil
}
