package bench

import "time"

// An Acceptance is a slowdown that a team wants: until a day, a metric of one
// profile may get worse by more than its [Gate] allows.
type Acceptance struct {
	Profile string `json:"profile"`
	Key
	// UpTo stands in for the gate's Threshold, on the same scale. It says
	// nothing of changes for the better, and AtLeast stays what it is.
	UpTo  float64   `json:"up_to"`
	Why   string    `json:"why"`
	Until time.Time `json:"until"`           // its last day: the moment at which that begins in UTC
	Where string    `json:"where,omitempty"` // file and line
}

// Holds says whether the acceptance is still in force.
func (a *Acceptance) Holds(now time.Time) bool { return now.Before(a.Until.AddDate(0, 0, 1)) }
