//go:build !linux

package resource

import (
	"errors"
	"fmt"
	"runtime"
)

// MachineLimits returns an error.
func MachineLimits() (Limits, error) {
	return Limits{}, fmt.Errorf("the limits of a machine can be read on Linux only, not on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
