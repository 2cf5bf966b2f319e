package main

import (
	"flag"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var killSeed = flag.Uint64("kill-seed", 0, "draw the moments at which TestKilled kills from this seed; 0 draws one")

// TestKilled kills perfcheck at random moments. The next one removes all that
// was left, and touches neither a living perfcheck nor somebody else's project.
func TestKilled(t *testing.T) {
	const moments, within = 10, 2 * time.Second // of a phase
	phases := []string{"", "building base", "building head", "block 1", "block 1"}
	if testing.Short() {
		t.Skip("takes a minute")
	}
	victim, living := newProject(t), newProject(t)
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-kill-seed %d draws the same moments", seed)
	rng := rand.New(rand.NewPCG(seed, 0))

	foreign := victim.up(t)
	began := victim.started(t, foreign)
	beside := living.measure(t)
	var dead []int
	for n := range moments {
		phase, moment := phases[n%len(phases)], time.Duration(rng.Int64N(int64(within)))
		pid, said := victim.kill(t, phase, moment)
		dead = append(dead, pid)
		cleaned := victim.run(t, "perfcheck", "clean")
		if left := victim.left(t, pid); len(left) > 0 {
			t.Errorf("killed %v after %q, %q are left; it said:\n%sand clean:\n%s", moment, phase, left, said, cleaned)
		}
		t.Logf("killed %v after %q:\n%s", moment, phase, cleaned)
	}
	for _, pid := range dead { // what it had started may have gone on
		if left := victim.left(t, pid); len(left) > 0 {
			t.Errorf("%q came after clean", left)
		}
	}
	if now := victim.started(t, foreign); now != began {
		t.Errorf("the other project's containers ran as\n%sand run as\n%s", began, now)
	}
	if out, err := beside(); err != nil {
		t.Errorf("the other perfcheck: %v\n%s", err, out)
	}
}

// kill starts a comparison and kills it a time after it said that it is in a
// phase. It returns what it said.
func (p *testProject) kill(t *testing.T, phase string, after time.Duration) (pid int, said string) {
	t.Helper()
	b := p.start(t, "compare", "base", "--measure", "always")
	if err := b.await(phase, 1); err != nil {
		t.Fatalf("it ended before it could be killed: %v\n%s", err, b.said())
	}
	time.Sleep(after)
	if err := b.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	<-b.ended
	return b.cmd.Process.Pid, b.said()
}

// left names what a dead perfcheck has left in the engine, the repository and
// the folder for temporary files.
func (p *testProject) left(t *testing.T, pid int) (left []string) {
	t.Helper()
	mine := "label=dev.perfcheck.pid=" + strconv.Itoa(pid)
	for _, list := range [][]string{
		{"ps", "-a", "--format", "container {{.Names}}"},
		{"network", "ls", "--format", "network {{.Name}}"},
		{"volume", "ls", "--format", "volume {{.Name}}"},
	} {
		out := p.run(t, "docker", append(list, "--filter", mine)...)
		left = append(left, linesOf(out)...)
	}
	left = append(left, linesOf(p.run(t, "git", "worktree", "list"))[1:]...)
	for _, pattern := range []string{
		filepath.Join(p.dir, ".perfcheck", "trees", "*"), filepath.Join(p.temp, "perfcheck*"), filepath.Join(p.dir, ".git", "*perfcheck*"),
	} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, found...)
	}
	return left
}

func linesOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

// measure lets a perfcheck measure until the function that it returns is
// called, which fails where it could not.
func (p *testProject) measure(t *testing.T) (end func() (said string, err error)) {
	t.Helper()
	b := p.start(t, "run", "--blocks", "1000", "--budget", "10m")
	const block = ": block "
	if err := b.await(block, 1); err != nil {
		t.Fatalf("%v\n%s", err, b.said())
	}
	return func() (string, error) {
		err := b.await(block, strings.Count(b.said(), block)+2) // goes on
		if err == nil {
			err = b.cmd.Process.Signal(syscall.SIGINT)
			<-b.ended
		}
		return b.said(), err
	}
}
