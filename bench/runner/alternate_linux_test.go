package runner

import (
	"context"
	"errors"
	"math"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/resource"
	"github.com/perfcheck/perfcheck/bench/scenario"
	"github.com/perfcheck/perfcheck/bench/service"
)

// TestMain lets the test binary be a service, which may burn CPU all the time.
func TestMain(m *testing.M) {
	switch os.Getenv("PERFCHECK_TEST_SERVICE") {
	case "busy":
		go burn()
		serve()
	case "mortal":
		http.HandleFunc("/die", func(http.ResponseWriter, *http.Request) { os.Exit(1) })
		panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
	case "idle":
		serve()
	}
	os.Exit(m.Run())
}

func serve() {
	err := http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), http.NotFoundHandler())
	panic(err)
}

// burn uses about a third of a core.
func burn() {
	for {
		for began := time.Now(); time.Since(began) < 5*time.Millisecond; {
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func testService(kind string) profile.Service {
	return profile.Service{Command: []string{os.Args[0]}, Env: map[string]string{"PERFCHECK_TEST_SERVICE": kind}}
}

// ping is one request, which the test's services answer with 404.
func ping(interleave string) profile.Profile {
	return profile.Profile{
		Name: "ping", Seed: 1, Arrival: profile.Arrival{Rate: 100}, Interleave: interleave, Timeout: 5 * time.Second,
		Warmup: profile.Warmup{Min: 3 * window, Max: 3 * window}, Trial: 500 * time.Millisecond,
		Scenarios: []profile.Scenario{{Name: "ping", Weight: 1, Steps: []profile.Step{
			{Request: &profile.Request{Name: "ping", Method: "GET", Path: "/", Expect: profile.Expect{Status: []int{404}}}}}}},
	}
}

// startLane starts a service of the test's, ready for load.
func startLane(t *testing.T, kind string) *lane {
	t.Helper()
	c := testService(kind)
	c.Ready.Timeout = 10 * time.Second
	s, err := service.New(service.Options{Config: c, Mode: service.Process, Dir: t.TempDir(), Name: "lane"})
	if err != nil {
		t.Fatal(err)
	}
	l := &lane{name: "base"}
	t.Cleanup(func() {
		if err := l.stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	if l.instance, err = s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := ping(profile.Trials)
	program, err := scenario.Compile(&p)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.prepare(t.Context(), &task{profile: &p, program: program}, service.Process); err != nil {
		t.Fatal(err)
	}
	return l
}

// A service that dies while it is paused is found dead.
func TestDeathInAPause(t *testing.T) {
	l := startLane(t, "idle")
	if err := l.pause(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(l.instance.Roots()[0].PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for l.check(t.Context()) == nil {
		time.Sleep(10 * time.Millisecond)
	}
	err := new(task).solo(t.Context(), []*lane{l}, 0)
	var failed *laneError
	if !errors.As(err, &failed) || !failed.died {
		t.Errorf("got %v", err)
	}
}

// Nothing that is paused outlasts a Ctrl-C.
func TestInterruptInAPause(t *testing.T) {
	l := startLane(t, "idle")
	pid := l.instance.Roots()[0].PID
	ctx, interrupt := context.WithCancel(t.Context())
	if err := l.pause(ctx); err != nil {
		t.Fatal(err)
	}
	interrupt()
	if err := stop(ctx, []*lane{l}); err != nil {
		t.Error(err)
	}
	if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
		t.Errorf("the service is still there: %v", err)
	}
	*l = lane{} // nothing is left for the clean-up
}

// What a service does between a pause and its trial is not the trial's.
func TestSoloCountsForNothing(t *testing.T) {
	l := startLane(t, "busy")
	if err := l.read(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := l.gauge.last[0].CPU
	l.gauge.usage.CPU = time.Second
	if err := new(task).solo(t.Context(), []*lane{l}, 0); err != nil {
		t.Fatal(err)
	}
	if l.gauge.usage.CPU != time.Second || l.gauge.last[0].CPU == before {
		t.Errorf("%v of CPU were charged, of %v", l.gauge.usage.CPU-time.Second, l.gauge.last[0].CPU-before)
	}
	if rec := l.load.Take(); rec.Load != 0 || rec.Planned != 0 {
		t.Errorf("%v of load with %d arrivals are left", rec.Load, rec.Planned)
	}
}

// Where the container engine is slow to tell, an arm is charged with its whole
// trial all the same, and with what it used in the other one's.
func TestWholeTrialsOfASlowEngine(t *testing.T) {
	lanes := []*lane{startLane(t, "idle"), startLane(t, "idle")}
	for _, l := range lanes {
		if err := l.gauge.close(); err != nil {
			t.Fatal(err)
		}
		e := &engineFake{memory: []int64{1}}
		l.gauge.meter = resource.Engine([]resource.Container{{Stats: e.stats}})
	}
	m, whole := &measurement{plan: Plan{Seed: 1}}, &task{pause: true, slice: 50 * time.Millisecond, rounds: 1}
	if err := m.trial(t.Context(), whole, 0, lanes); err != nil {
		t.Fatal(err)
	}
	if m.others.all != 0 {
		t.Errorf("others used %v of %v: that is not known", m.others.used, m.others.all)
	}
	for i, l := range lanes {
		const answer = time.Millisecond // of CPU
		if u := l.gauge.result(); u.CPU < 2*answer || u.IdleCPU < answer || u.IdleCPU >= u.CPU || u.Idle < whole.slice {
			t.Errorf("arm %d: %v of CPU, %v of it in %v of the other's trial", i, u.CPU, u.IdleCPU, u.Idle)
		}
	}
}

// What burns CPU beside the measured service is seen.
func TestOthersInATrial(t *testing.T) {
	startLane(t, "busy")
	m, sliced := &measurement{plan: Plan{Seed: 1}}, &task{slice: 100 * time.Millisecond, rounds: 5}
	if err := m.trial(t.Context(), sliced, 0, []*lane{startLane(t, "idle")}); err != nil {
		t.Fatal(err)
	}
	if m.others.used < 50*time.Millisecond || m.others.used > m.others.all {
		t.Errorf("others used %v of %v while one burned a third of a core", m.others.used, m.others.all)
	}
}

// What was paused for the last trial is there for the teardown.
func TestTeardownAfterAPause(t *testing.T) {
	t.Parallel()
	p := ping(profile.Trials)
	p.Teardown = p.Scenarios[0].Steps
	for _, run := range measureOnce(t, p, service.Process, testService("idle"), testService("idle")) {
		if text := strings.Join(run.Trials[0].Warnings, "\n"); strings.Contains(text, "teardown") {
			t.Errorf("%s: %s", run.Side, text)
		}
	}
}

// A head that dies in the setup of the first block is dead, as in any other.
func TestDeathInSetup(t *testing.T) {
	t.Parallel()
	p := ping(profile.Slices)
	p.Setup = []profile.Step{{Request: &profile.Request{Name: "die", Method: "GET", Path: "/die", Expect: profile.Expect{Status: []int{404}}}}}
	runs := measureOnce(t, p, service.Process, testService("idle"), testService("mortal"))
	if base, head := runs[0].Trials[0], runs[1].Trials[0]; base.Died || !head.Died || len(base.Invalid) == 0 {
		t.Errorf("base died %v (%q), head %v (%q)", base.Died, base.Invalid, head.Died, head.Invalid)
	}
}

// A head that is busy when it is idle is paused, unless slices are wanted.
func TestBusyIdleArm(t *testing.T) {
	for _, c := range []struct {
		interleave, want string
		paused           bool
	}{
		{profile.Auto, profile.Trials, true},
		{profile.Trials, profile.Trials, true},
		{profile.Slices, profile.Slices, false},
	} {
		t.Run(c.interleave, func(t *testing.T) {
			t.Parallel()
			p := ping(c.interleave)
			runs := measureOnce(t, p, service.Process, testService("idle"), testService("busy"))
			for _, run := range runs {
				if run.Interleave != c.want {
					t.Errorf("%s: interleave is %q, want %q", run.Side, run.Interleave, c.want)
				}
				notes := strings.Join(run.Notes, "\n")
				if said := strings.Contains(notes, "head used") && strings.Contains(notes, "whole trials alternate"); said != (c.interleave == profile.Auto) {
					t.Errorf("%s: notes: %s", run.Side, notes)
				}
			}
			head := runs[1].Trials[0]
			if want := runs[1].Slice * time.Duration(head.Slices); head.Load != want || c.paused && want != p.Trial {
				t.Errorf("the trial has %v of load in %d turns of %v", head.Load, head.Slices, runs[1].Slice)
			}
			if want := p.Arrival.Rate * head.Load.Seconds(); math.Abs(float64(head.Generator.Planned)-want) > 1 {
				t.Errorf("%d arrivals are of the trial, want %.0f", head.Generator.Planned, want)
			}
			t.Logf("usage of head: %+v", head.Usage)
			if busy(head.Usage) == c.paused || head.Usage.Idle < p.Trial {
				t.Errorf("head used %v of CPU in %v of base's turns", head.Usage.IdleCPU, head.Usage.Idle)
			}
			if warned := strings.Contains(strings.Join(head.Warnings, "\n"), "while the other one was loaded"); warned == c.paused {
				t.Errorf("warnings: %q", head.Warnings)
			}
			if head.Died || head.Slices == 0 {
				t.Errorf("head: %q", head.Invalid)
			}
		})
	}
}
