//go:build !linux

package service

import (
	"fmt"
	"runtime"
	"syscall"
)

// attributes makes a process group of its own. It outlives a perfcheck that
// was killed: only Linux ends children with their parent.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

func bind(cpus []int) error {
	if len(cpus) == 0 {
		return nil
	}
	return fmt.Errorf("bind to CPUs %s: not to be had on %s", cpuset(cpus), runtime.GOOS)
}
