package revision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockSuffix ends the name of the file beside a work tree that its owner holds locked.
const lockSuffix = ".lock"

var errHeld = errors.New("held by a living process")

// A lock is a file that is locked for as long as its process lives: the kernel
// gives it up with the process, however that dies, so that neither a process
// id that is used again nor a restart of the machine can mislead.
type lock struct{ file *os.File }

// acquire makes and locks a file. The error is errHeld when another has it.
func acquire(path string) (*lock, error) {
	for {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
		if err != nil {
			return nil, err
		}
		held, err := flock(file)
		if err == nil && held {
			return &lock{file}, nil
		}
		file.Close() // nothing was written
		if err != nil {
			return nil, err
		}
	}
}

// wait is acquire that waits until it is given up.
func wait(ctx context.Context, path string) (*lock, error) {
	const pause = 20 * time.Millisecond
	for {
		l, err := acquire(path)
		if !errors.Is(err, errHeld) {
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
		return false, errHeld
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

// release removes the file and gives up the lock, in this order, so that
// whoever gets the lock sees that the file is gone.
func (l *lock) release() error {
	return errors.Join(os.Remove(l.file.Name()), l.file.Close())
}
