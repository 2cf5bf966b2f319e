package profile

import (
	"strings"
	"testing"
	"time"
)

// arriving reads a small profile with stages and more lines.
func arriving(lines ...string) (*Config, error) {
	return parse("perfcheck.yml", []byte(small(lines...)))
}

func TestStages(t *testing.T) {
	const s = time.Second
	for _, test := range []struct {
		arrival string
		want    Arrival
		open    bool
		steady  float64
		peak    int
	}{
		{"{rate: 5/s}", Arrival{Rate: 5}, true, 5, 0},
		{"{users: 7}", Arrival{Users: 7}, false, 7, 7},
		{"{rate: 5/s, spacing: poisson}", Arrival{Rate: 5, Spacing: Poisson}, true, 5, 0},
		{"{rate: 5/s, spacing: even}", Arrival{Rate: 5}, true, 5, 0},
		{"{stages: [{for: 30s, rate: 100/s}, {for: 1m, rate: 100/s -> 500/s}]}",
			Arrival{Stages: []Stage{{For: 30 * s, Rate: Ramp{100, 100}}, {For: 60 * s, Rate: Ramp{100, 500}}}}, true, 100, 0},
		{"{stages: [{for: 10s, rate: 0/s->600/m}, {for: 1s, rate: 0/s}], spacing: poisson}",
			Arrival{Stages: []Stage{{For: 10 * s, Rate: Ramp{0, 10}}, {For: s}}, Spacing: Poisson}, true, 5, 0},
		{"{stages: [{for: 10s, users: 0 -> 50}, {for: 20s, users: 50}, {for: 10s, users: 50 -> 10}]}",
			Arrival{Stages: []Stage{{For: 10 * s, Users: Ramp{0, 50}}, {For: 20 * s, Users: Ramp{50, 50}}, {For: 10 * s, Users: Ramp{50, 10}}}}, false, 25, 50},
	} {
		c, err := arriving("arrival: " + test.arrival)
		if err != nil {
			t.Errorf("%s: %v", test.arrival, err)
			continue
		}
		a := c.Profiles[0].Arrival
		equal(t, test.arrival, a, test.want)
		if a.Open() != test.open || a.Steady() != test.steady || a.PeakUsers() != test.peak {
			t.Errorf("%s: open %v, steady %v, peak %v", test.arrival, a.Open(), a.Steady(), a.PeakUsers())
		}
	}
}

// A load that only falls does not rise.
func TestRises(t *testing.T) {
	for arrival, want := range map[string]bool{
		"{rate: 5/s}":                          false,
		"{stages: [{for: 1s, users: 0 -> 5}]}": true,
		"{stages: [{for: 1s, rate: 5/s}, {for: 1s, rate: 6/s}]}":                    true,
		"{stages: [{for: 1s, rate: 5/s}, {for: 1s, rate: 5/s -> 1/s}]}":             false,
		"{stages: [{for: 1s, users: 5}, {for: 1s, users: 1}, {for: 1s, users: 2}]}": true,
	} {
		c, err := arriving("arrival: " + arrival)
		if err != nil {
			t.Errorf("%s: %v", arrival, err)
		} else if got := c.Profiles[0].Arrival.Rises(); got != want {
			t.Errorf("%s: %v", arrival, got)
		}
	}
}

func TestTrialIsAllStages(t *testing.T) {
	c, err := arriving("arrival: {stages: [{for: 30s, users: 1}, {for: 1m, users: 2}]}", "slice: 1s", "interleave: slices")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "trial", c.Profiles[0].Trial, 90*time.Second)
}

func TestStageProblems(t *testing.T) {
	for _, test := range []struct{ stages, more, want string }{
		{"{for: 0s, rate: 1/s}", "", `6:30: profiles.p.arrival.stages[0].for: want a duration above 0 and up to 24h, such as 500ms or 2s, got "0s"`},
		{"{for: 1s, rate: 5}", "", `6:40: profiles.p.arrival.stages[0].rate: want a rate or a ramp, as in 100/s or 100/s -> 500/s, got 5`},
		{"{for: 1s, rate: 5/s -> }", "", `6:40: profiles.p.arrival.stages[0].rate: want a rate or a ramp, as in 100/s or 100/s -> 500/s, got "5/s ->"`},
		{"{for: 1s, rate: [5/s, 6/s]}", "", `6:34: profiles.p.arrival.stages[0].rate: want a rate or a ramp, as in 100/s or 100/s -> 500/s, got a list`},
		{"{for: 1s, users: 1.5}", "", `6:41: profiles.p.arrival.stages[0].users: want a number of users or a ramp, as in 50 or 10 -> 50, got 1.5`},
		{"{for: 1s, users: 1 -> 200000}", "", `6:41: profiles.p.arrival.stages[0].users: want a number of users or a ramp, as in 50 or 10 -> 50, got "1 -> 200000"`},
		{"{for: 1s}", "", `6:24: profiles.p.arrival.stages[0]: want for and one of rate and users, as in {for: 30s, rate: 100/s -> 500/s}`},
		{"{rate: 1/s}", "", `6:24: profiles.p.arrival.stages[0]: want for and one of rate and users, as in {for: 30s, rate: 100/s -> 500/s}`},
		{"{for: 1s, rate: 1/s, users: 1}", "", `6:24: profiles.p.arrival.stages[0]: want for and one of rate and users, as in {for: 30s, rate: 100/s -> 500/s}`},
		{"{for: 1s, rate: 1/s, until: 5s}", "", `6:45: profiles.p.arrival.stages[0].until: unknown key: want for, rate or users`},
		{"{for: 1s, rate: 0/s}, {for: 1s, rate: 1/s}", "", `6:24: profiles.p.arrival.stages[0]: want some load in the first stage: the warm-up has its mean level`},
		{"{for: 1s, rate: 1/s}, {for: 1s, users: 1}", "", `6:15: profiles.p.arrival.stages: some stages have a rate and some have users: want the same in all of them`},
		{"{for: 20h, rate: 1/s}, {for: 5h, rate: 1/s}", "", `6:47: profiles.p.arrival.stages[1]: with this one the stages take longer than 24h`},
		{"{for: 1s, rate: 1/s}", "trial: 1s", `7:12: profiles.p.trial: a trial is all stages, which take 1s: remove one of them`},
		{"{for: 1s, rate: 1/s}", "slice: 100ms", `7:12: profiles.p.slice: has no effect with stages, of which whole trials alternate: remove it, or write interleave: slices`},
	} {
		_, err := arriving("arrival: {stages: ["+test.stages+"]}", test.more)
		got := ""
		if err != nil {
			got = strings.ReplaceAll(err.Error(), "perfcheck.yml:", "")
		}
		if got != test.want {
			t.Errorf("%s %s\n got %s\nwant %s", test.stages, test.more, got, test.want)
		}
	}
}

func TestSessions(t *testing.T) {
	for arrival, want := range map[string]int{
		"{rate: 100/s, sessions: 7}":                7,
		"{rate: 100/s}":                             100,
		"{rate: 1/m}":                               1,
		"{rate: 90000/s}":                           DefaultMaxUsers,
		"{stages: [{for: 1s, rate: 10/s -> 20/s}]}": 15,
	} {
		c, err := arriving("arrival: "+arrival, "login: [{POST: /}]")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, arrival, c.Profiles[0].Arrival.LoggedIn(), want)
	}
	_, err := arriving("arrival: {rate: 100/s, sessions: 7}")
	if want := "perfcheck.yml:6:38: profiles.p.arrival.sessions: has no effect without login: every arrival is a user of its own"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
