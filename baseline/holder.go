package baseline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// holderFile is where the process that has the store open for writing says who
// it is. The lock itself is bbolt's, on the store, and ends with the process;
// the record is written under it, so it is only ever wrong while nobody, or
// only a reader, has the lock.
func holderFile(path string) string { return path + ".holder" }

func writeHolder(path string) error {
	record := fmt.Sprintf("%d %s\n", os.Getpid(), strings.Join(os.Args, " "))
	return os.WriteFile(holderFile(path), []byte(record), 0o644)
}

func removeHolder(path string) error {
	if err := os.Remove(holderFile(path)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// lockedError names the process that has the store open.
func lockedError(path string) error {
	who := "another perfcheck reads it"
	if pid, command, ok := readHolder(path); ok {
		who = fmt.Sprintf("process %d (%s) writes to it", pid, command)
	}
	return fmt.Errorf("%s: %w: %s; try again when it has ended", path, ErrLocked, who)
}

func readHolder(path string) (pid int, command string, ok bool) {
	record, err := os.ReadFile(holderFile(path))
	if err != nil {
		return 0, "", false
	}
	number, command, _ := strings.Cut(strings.TrimSpace(string(record)), " ")
	pid, err = strconv.Atoi(number)
	return pid, command, err == nil && alive(pid)
}

// alive tells a record that a killed process left behind from that of the holder.
func alive(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = process.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, fs.ErrPermission)
}
