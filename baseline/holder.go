package baseline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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
	record := fmt.Sprintf("%d %s\n", os.Getpid(), command(os.Args))
	err := os.WriteFile(holderFile(path), []byte(record), 0o644)
	if errors.Is(err, syscall.ENOSPC) {
		return removeHolder(path) // a full disk is what pruning is for
	}
	return err
}

// word is one of the names that commands have.
var word = regexp.MustCompile(`^[a-z]+$`)

// command returns the program and the command of a command line without what
// follows them, which others who read the record have no business with: it may
// be an address with a token.
func command(args []string) string {
	words := []string{filepath.Base(args[0])}
	for _, arg := range args[1:] {
		if len(words) == 3 || !word.MatchString(arg) {
			break
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
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
