package action

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// A stepFile is one that a step leaves for GitHub to read when it is done.
// Each step has its own, and all its commands append to it.
type stepFile struct {
	*os.File
	size int64  // in bytes
	gap  string // what must come first: a line's end where the last command left none
}

// openStepFile opens the file that a variable names.
func openStepFile(getenv func(string) string, variable string) (*stepFile, error) {
	path := getenv(variable)
	if path == "" {
		return nil, fmt.Errorf("%s is not set: this is no step of a GitHub workflow", variable)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	s := &stepFile{File: f}
	if err := s.look(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", variable, err), f.Close())
	}
	return s, nil
}

// look finds out how the file ends.
func (s *stepFile) look() (err error) {
	s.size, err = s.Seek(0, io.SeekEnd)
	if err != nil || s.size == 0 {
		return err
	}
	var last [1]byte
	if _, err := s.ReadAt(last[:], s.size-1); err != nil {
		return err
	}
	if last[0] != '\n' {
		s.gap = "\n"
	}
	return nil
}
