package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/perfcheck/perfcheck/bench/revision"
)

func TestMain(m *testing.M) {
	for _, name := range revision.Variables { // those of a hook that runs the tests
		os.Unsetenv(name)
	}
	testscript.Main(m, map[string]func(){"perfcheck": main})
}

// TestScripts runs the real binary. Each script starts in a git repository
// that holds testdata/service in one commit, tagged base.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: setUp,
		Cmds:  map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "session": storeSession, "together": storeTogether, "commits": storeCommits, "calm": calmMachine},
		Condition: func(cond string) (bool, error) {
			if cond == "engine" {
				return hasEngine(), nil
			}
			return false, errors.New("unknown condition " + cond)
		},
	})
}

// hasEngine says whether a container engine answers. In CI one must.
func hasEngine() bool {
	return os.Getenv("CI") != "" || exec.Command("docker", "info").Run() == nil
}

func setUp(env *testscript.Env) error {
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			return err
		}
		env.Setenv(name, string(value[:len(value)-1]))
	}
	for _, key := range []string{"HOME", "DOCKER_HOST", "DOCKER_CONFIG"} {
		if value, ok := os.LookupEnv(key); ok {
			env.Setenv(key, value)
		}
	}
	env.Setenv("GORACE", "atexit_sleep_ms=0") // by default each perfcheck with the race detector ends a second late
	env.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	for _, role := range []string{"AUTHOR", "COMMITTER"} {
		env.Setenv("GIT_"+role+"_NAME", "A. Tester")
		env.Setenv("GIT_"+role+"_EMAIL", "tester@example.org")
	}
	repo := filepath.Join(env.WorkDir, "repo")
	if err := os.CopyFS(repo, os.DirFS("testdata/service")); err != nil {
		return err
	}
	env.Cd = repo
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "-A"}, {"commit", "-q", "-m", "Serve"}, {"tag", "base"}} {
		git := exec.Command("git", args...)
		git.Dir, git.Env = repo, env.Vars
		if out, err := git.CombinedOutput(); err != nil {
			return errors.New(string(out))
		}
	}
	return nil
}

// exits runs a command and wants its exit code: exits CODE PROGRAM [ARG...].
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) || errors.Is(err, context.DeadlineExceeded) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
