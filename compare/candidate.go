package compare

import (
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// A Candidate is a stored run of base's or head's files, and whether it was the
// one that was compared.
type Candidate struct {
	Profile string     `json:"profile"`
	Side    bench.Side `json:"side"` // that it could stand for
	Run     string     `json:"run"`
	Started time.Time  `json:"started"`
	Taken   bool       `json:"taken"`
	Why     string     `json:"why"` // it was taken or not, as the end of a sentence: "is incomplete"
}
