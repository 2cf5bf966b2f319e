//go:build !linux

package service

import (
	"fmt"
	"os"
	"syscall"
)

// startOf only says whether there is a process: where the time of its start is
// not known, a reused id counts as the old process, and nothing of it is removed.
func startOf(pid int) (string, error) {
	if err := syscall.Kill(pid, 0); err == syscall.ESRCH {
		return "", fmt.Errorf("process %d: %w", pid, os.ErrNotExist)
	}
	return "", nil
}

func habitat() (space, boot string, err error) { return "", "", nil }
