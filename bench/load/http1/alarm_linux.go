package http1

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// An alarm rings some tens of microseconds after the time that it is set to. A
// timer of Go's runtime would be up to a millisecond late: it sleeps whole ones.
type alarm struct {
	rung chan struct{} // holds one until somebody hears it
	fd   int           // timerfd, of file
	file *os.File
}

func newAlarm() (*alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("timerfd_create: %w", err)
	}
	return &alarm{make(chan struct{}, 1), fd, os.NewFile(uintptr(fd), "timerfd")}, nil
}

// set makes the alarm ring after d, which is above 0, and not when it was to before.
func (a *alarm) set(d time.Duration) {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	if err := unix.TimerfdSettime(a.fd, 0, &spec, nil); err != nil {
		panic(fmt.Sprintf("http1: timerfd_settime: %v", err)) // after close
	}
}

// run rings until close.
func (a *alarm) run() {
	var expirations [8]byte
	for {
		if _, err := a.file.Read(expirations[:]); err != nil {
			return
		}
		select {
		case a.rung <- struct{}{}:
		default:
		}
	}
}

func (a *alarm) close() error { return a.file.Close() }
