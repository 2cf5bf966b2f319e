package main

import (
	"context"
	"errors"
	"os"
	"syscall"
)

// A stream is where perfcheck prints. When the reader of a pipe has gone away it
// ends what perfcheck does, as an interrupt does. Other pipes and connections
// break without that, so it does not go by the signal, which tells of any.
type stream struct {
	file   *os.File
	unread context.CancelFunc
}

// errUnread is returned for what nobody reads.
var errUnread = errors.New("nobody reads it any more")

func (s *stream) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		s.unread()
		err = errUnread
	}
	return n, err
}

// Fd lets package term ask whether it is a terminal.
func (s *stream) Fd() uintptr { return s.file.Fd() }
