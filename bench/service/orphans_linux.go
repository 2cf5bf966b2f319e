package service

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// ReapProcesses kills what the local processes of a perfcheck started and what has
// outlived it, killed or not, and returns what it was. The kernel ends the processes
// themselves with a killed perfcheck, on Linux; what they started still has their
// environment, which names the owner.
func ReapProcesses() (removed []string, err error) {
	me, err := self()
	if err != nil {
		return nil, err
	}
	names, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, name := range names {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if err != nil {
			continue
		}
		what, err := reapProcess(pid, name, me)
		if what != "" {
			removed = append(removed, what)
		}
		errs = append(errs, err)
	}
	return removed, errors.Join(errs...)
}

// reapProcess kills a process whose environment says that its owner is dead.
func reapProcess(pid int, environ string, me owner) (what string, err error) {
	p, err := os.FindProcess(pid) // first, so that what is killed is what was read
	if err != nil {
		return "", nil
	}
	defer p.Release()
	env, err := os.ReadFile(environ)
	if err != nil {
		return "", nil // it has ended, or is another user's
	}
	for pair := range bytes.SplitSeq(env, []byte{0}) {
		text, ok := bytes.CutPrefix(pair, []byte(variableOwner+"="))
		if !ok {
			continue
		}
		o, err := parseOwner(string(text))
		if err != nil || !o.dead(me) || string(text) == os.Getenv(variableOwner) {
			return "", nil // no perfcheck's, a living one's, or what this one was started by
		}
		if err := p.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return "", fmt.Errorf("kill process %d: %w", pid, err)
		}
		return fmt.Sprintf("process %d", pid), nil
	}
	return "", nil
}
