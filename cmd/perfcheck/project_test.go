package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A testProject is a repository of the tests' service with the compose file
// testdata/clashing.yml, and a folder for temporary files.
type testProject struct {
	dir, temp string
	env       []string
}

// newProject skips the test where no container engine answers.
func newProject(t *testing.T) *testProject {
	t.Helper()
	if !hasEngine() {
		t.Skip("no container engine answers")
	}
	env := &testscript.Env{WorkDir: t.TempDir(), Vars: os.Environ()}
	if err := setUp(env); err != nil {
		t.Fatal(err)
	}
	p := &testProject{dir: env.Cd, temp: t.TempDir()}
	p.env = append(env.Vars, "TMPDIR="+p.temp, "CGO_ENABLED=0")
	compose, err := os.ReadFile("testdata/clashing.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "docker-compose.yml"), compose, 0o644); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(p.dir, "perfcheck.yml"))
	if err != nil {
		t.Fatal(err)
	}
	patient := strings.Replace(string(config), "timeout: 5s", "timeout: 60s", 1)
	if err := os.WriteFile(filepath.Join(p.dir, "perfcheck.yml"), []byte(patient), 0o644); err != nil {
		t.Fatal(err)
	}
	p.run(t, "git", "commit", "-q", "-a", "-m", "Clash")
	return p
}

func (p *testProject) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = p.dir, p.env
	return cmd
}

// run returns what a command prints, which must succeed.
func (p *testProject) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := p.command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// up runs the project itself beside perfcheck, as its user may, until the test ends.
func (p *testProject) up(t *testing.T) (containers []string) {
	t.Helper()
	p.run(t, "go", "build", "-o", "service", ".")
	t.Cleanup(func() { p.run(t, "docker", "compose", "-p", "perfcheck-clash", "down", "-v", "-t", "0") })
	p.run(t, "docker", "compose", "-p", "perfcheck-clash", "up", "-d", "--build")
	return strings.Fields(p.run(t, "docker", "compose", "-p", "perfcheck-clash", "ps", "-q"))
}

// started tells when containers were started, and so whether they still are.
func (p *testProject) started(t *testing.T, containers []string) string {
	t.Helper()
	args := []string{"inspect", "--format", "{{.State.StartedAt}} {{.State.Running}} {{.RestartCount}}"}
	return p.run(t, "docker", append(args, containers...)...)
}

// A begun perfcheck runs beside the test.
type begun struct {
	cmd   *exec.Cmd
	log   string
	ended chan error
}

func (p *testProject) start(t *testing.T, args ...string) *begun {
	t.Helper()
	log, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	b := &begun{p.command("perfcheck", args...), log.Name(), make(chan error, 1)}
	b.cmd.Stderr = log
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.cmd.Process.Kill() }) // where the test failed
	go func() { b.ended <- b.cmd.Wait() }()
	return b
}

func (b *begun) said() string {
	said, err := os.ReadFile(b.log)
	if err != nil {
		return err.Error()
	}
	return string(said)
}

// await waits until it has said something so many times; the error says that it ended.
func (b *begun) await(words string, times int) error {
	for strings.Count(b.said(), words) < times {
		select {
		case err := <-b.ended:
			return fmt.Errorf("ended: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}
