package load

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

func TestFailuresByKind(t *testing.T) {
	status := func(code int) http1.Result { return http1.Result{Response: scenario.Response{Status: code}} }
	answers := []http1.Result{
		status(200), status(503), status(404), status(500), status(301), status(404), status(502), status(504),
		{Err: errors.New("cannot connect"), Kind: http1.Refused},
		{Err: errors.New(strings.Repeat("ü", 500)), Kind: http1.Protocol},
	}
	var n int
	sim := &simulation{latency: always(100 * time.Millisecond), answer: func(*scenario.Request) http1.Result {
		n++
		return answers[(n-1)%len(answers)]
	}}
	step := get("/a")
	step.Request.Expect.Status = []int{200}
	arm := New(compile(t, step), profile.Arrival{Users: 1}, sim)
	load(t, arm, time.Second)
	arm.Take() // times count from here
	load(t, arm, time.Second)
	got := map[string]string{}
	for _, f := range arm.Take().Steps[0].Errors {
		got[f.Kind] = fmt.Sprintf("%d from %v to %v", f.Count, f.First, f.Last)
		for _, text := range f.Examples() {
			if len(text) > maxExample+len("…") || !utf8.ValidString(text) {
				t.Errorf("%s: %q", f.Kind, text)
			}
			if !strings.Contains(text, "üü") {
				got[f.Kind] += ", " + text
			}
		}
	}
	for kind, want := range map[string]string{
		"5xx":      "4 from 200ms to 800ms, status 503, want 200, status 500, want 200, status 502, want 200",
		"4xx":      "2 from 300ms to 600ms, status 404, want 200",
		"check":    "1 from 500ms to 500ms, status 301, want 200",
		"refused":  "1 from 900ms to 900ms, cannot connect",
		"protocol": "1 from 1s to 1s",
	} {
		if got[kind] != want {
			t.Errorf("%s: %s\nwant %s", kind, got[kind], want)
		}
	}
	if len(got) != 5 {
		t.Errorf("kinds: %v", got)
	}
}

// An answer that is later than its step allows is a failure of a kind of its
// own. What counts is the latency: the wait for a free user included.
func TestLateAnswersFail(t *testing.T) {
	step := get("/a")
	step.Request.Expect.Time = 5 * time.Millisecond
	for _, test := range []struct {
		arrival profile.Arrival
		latency time.Duration
		inTime  int64
	}{
		{profile.Arrival{Users: 1}, 4 * time.Millisecond, 25},
		{profile.Arrival{Users: 1}, 6 * time.Millisecond, 0},
		{profile.Arrival{Rate: 1000, MaxUsers: 1}, 4 * time.Millisecond, 1}, // the others wait
	} {
		arm := New(compile(t, step), test.arrival, &simulation{latency: always(test.latency)})
		load(t, arm, 100*time.Millisecond)
		s := arm.Take().Steps[0]
		inTime := s.Requests - s.Failed()
		if inTime != test.inTime || s.Failed() > 0 && s.Errors[0].Kind != Time {
			t.Errorf("%+v, latency %v: %d in time, want %d; %+v", test.arrival, test.latency, inTime, test.inTime, s.Errors)
		}
	}
}
