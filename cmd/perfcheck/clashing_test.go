package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/compare"
)

// TestClashing measures two copies of a project side by side, beside a third
// that its user runs, with each compose command that is installed.
func TestClashing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	p := newProject(t)
	foreign := p.up(t)
	began := p.started(t, foreign)
	for _, c := range []struct{ name, config string }{
		{"docker compose", ""},
		{"docker-compose", "DOCKER_CONFIG=" + t.TempDir()}, // has no plugins
	} {
		if p.command(strings.Fields(c.name)[0], append(strings.Fields(c.name)[1:], "version")...).Run() != nil {
			t.Logf("%s is not installed", c.name)
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			compare := *p
			compare.env = append(slices.Clip(p.env), c.config)
			wantMeasured(t, &compare)
		})
	}
	if now := p.started(t, foreign); now != began {
		t.Errorf("the user's containers ran as\n%sand run as\n%s", began, now)
	}
}

// wantMeasured compares the project with itself in a short time.
func wantMeasured(t *testing.T, p *testProject) {
	t.Helper()
	cmd := p.command("perfcheck", "compare", "HEAD", "HEAD", "--service", "compose", "--measure", "always", "--budget", "17s", "--format", "json")
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run() // its verdict may be that the machine is too busy
	var c compare.Comparison
	if e := json.Unmarshal(out.Bytes(), &c); e != nil {
		t.Fatalf("%v, %v\n%s", err, e, &said)
	}
	if c.Blocks+c.Invalid == 0 || c.Service != "compose" {
		t.Errorf("%d blocks, %d invalid, by %s\n%s", c.Blocks, c.Invalid, c.Service, &said)
	}
	if want := "api has no fixed address in network back here"; !slices.Contains(c.Notes, want) {
		t.Errorf("notes %q, want %q", c.Notes, want)
	}
	for _, d := range c.Deltas {
		if d.Metric == "cpu" && (d.Base <= 0 || d.Head <= 0) {
			t.Errorf("CPU per request: %v and %v", d.Base, d.Head)
		}
	}
	t.Logf("%s: %d blocks, %d invalid; %s", c.Verdict, c.Blocks, c.Invalid, c.Reasons[0])
}
