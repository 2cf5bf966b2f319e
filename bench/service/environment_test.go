package service

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// What is measured, and what builds it, must not be able to steer the job.
func TestRunnersVariablesAreNotInherited(t *testing.T) {
	for _, name := range []string{
		"GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY", "GITHUB_TOKEN",
		"ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_CACHE_URL", "INPUT_GITHUB-TOKEN",
	} {
		t.Setenv(name, "secret")
	}
	t.Setenv("GITHUB_SHA", "kept")
	t.Setenv("INPUTS", "kept")
	dir := folder(t)
	c := profile.Service{
		Build:   []string{"sh", "-c", "env > build.env"},
		Command: []string{"sh", "-c", "env > run.env; exec ./app -addr 127.0.0.1:${PORT}"},
		Ready:   profile.Ready{Get: "/", Timeout: 10 * time.Second},
	}
	started(t, built(t, Options{Config: c, Mode: Process, Dir: dir}))
	for _, file := range []string{"build.env", "run.env"} {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "secret") {
			t.Errorf("%s has what is the runner's:\n%s", file, data)
		}
		lines := strings.Split(string(data), "\n")
		for _, want := range []string{"GITHUB_SHA=kept", "INPUTS=kept"} {
			if !slices.Contains(lines, want) {
				t.Errorf("%s lacks %s", file, want)
			}
		}
	}
}

// A service that needs one of them gets it by its name.
func TestConfiguredVariableIsKept(t *testing.T) {
	t.Setenv("GITHUB_TOKEN", "the job's")
	env := Options{Config: profile.Service{Env: map[string]string{"GITHUB_TOKEN": "its own"}}}.environ()
	if !slices.Contains(env, "GITHUB_TOKEN=its own") || slices.Contains(env, "GITHUB_TOKEN=the job's") {
		t.Errorf("environment %q", env)
	}
}
