package load

import (
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// An answer that is later than its step allows is a failure of a kind of its
// own. What counts is the latency: the wait for a free user included.
func TestLateAnswersFail(t *testing.T) {
	step := get("/a")
	step.Request.Expect.Time = 5 * time.Millisecond
	for latency, late := range map[time.Duration]bool{4 * time.Millisecond: false, 6 * time.Millisecond: true} {
		arm := New(compile(t, step), profile.Arrival{Users: 1}, &simulation{latency: always(latency)})
		load(t, arm, 100*time.Millisecond)
		s := arm.Take().Steps[0]
		if late != (s.Failed() == s.Requests) || late && s.Errors[0].Kind != Time {
			t.Errorf("latency %v: %d requests, %+v", latency, s.Requests, s.Errors)
		}
	}
}
