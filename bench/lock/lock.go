// Package lock makes files that are locked for as long as a process lives.
package lock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// ErrHeld is returned when another process, or this one elsewhere, has the lock.
var ErrHeld = errors.New("held by a living process")

// A Lock is a file that is locked for as long as its process lives: the kernel
// gives it up with the process, however that dies, so that neither a process
// id that is used again nor a restart of the machine can mislead.
type Lock struct{ file *os.File }

// Acquire makes and locks a file. The error is [ErrHeld] when another has it.
func Acquire(path string) (*Lock, error) {
	for {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
		if err != nil {
			return nil, err
		}
		held, err := flock(file)
		if err == nil && held {
			return &Lock{file}, nil
		}
		file.Close() // nothing was written
		if err != nil {
			return nil, err
		}
	}
}

// Wait is [Acquire] that waits until the lock is given up.
func Wait(ctx context.Context, path string) (*Lock, error) {
	const pause = 20 * time.Millisecond
	for {
		l, err := Acquire(path)
		if !errors.Is(err, ErrHeld) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for %s, which another perfcheck holds: %w", path, context.Cause(ctx))
		case <-time.After(pause):
		}
	}
}

// flock locks an open file. It returns false when the file was removed by its
// last owner after it was opened here.
func flock(file *os.File) (bool, error) {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, ErrHeld
	}
	if err != nil {
		return false, fmt.Errorf("lock %s: %w", file.Name(), err)
	}
	ours, err := file.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Stat(file.Name())
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(ours, there), err
}

// Release removes the file and gives up the lock, in this order, so that
// whoever gets the lock sees that the file is gone.
func (l *Lock) Release() error {
	return errors.Join(os.Remove(l.file.Name()), l.file.Close())
}
