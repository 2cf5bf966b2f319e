package runner

import (
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/service"
)

// Both arms go through all stages in one turn each, however long the warm-up was.
func TestStagesAreATrial(t *testing.T) {
	rate := func(d time.Duration, from, to float64) profile.Stage {
		return profile.Stage{For: d, Rate: profile.Ramp{From: from, To: to}}
	}
	users := func(d time.Duration, from, to float64) profile.Stage {
		return profile.Stage{For: d, Users: profile.Ramp{From: from, To: to}}
	}
	for _, c := range []struct {
		name    string
		arrival profile.Arrival
		planned int64
	}{
		{"a rate", profile.Arrival{Stages: []profile.Stage{rate(200*time.Millisecond, 100, 100), rate(400*time.Millisecond, 100, 300)}}, 100},
		{"users", profile.Arrival{Stages: []profile.Stage{users(200*time.Millisecond, 1, 3), users(400*time.Millisecond, 3, 2)}}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := shopping(c.arrival, profile.Auto)
			p.Trial = 600 * time.Millisecond
			base, head := record(t, 0), record(t, 2*time.Millisecond)
			runs := measureOnce(t, p, service.URL, profile.Service{URL: base.URL}, profile.Service{URL: head.URL})
			for _, run := range runs {
				trial := run.Trials[0]
				if run.Interleave != profile.Trials || trial.Slices != 1 || trial.Load != p.Trial || trial.Generator.Planned != c.planned {
					t.Errorf("%s: %s, %d slices, %v of load, %d planned", run.Side, run.Interleave, trial.Slices, trial.Load, trial.Generator.Planned)
				}
			}
			by := byScenario
			if c.planned == 0 {
				by = byAccount
			}
			wantAlike(t, by(base.all()), by(head.all()))
		})
	}
}

// Arrivals act for the same accounts in both arms, each logged in once.
func TestSessionsAreTheSameInBothArms(t *testing.T) {
	t.Parallel()
	p := shopping(profile.Arrival{Rate: 200, Sessions: 12}, profile.Slices)
	p.Login = []profile.Step{{Request: &profile.Request{Name: "login", Method: "POST", Path: "/login/${accounts.user}?n=${randint(1, 1000000000)}"}}}
	base, head := record(t, 0), record(t, 30*time.Millisecond)
	measureOnce(t, p, service.URL, profile.Service{URL: base.URL}, profile.Service{URL: head.URL})
	a, b := byScenario(base.all()), byScenario(head.all())
	wantAlike(t, a, b)
	for side, streams := range map[string]map[string][]string{"base": a, "head": b} {
		logins := 0
		for _, stream := range streams {
			if words(stream[0])[1] == "login" {
				logins++
			}
		}
		if logins != 12 {
			t.Errorf("%d logins in %s", logins, side)
		}
	}
}
