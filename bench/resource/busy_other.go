//go:build !linux

package resource

import (
	"errors"
	"fmt"
	"time"
)

// Busy is Linux's.
func Busy() (busy, all time.Duration, err error) {
	return 0, 0, fmt.Errorf("how busy the machine is: %w", errors.ErrUnsupported)
}
