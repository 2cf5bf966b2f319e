package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/compare"
)

// TestClashing measures two copies of a project side by side, beside a third
// that its user runs, with each compose command that is installed. In CI both must be.
func TestClashing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	p := newProject(t)
	foreign := p.up(t)
	began := p.started(t, foreign)
	for name, path := range map[string]string{
		"docker compose": os.Getenv("PATH"),
		"docker-compose": withoutPlugin(t) + string(os.PathListSeparator) + os.Getenv("PATH"),
	} {
		if p.command(strings.Fields(name)[0], append(strings.Fields(name)[1:], "version")...).Run() != nil {
			if t.Logf("%s is not installed", name); os.Getenv("CI") != "" {
				t.Fail()
			}
			continue
		}
		t.Run(name, func(t *testing.T) {
			compare := *p
			compare.env = append(slices.Clip(p.env), "PATH="+path)
			wantMeasured(t, &compare)
		})
	}
	if now := p.started(t, foreign); now != began {
		t.Errorf("the user's containers ran as\n%sand run as\n%s", began, now)
	}
}

// withoutPlugin returns a folder with a docker command that has no compose.
func withoutPlugin(t *testing.T) (dir string) {
	t.Helper()
	docker, err := exec.LookPath("docker")
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" != compose ] && exec %s \"$@\"\n", docker)
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
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
		if d.Metric == "cpu_per_request" && c.Blocks > 0 && (d.Base <= 0 || d.Head <= 0) {
			t.Errorf("CPU per request: %v and %v", d.Base, d.Head)
		}
	}
	t.Logf("%s: %d blocks, %d invalid; %s", c.Verdict, c.Blocks, c.Invalid, c.Reasons[0])
}
