//go:build !linux

package http1

import "time"

// An alarm rings after the time that it is set to.
type alarm struct {
	rung  chan struct{} // holds one until somebody hears it
	timer *time.Timer
}

func newAlarm() (*alarm, error) {
	a := &alarm{rung: make(chan struct{}, 1)}
	a.timer = time.AfterFunc(time.Hour, func() {
		select {
		case a.rung <- struct{}{}:
		default:
		}
	})
	return a, nil
}

// set makes the alarm ring after d, and not when it was to before.
func (a *alarm) set(d time.Duration) { a.timer.Reset(d) }

// run has nothing to do: the timer rings by itself.
func (a *alarm) run() {}

func (a *alarm) close() error {
	a.timer.Stop()
	return nil
}
