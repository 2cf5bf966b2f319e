package service

import (
	"fmt"
	"os"
	"strings"
)

// startOf returns when a process started, in clock ticks since boot: field 22
// of /proc/pid/stat, see proc_pid_stat(5). The error is [os.ErrNotExist] for
// one that is gone or waits to be buried.
func startOf(pid int) (string, error) {
	name := fmt.Sprintf("/proc/%d/stat", pid)
	stat, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	// The second field is the program's name, in parentheses and with any bytes in it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 20 {
		return "", fmt.Errorf("%s: want 22 fields or more", name)
	}
	if fields[0] == "Z" || fields[0] == "X" {
		return "", fmt.Errorf("%s: %w", name, os.ErrNotExist)
	}
	return fields[19], nil
}

// habitat returns the namespace of process ids and the boot.
func habitat() (space, boot string, err error) {
	if space, err = os.Readlink("/proc/self/ns/pid"); err != nil {
		return "", "", err
	}
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return space, strings.TrimSpace(string(id)), err
}
