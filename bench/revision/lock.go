package revision

import (
	"errors"
	"fmt"
	"os"
	"syscall"
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
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			file.Close()
			if errors.Is(err, syscall.EWOULDBLOCK) {
				return nil, errHeld
			}
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if current(file, path) {
			return &lock{file}, nil
		}
		file.Close() // its owner released it, and removed it, since we opened it
	}
}

// current says whether path still is the open file.
func current(file *os.File, path string) bool {
	ours, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(ours, there)
}

// release removes the file and gives up the lock, in this order, so that
// whoever gets the lock sees that the file is gone.
func (l *lock) release() error {
	return errors.Join(os.Remove(l.file.Name()), l.file.Close())
}
