package runner

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/service"
	"github.com/perfcheck/perfcheck/compare"
)

// workerFolder holds testdata/worker, with what runs it in a container.
func workerFolder(t *testing.T, greedy bool) (dir string) {
	t.Helper()
	dir = t.TempDir()
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", filepath.Join(dir, "worker"), "./testdata/worker")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, text := range map[string]string{
		"Dockerfile":         "FROM scratch\nCOPY worker /worker\nENTRYPOINT [\"/worker\"]\n",
		"docker-compose.yml": fmt.Sprintf("services: {api: {build: ., command: [-greedy=%v]}}\n", greedy),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// workers are a base and a head that is greedy, by the real engine where there
// is one.
func workers(t *testing.T) (mode service.Mode, arms []Arm) {
	t.Helper()
	for _, side := range []bench.Side{bench.Base, bench.Head} {
		greedy := side == bench.Head
		c := profile.Service{
			Compose: []string{"docker-compose.yml"},
			Target:  profile.Target{Service: "api", Port: 8080},
			Command: []string{"./worker", "-addr=127.0.0.1:${PORT}", fmt.Sprintf("-greedy=%v", greedy)},
			Ready:   profile.Ready{Timeout: 20 * time.Second},
		}
		mode = modeOf(t, c)
		name := fmt.Sprintf("perfcheck-test-greed-%d-%s", os.Getpid(), side)
		s, err := service.New(service.Options{Config: c, Mode: mode, Dir: workerFolder(t, greedy), Name: name, Key: "greed"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
		if err := s.Build(t.Context()); err != nil {
			t.Fatal(err)
		}
		arms = append(arms, Arm{Side: side, Service: s})
	}
	return mode, arms
}

// modeOf says how to run a service here. In CI there must be an engine.
func modeOf(t *testing.T, c profile.Service) service.Mode {
	t.Helper()
	mode, why, err := service.Detect(t.Context(), c, "")
	if err != nil {
		t.Fatal(err)
	}
	if t.Logf("by %s %s", mode, why); mode != service.Compose && os.Getenv("CI") != "" {
		t.Fatal("CI needs a container engine")
	}
	return mode
}

// A service that burns 10 % more CPU for answers that are as quick is called a
// CPU regression, and one that loses 1 MB/s is called a leak.
func TestGreed(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	p := ping(profile.Slices)
	p.Arrival.Rate, p.Trial = 200, time.Second
	for metric, threshold := range map[string]float64{"p50": 0.2, "cpu_per_request": 0.03, "memory_growth": 256 << 10} {
		p.Gates = append(p.Gates, bench.Gate{Key: bench.Key{Metric: metric}, Threshold: threshold})
	}
	mode, arms := workers(t)
	plan := Plan{Profiles: []profile.Profile{p}, Arms: arms, Mode: mode, Seed: 1, Budget: 3 * time.Minute, Blocks: compare.MinBlocks}
	runs, err := Measure(t.Context(), plan, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := compare.Judge([]compare.Pair{{Base: runs[0], Head: runs[1], Gates: p.Gates}}, compare.Options{Final: true, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if c.Blocks < compare.MinBlocks && os.Getenv("CI") == "" {
		t.Skipf("the machine is too busy to measure: %q", c.Reasons)
	}
	for _, d := range c.Deltas {
		t.Log(d.Rule)
		want := map[string]compare.Verdict{"cpu_per_request": compare.Regression, "memory_growth": compare.Regression}[d.Metric]
		if want != "" && d.Verdict != want {
			t.Errorf("%s: %s, want %s; base %v, head %v", d.Key, d.Verdict, want, d.Explain.Base, d.Explain.Head)
		}
	}
	if text := strings.Join(c.Reasons, "\n"); c.Verdict != compare.Regression || !strings.Contains(text, "a leak") {
		t.Errorf("%s: %s", c.Verdict, text)
	}
}
