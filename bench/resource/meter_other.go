//go:build !linux

package resource

import (
	"errors"
	"fmt"
	"runtime"
)

// A Meter reads the usage of a service; here there is none.
type Meter struct{}

var errNoMeter = fmt.Errorf("the CPU and memory of a service can be read on Linux only, not on %s: %w",
	runtime.GOOS, errors.ErrUnsupported)

// Containers returns an error: containers cannot be seen from here.
func Containers([]int) (*Meter, error) { return nil, errNoMeter }

// Processes returns an error: there are no counters that are exact enough.
func Processes([]int) (*Meter, error) { return nil, errNoMeter }

// Read returns an error.
func (*Meter) Read() (Sample, error) { return Sample{}, errNoMeter }

// Close does nothing.
func (*Meter) Close() error { return nil }
