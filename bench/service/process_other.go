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

// kernel returns "": container engines run in a virtual machine here.
func kernel() (string, error) { return "", nil }

// ephemeral returns what IANA says (RFC 6335).
func ephemeral() (int, error) { return 49152, nil }

func strays(int, []int) bool { return false }

func bind(cpus []int) error {
	if len(cpus) == 0 {
		return nil
	}
	return fmt.Errorf("bind to CPUs %s: not to be had on %s", cpuset(cpus), runtime.GOOS)
}
