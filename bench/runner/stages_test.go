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
