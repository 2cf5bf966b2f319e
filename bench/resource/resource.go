// Package resource reads what a service uses of its machine, what perfcheck
// itself uses, and which machine that is; and it keeps the two on different
// CPUs.
//
// A [Meter] sums over containers, by their control groups (version 1, 2 and
// the two side by side), or over a group of processes. All counters are
// cumulative and in nanoseconds where the kernel has them: the caller reads
// twice and subtracts. Files are opened once; a read takes about 15 µs for a
// container and 100 for a group of processes, which must be found anew each
// time. Meters and CPUs exist on Linux only; elsewhere the errors are
// [errors.ErrUnsupported].
package resource

import (
	"fmt"
	"syscall"
	"time"
)

// A Sample is what a service has used since it was started, and its memory now.
type Sample struct {
	Time      time.Time     // of the read
	CPU       time.Duration // of all its processes, also those that ended
	Throttled time.Duration // in which CPU limits kept it waiting; containers only
	Memory    int64         // anonymous memory now, bytes: what cannot be dropped or written back
	OOMKills  int64         // processes killed for want of memory; containers only
}

// Self returns the CPU time, user and system, that perfcheck has used, without
// the processes it started.
func Self() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("getrusage: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
