//go:build !linux

package resource

import (
	"errors"
	"fmt"
	"runtime"
	"time"
)

// Containers opens a meter over containers by their engine, which runs them in
// a virtual machine.
func Containers(containers []Container) (*Meter, error) { return Engine(containers), nil }

// Process returns an error, as Processes does.
func Process(int) (time.Duration, error) { return 0, errors.ErrUnsupported }

// Processes returns an error: there are no counters that are exact enough.
func Processes([]int) (*Meter, error) {
	return nil, fmt.Errorf("the CPU and memory of a process can be read on Linux only, not on %s: %w",
		runtime.GOOS, errors.ErrUnsupported)
}
