package service

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes makes a process group of its own that does not outlive perfcheck.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// kernel returns the release of this machine's kernel.
func kernel() (string, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "", fmt.Errorf("uname: %w", err)
	}
	return unix.ByteSliceToString(u.Release[:]), nil
}

// ephemeral returns the first of the ports that the kernel gives to whoever asks for any.
func ephemeral() (int, error) {
	const name = "/proc/sys/net/ipv4/ip_local_port_range"
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	var first int
	if _, err := fmt.Sscan(string(text), &first); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return first, nil
}

// strays says whether a process may run on other CPUs than these. One that has
// ended, or that is out of sight, is no stray.
func strays(pid int, cpus []int) bool {
	var set unix.CPUSet
	if len(cpus) == 0 || pid == 0 || unix.SchedGetaffinity(pid, &set) != nil {
		return false
	}
	for _, c := range cpus {
		set.Clear(c)
	}
	return set.Count() > 0
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
