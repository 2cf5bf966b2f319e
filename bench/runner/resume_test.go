package runner

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/service"
)

// alonePlan measures two profiles of one service that runs already.
func alonePlan(t *testing.T) Plan {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"id": "x"}`)) }))
	t.Cleanup(server.Close)
	config := profile.Service{URL: server.URL}
	config.Ready.Timeout = 10 * time.Second
	s, err := service.New(service.Options{Config: config, Mode: service.URL, Dir: t.TempDir(), Name: "alone"})
	if err != nil {
		t.Fatal(err)
	}
	one := shopping(profile.Arrival{Users: 2}, profile.Auto)
	one.Warmup = profile.Warmup{Min: 50 * time.Millisecond, Max: 50 * time.Millisecond}
	other := one
	other.Name = "other"
	return Plan{
		Profiles: []profile.Profile{one, other}, Mode: service.URL, Seed: 7, Budget: time.Minute, Blocks: 3,
		Arms:  []Arm{{Subject: bench.Subject{Tree: "t1"}, Service: s}},
		Host:  bench.Host{CPU: "c1", Perfcheck: "v1"},
		Notes: []string{"shared CPUs"},
	}
}

// cutOff makes the run of a profile as it was stored when a measurement by the
// plan was cut off after so many blocks.
func cutOff(plan Plan, i, blocks int) *bench.Run {
	run := &bench.Run{
		ID: "r" + plan.Profiles[i].Name, Profile: plan.Profiles[i].Name, Subject: plan.Arms[0].Subject,
		Host: plan.Host, Service: string(plan.Mode), Seed: plan.Seed, Notes: plan.Notes,
		Started: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC), Interleave: profile.Slices, Slice: 30 * time.Millisecond,
	}
	for n := range blocks {
		run.Trials = append(run.Trials, bench.Trial{Block: n + 1, Load: time.Hour})
	}
	return run
}

func TestResume(t *testing.T) {
	plan := alonePlan(t)
	// It was cut off while the second block was being stored, and runs come in any order.
	plan.Earlier = []*bench.Run{cutOff(plan, 1, 1), cutOff(plan, 0, 2)}
	runs, err := Measure(t.Context(), plan, Hooks{Block: func(runs []*bench.Run) (bool, error) { return len(runs[0].Trials) == 3, nil }})
	if err != nil {
		t.Fatal(err)
	}
	for i, run := range runs {
		earlier := plan.Earlier[1-i]
		var blocks []int
		for _, trial := range run.Trials {
			blocks = append(blocks, trial.Block)
		}
		if !slices.Equal(blocks, []int{1, 2, 3}) || run.Trials[0].Load != time.Hour || run.Trials[1].Load == time.Hour {
			t.Errorf("%s: blocks %v, want one of before and two new ones", run.Profile, blocks)
		}
		if run.ID != earlier.ID || run.Started != earlier.Started {
			t.Errorf("%s is another run", run.Profile)
		}
		if run.Slice != earlier.Slice || run.Trials[2].Slices != 17 { // 500 ms of load
			t.Errorf("%s: %d turns of %v", run.Profile, run.Trials[2].Slices, run.Slice)
		}
		if len(run.Notes) != 2 || run.Notes[0] != "shared CPUs" || !strings.HasPrefix(run.Notes[1], "interrupted after block 1, resumed on ") {
			t.Errorf("%s: notes %q", run.Profile, run.Notes)
		}
		// Whether a new block is valid depends on the machine.
		if run.Complete && len(run.Valid()) < plan.Blocks {
			t.Errorf("%s is complete with %d valid blocks", run.Profile, len(run.Valid()))
		}
	}
	if len(plan.Earlier[1].Trials) != 2 || len(plan.Earlier[1].Notes) != 1 {
		t.Error("the earlier run was written to")
	}
}

// A block that is cut off in its second profile leaves nothing of the first.
func TestCutOffInABlock(t *testing.T) {
	plan := alonePlan(t)
	ctx, cancel := context.WithCancel(t.Context())
	runs, err := Measure(ctx, plan, Hooks{Progress: func(p Progress) {
		if p.Block == 1 && p.Profile == "other" {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || len(runs[0].Trials) != 1 || len(runs[1].Trials) != 1 {
		t.Errorf("%d and %d blocks, %v", len(runs[0].Trials), len(runs[1].Trials), err)
	}
}

// What was cut off between its last block and its end is only ended.
func TestResumeOfAllBlocks(t *testing.T) {
	plan := alonePlan(t)
	plan.Earlier = []*bench.Run{cutOff(plan, 0, 3), cutOff(plan, 1, 3)}
	runs, err := Measure(t.Context(), plan, Hooks{Block: func([]*bench.Run) (bool, error) {
		t.Error("measured another block")
		return true, nil
	}})
	if err != nil || !runs[0].Complete || !runs[1].Complete {
		t.Errorf("%+v, %v", runs, err)
	}
}

func TestResumeRefuses(t *testing.T) {
	for want, change := range map[string]func(*Plan){
		"files: t1 and t2":         func(p *Plan) { p.Arms[0].Subject.Tree = "t2" },
		"CPU: c1 and c2":           func(p *Plan) { p.Host.CPU = "c2" },
		"perfcheck: v1 and v2":     func(p *Plan) { p.Host.Perfcheck = "v2" },
		"seed: 7 and 8":            func(p *Plan) { p.Seed = 8 },
		"service: url and process": func(p *Plan) { p.Mode = service.Process },
		"profile other:  and d2":   func(p *Plan) { p.Profiles[1].Digest = "d2" },
		"without profile third":    func(p *Plan) { p.Profiles[1].Name = "third" },
	} {
		t.Run(want, func(t *testing.T) {
			plan := alonePlan(t)
			plan.Earlier = []*bench.Run{cutOff(plan, 0, 1), cutOff(plan, 1, 1)}
			change(&plan)
			if _, err := Measure(t.Context(), plan, Hooks{}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}
