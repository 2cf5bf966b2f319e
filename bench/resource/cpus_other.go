//go:build !linux

package resource

import (
	"errors"
	"fmt"
	"runtime"
)

var errNoCPUs = fmt.Errorf("processes can be bound to CPUs on Linux only, not on %s: %w",
	runtime.GOOS, errors.ErrUnsupported)

// Cores returns an error.
func Cores() ([][]int, error) { return nil, errNoCPUs }

// Pin returns an error.
func Pin([]int) error { return errNoCPUs }
