package runner

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// Hooks are called as a measurement goes on. Each may be nil.
type Hooks struct {
	// Progress is told, often, what is going on.
	Progress func(Progress)
	// Log is told after the load of a block what the service of a run printed,
	// at most the last 64 KiB.
	Log func(run *bench.Run, block int, log string)
	// Block is called after every block of all profiles with the runs so far, which
	// it must not change. The measurement ends when it returns true or an error.
	Block func(runs []*bench.Run) (enough bool, err error)
}

// Progress tells what a measurement is doing.
type Progress struct {
	Profile string
	Block   int // from 0
	Phase   Phase
	Elapsed time.Duration // since the first block
}

// A Phase is a part of a block.
type Phase string

// The phases of a block, in their order.
const (
	Starting  Phase = "starting"
	WarmingUp Phase = "warming up"
	Measuring Phase = "measuring"
)

// hopeless is how many blocks may be invalid before the valid ones must outnumber them.
const hopeless = 3

// NewID returns an identifier that sorts by time.
func NewID(now time.Time) string {
	return now.UTC().Format("20060102T150405.000Z") + "-" + rand.Text()[:8]
}

// Measure runs blocks until the hook says enough, the budget or the number of
// blocks is used up, or too many blocks are invalid. It returns the runs,
// arm by arm for each profile in turn, and with an error those of whole blocks.
func Measure(ctx context.Context, plan Plan, hooks Hooks) ([]*bench.Run, error) {
	m := &measurement{plan: plan, hooks: hooks, started: time.Now()}
	for i := range plan.Profiles {
		p := &plan.Profiles[i]
		program, err := scenario.Compile(p)
		if err != nil {
			return nil, err
		}
		t := &task{profile: p, program: program}
		pairing := ""
		if len(plan.Arms) > 1 {
			pairing = NewID(m.started)
		}
		for _, arm := range plan.Arms {
			t.runs = append(t.runs, m.newRun(p, arm, pairing))
		}
		m.tasks = append(m.tasks, t)
	}
	if len(plan.Earlier) > 0 {
		if err := m.resume(); err != nil {
			return nil, err
		}
	}
	err := m.loop(ctx)
	if text := m.others.note(); text != "" {
		for _, t := range m.tasks {
			t.note(text)
		}
	}
	return m.runs(), err
}

// A measurement is a plan being carried out.
type measurement struct {
	plan    Plan
	hooks   Hooks
	started time.Time
	first   int // block to measure, from 0; later where earlier runs go on
	tasks   []*task
	others  others
}

// A task is one profile's part of a measurement.
type task struct {
	profile *profile.Profile
	program *scenario.Program
	runs    []*bench.Run // by arm
	slice   time.Duration
	rounds  int  // of turns in a trial; 0 until the first warm-up has shown what is needed
	pause   bool // the arm that is not loaded
}

// interleave is how the turns of the task's arms alternate.
func (t *task) interleave() string {
	if t.rounds == 1 {
		return profile.Trials
	}
	return profile.Slices
}

func (m *measurement) newRun(p *profile.Profile, arm Arm, pairing string) *bench.Run {
	return &bench.Run{
		ID:      NewID(m.started),
		Pairing: pairing,
		Side:    arm.Side,
		Profile: p.Name,
		Digest:  p.Digest,
		Subject: arm.Subject,
		Host:    m.plan.Host,
		Service: string(m.plan.Mode),
		Started: m.started.UTC(),
		Seed:    m.plan.Seed,
		Notes:   m.plan.Notes,
		Custom:  p.Metrics,
		Rising:  p.Arrival.Rises(),
	}
}

func (m *measurement) runs() []*bench.Run {
	var runs []*bench.Run
	for _, t := range m.tasks {
		runs = append(runs, t.runs...)
	}
	return runs
}

func (m *measurement) loop(ctx context.Context) error {
	for block := m.first; m.another(block - m.first); block++ {
		var trials []bench.Trial // as runs are
		for _, t := range m.tasks {
			some, err := m.block(ctx, t, block)
			if err != nil {
				return err
			}
			trials = append(trials, some...)
		}
		for i, run := range m.runs() {
			run.Trials = append(run.Trials, trials[i])
		}
		enough := m.hopeless()
		if m.hooks.Block != nil {
			stop, err := m.hooks.Block(m.runs())
			if err != nil {
				return err
			}
			enough = enough || stop
		}
		if enough {
			break
		}
	}
	if valid := m.valid(); valid == 0 || valid < m.plan.Blocks || m.hopeless() {
		return nil // what there is must not become a baseline
	}
	for _, run := range m.runs() {
		run.Complete = true
	}
	return nil
}

// another says whether there is room for one more block after n of them.
func (m *measurement) another(n int) bool {
	if m.plan.Blocks > 0 && m.valid() >= m.plan.Blocks {
		return false
	}
	if n == 0 {
		return true
	}
	elapsed := time.Since(m.started)
	return elapsed+elapsed/time.Duration(n) <= m.plan.Budget
}

// valid returns how many blocks may be judged: those without an invalid trial.
func (m *measurement) valid() int {
	invalid := make(map[int]bool)
	runs := m.runs()
	for _, run := range runs {
		for _, trial := range run.Trials {
			invalid[trial.Block] = invalid[trial.Block] || len(trial.Invalid) > 0
		}
	}
	valid := 0
	for _, spoiled := range invalid {
		if !spoiled {
			valid++
		}
	}
	return valid
}

// hopeless says whether so many blocks were invalid that more would not help.
func (m *measurement) hopeless() bool {
	valid := m.valid()
	invalid := len(m.tasks[0].runs[0].Trials) - valid
	return invalid >= hopeless && invalid > valid
}

func (m *measurement) progress(t *task, block int, phase Phase) {
	if m.hooks.Progress != nil {
		m.hooks.Progress(Progress{t.profile.Name, block, phase, time.Since(m.started)})
	}
}
