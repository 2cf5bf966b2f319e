package runner

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/resource"
)

// Why nothing is known of a service is told as it is.
func TestTellMissing(t *testing.T) {
	coarse := resource.Engine(nil)
	coarse.Missing = nil
	for _, c := range []struct {
		lane   *lane
		rounds int
		note   string // "" is none
	}{
		{&lane{}, 1, "perfcheck did not start it"},
		{&lane{unmetered: errors.ErrUnsupported}, 1, "not known: unsupported"},
		{&lane{gauge: gauge{meter: new(resource.Meter)}}, 8, ""},
		{&lane{gauge: gauge{meter: coarse}}, 8, "whether the services are idle between their turns was not measured"},
		{&lane{gauge: gauge{meter: coarse}}, 1, ""},
	} {
		run := &bench.Run{}
		(&task{runs: []*bench.Run{run}, rounds: c.rounds}).tellMissing(c.lane)
		if text := strings.Join(run.Notes, "\n"); !strings.Contains(text, c.note) || (text == "") != (c.note == "") {
			t.Errorf("got %q, want %q", text, c.note)
		}
	}
}

func TestRestless(t *testing.T) {
	rested := func(cpu time.Duration) bench.Usage {
		return bench.Usage{CPU: cpu, IdleCPU: cpu, Idle: time.Second}
	}
	meter := new(resource.Meter)
	for _, c := range []struct {
		name       string
		base, head bench.Usage
		meter      *resource.Meter // head's
		restless   bool
		note       string // the beginning of the only one; "" is none
	}{
		{"idle", rested(0), rested(20 * time.Millisecond), meter, false, ""},
		{"100 ms in every second", rested(0), rested(100 * time.Millisecond), meter, true, "head used 10 % of a core"},
		{"base is busy", rested(500 * time.Millisecond), rested(0), meter, true, "base used 50 % of a core"},
		{"no meter", rested(0), rested(0), nil, false, "whether head is idle"},
	} {
		p := profile.Profile{Interleave: profile.Auto}
		task := &task{profile: &p, runs: []*bench.Run{{Side: bench.Base}, {Side: bench.Head}}}
		lanes := []*lane{
			{name: "base", gauge: gauge{usage: c.base, meter: meter}},
			{name: "head", gauge: gauge{usage: c.head, meter: c.meter}},
		}
		if got := task.restless(lanes); got != c.restless {
			t.Errorf("%s: restless %v", c.name, got)
		}
		for _, run := range task.runs {
			notes := strings.Join(run.Notes, "\n")
			if !strings.HasPrefix(notes, c.note) || (len(run.Notes) == 1) != (c.note != "") {
				t.Errorf("%s: notes: %q", c.name, run.Notes)
			}
		}
	}
}
