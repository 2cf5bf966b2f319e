package runner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
)

// resume goes on with the runs that the plan names, after the last block that
// all of them have: what was stored when the measurement was cut off may be a
// block of some profiles only.
func (m *measurement) resume() error {
	whole := len(m.plan.Earlier[0].Trials)
	for _, run := range m.plan.Earlier {
		whole = min(whole, len(run.Trials))
	}
	for _, t := range m.tasks {
		for arm, now := range t.runs {
			i := slices.IndexFunc(m.plan.Earlier, func(r *bench.Run) bool { return r.Profile == now.Profile && r.Side == now.Side })
			if i < 0 {
				return fmt.Errorf("run %s cannot go on: it was measured without profile %s", m.plan.Earlier[0].ID, now.Profile)
			}
			earlier := m.plan.Earlier[i]
			if unlike := differences(earlier, now); len(unlike) > 0 {
				return fmt.Errorf("run %s cannot go on, then and now differ: %s", earlier.ID, strings.Join(unlike, "; "))
			}
			t.runs[arm] = m.resumed(earlier, now.Notes, whole)
		}
		t.turnAsBefore()
	}
	m.first = whole
	return nil
}

// differences names what keeps a run from going on as if it had not been
// interrupted, each with both values.
func differences(earlier, now *bench.Run) []string {
	out := earlier.Host.Differences(now.Host)
	differ := func(what, a, b string) {
		if a != b {
			out = append(out, fmt.Sprintf("%s: %s and %s", what, a, b))
		}
	}
	differ("files", earlier.Subject.Tree, now.Subject.Tree)
	differ("profile "+now.Profile, earlier.Digest, now.Digest)
	differ("service", earlier.Service, now.Service)
	differ("seed", fmt.Sprint(earlier.Seed), fmt.Sprint(now.Seed))
	return out
}

// resumed returns the run with its first blocks, and with the notes of before and now.
func (m *measurement) resumed(earlier *bench.Run, notes []string, blocks int) *bench.Run {
	run := *earlier
	run.Trials = slices.Clone(earlier.Trials[:blocks])
	run.Notes = slices.Clone(earlier.Notes)
	notes = append(slices.Clip(notes), fmt.Sprintf("interrupted after block %d, resumed on %s", blocks, m.started.UTC().Format(time.DateTime)+" UTC"))
	for _, note := range notes {
		if !slices.Contains(run.Notes, note) {
			run.Notes = append(run.Notes, note)
		}
	}
	return &run
}

// turnAsBefore lets the task's arms take turns as they did in earlier blocks. Where none
// came so far, the next warm-up shows what is needed.
func (t *task) turnAsBefore() {
	run := t.runs[0]
	switch {
	case run.Slice == 0:
		return
	case run.Interleave == profile.Trials:
		t.rounds = 1
	default:
		t.rounds = roundsOf(t.profile.Trial, run.Slice)
	}
	t.slice = run.Slice
	t.pause = t.rounds == 1 && len(t.runs) > 1
}
