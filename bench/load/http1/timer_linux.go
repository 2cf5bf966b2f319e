package http1

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// maxLate is the most by which a timer ends a sleep early.
const maxLate = 100 * time.Microsecond

// A timer ends sleeps (timerfd). A thread that it wakes runs again only tens of
// microseconds later where the CPU slept: it ends sleeps early by the least of that,
// so that what falls due is sent on time. What is left then is polled away.
type timer struct {
	fd    int
	armed time.Duration // when it fires; 0 when it will not
	late  time.Duration // how long after that the thread runs again, at the least
}

func (t *timer) open() (err error) {
	if t.fd, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC); err != nil {
		return fmt.Errorf("timerfd_create: %w", err)
	}
	return nil
}

// arm makes sure that a sleep which begins now ends at until at the latest. A timer
// that is set for an earlier time stays: waking up once too often is cheaper than
// setting it for every sleep.
func (t *timer) arm(now, until time.Duration) {
	until -= t.late
	if 0 < t.armed && t.armed <= until {
		return
	}
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(until - now))}
	if err := unix.TimerfdSettime(t.fd, 0, &spec, nil); err != nil {
		panic(fmt.Sprintf("http1: timerfd_settime: %v", err)) // after Close
	}
	t.armed = until
}

// woke notes when the thread runs again that slept until the timer fired.
func (t *timer) woke(now time.Duration) {
	late := now - t.armed
	if late > t.late {
		late = t.late + (min(late, maxLate)-t.late)/64
	}
	t.late = late
}

// fired notes that it did, and will not again.
func (t *timer) fired() { t.armed = 0 }
