package peers

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

var (
	measured = flag.String("peers", "", "file for what TestPeers measures; empty: it is left out")
	blocks   = flag.Int("peers-blocks", 0, "blocks of each experiment; 0: as many as it needs")
)

// An experiment has tools do the same job on a fresh service each, block after
// block, in an order that rotates.
type experiment struct {
	name   string
	delay  string // of the server; empty: nginx
	job    job
	blocks int
	tools  []string // measured in every block
	rest   []string // measured in every fourth block
}

var experiments = []experiment{
	{"saturation", "", job{profile: "plain", connections: 64, length: 4 * time.Second},
		16, []string{ours, withScenario, "wrk"}, []string{"h2load", "fortio", "bombardier", "hey", "vegeta", "k6"}},
	{"accuracy", "lognormal", job{profile: "rate", connections: 50, rate: 2000, length: 5 * time.Second},
		7, []string{ours, polling, "bombardier", "vegeta"}, []string{"fortio", "hey", "k6"}},
	{"freeze", "freezing", job{profile: "freeze", connections: 50, rate: 500, length: 10 * time.Second},
		5, []string{ours, "vegeta"}, []string{"k6", "fortio", "hey", "bombardier"}},
	{"crowd", "long", job{profile: "crowd", connections: 10_000, rate: 2000, length: 12 * time.Second, memory: true},
		3, []string{ours, withScenario}, []string{"wrk", "h2load", "bombardier", "fortio", "vegeta", "hey", "k6"}},
	{"growth", "", job{profile: "plain", connections: 64, length: 16 * time.Second, memory: true},
		3, []string{ours, "wrk"}, nil},
	{"smallest", "", job{profile: "hello"},
		21, []string{ours, "hey", "h2load", "fortio", "vegeta", "bombardier", "k6"}, nil},
}

// Results are what TestPeers measured, and of whom.
type results struct {
	Samples []sample `json:"samples"`
	Missing []string `json:"missing,omitempty"` // tools that are not installed
}

// TestPeers measures our engine beside other load generators, for
// docs/benchmarks.md; make bench-load runs it.
func TestPeers(t *testing.T) {
	if *measured == "" {
		t.Skip("-peers names no file: make bench-load measures")
	}
	build(t)
	var found results
	for _, tool := range tools {
		argv := tool.command(job{connections: 1, length: time.Second})
		if _, err := exec.LookPath(argv[0]); err != nil {
			t.Logf("%s is left out: %v", tool.name, err)
			found.Missing = append(found.Missing, tool.name)
		}
	}
	for _, e := range experiments {
		t.Run(e.name, func(t *testing.T) {
			for block := range e.count() {
				found.Samples = append(found.Samples, e.block(t, block, found.Missing)...)
				found.write(t)
				t.Logf("block %d of %d", block+1, e.count())
			}
		})
	}
}

func (r results) write(t *testing.T) {
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*measured, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (e *experiment) count() int {
	if *blocks > 0 {
		return *blocks
	}
	return e.blocks
}

// block measures the tools once, beginning with another one than the last block.
func (e *experiment) block(t *testing.T, number int, missing []string) (samples []sample) {
	names := slices.Clone(e.tools)
	if number%4 == 0 {
		names = append(names, e.rest...)
	}
	first := number % len(names)
	for _, name := range slices.Concat(names[first:], names[:first]) {
		if slices.Contains(missing, name) {
			continue
		}
		s, err := e.run(t, named(name))
		if err != nil {
			t.Error(err)
			continue
		}
		s.Experiment, s.Tool, s.Block = e.name, name, number
		samples = append(samples, s)
	}
	return samples
}

func (e *experiment) run(t testing.TB, tool tool) (sample, error) {
	var service service
	if e.delay == "" {
		service = startNginx(t)
	} else {
		service = startReference(t, e.delay)
	}
	j := e.job
	j.addr, j.url, j.dir = service.addr, "http://"+service.addr+"/plain", t.TempDir()
	if tool.name == withScenario {
		j.profile = map[string]string{"plain": "scenario", "crowd": "scenario-crowd"}[j.profile]
	}
	s, err := measure(tool, j)
	if service.requests != nil {
		s.Requests = service.requests() - 1 // the last one was ours
	}
	if s.Truth = service.stop(); s.Truth.Requests > 0 {
		s.Requests = s.Truth.Requests
	}
	return s, err
}

// BenchmarkAccuracy says how far from the truth our engine's p50 and p99 are.
func BenchmarkAccuracy(b *testing.B) {
	build(b)
	e := experiment{delay: "lognormal", job: job{profile: "rate", length: 2 * time.Second}}
	for _, name := range []string{ours, polling} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s, err := e.run(b, named(name))
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(1e6*(s.Quantiles[0]-s.Truth.Quantiles[0]), "p50-error-us")
				b.ReportMetric(1e6*(s.Quantiles[2]-s.Truth.Quantiles[2]), "p99-error-us")
				b.ReportMetric(s.Truth.GapCV, "gap-cv")
			}
		})
	}
}
