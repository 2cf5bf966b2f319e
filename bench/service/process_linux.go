package service

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes makes a process group of its own that does not outlive perfcheck.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// bind binds the calling thread, and what it starts, to the given CPUs.
func bind(cpus []int) error {
	if len(cpus) == 0 {
		return nil
	}
	var set unix.CPUSet
	for _, c := range cpus {
		set.Set(c)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("bind to CPUs %s: %w", cpuset(cpus), err)
	}
	return nil
}
