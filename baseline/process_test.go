package baseline

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// childEnv makes the test binary a process that writes to the store it names,
// or with compactEnv one that compacts it.
const (
	childEnv   = "PERFCHECK_TEST_STORE"
	compactEnv = "PERFCHECK_TEST_COMPACT"
)

var killsFlag = flag.Int("kills", 200, "how often a process is killed that writes; one that compacts is a quarter as often")

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		do := func() error { return writeForEver(path, os.Stdout) }
		if os.Getenv(compactEnv) != "" {
			do = func() error {
				_, _, err := Compact(path, Options{})
				return err
			}
		}
		if err := do(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// writeForEver puts run after run and acknowledges each with a line.
func writeForEver(path string, w io.Writer) error {
	s, err := Open(path, Options{})
	if err != nil {
		return err
	}
	found, err := s.List(Filter{Limit: 1})
	if err != nil {
		return err
	}
	first := 0
	if len(found) == 1 {
		first = int(found[0].Started.Sub(epoch) / time.Minute)
	}
	for n := first + 1; ; n++ {
		if err := s.Put(testRun(n)); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w, n); err != nil {
			return err
		}
	}
}

// A writer is a child process that runs writeForEver.
type writer struct {
	cmd *exec.Cmd
	out *bufio.Scanner
}

func startWriter(t *testing.T, path string) *writer {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w := &writer{cmd, bufio.NewScanner(out)}
	t.Cleanup(func() { w.kill() })
	return w
}

// kill ends the process at once and returns the number of the last run that it
// acknowledged, 0 when there is none.
func (w *writer) kill() (last int) {
	_ = w.cmd.Process.Kill() // fails only when it has ended
	for more := true; more; more = w.out.Scan() {
		if n, err := strconv.Atoi(w.out.Text()); err == nil {
			last = n
		}
	}
	_ = w.cmd.Wait() // says that it was killed
	return last
}

// kills is how often tests kill a process that writes; make test-long has the time
// for all of them.
func kills() int {
	if testing.Short() {
		return *killsFlag / 10
	}
	return *killsFlag
}

func TestKillLosesNothingAcknowledged(t *testing.T) {
	all := 0
	for killed := 0; killed < kills(); killed += killsPerStore {
		all += killWriters(t, tempStore(t), min(killsPerStore, kills()-killed))
	}
	t.Logf("killed %d times; all of %d acknowledged runs are there", kills(), all)
}

// killsPerStore keeps stores small: each is read to its end after each kill.
const killsPerStore = 10

// killWriters kills one writer of a store after the other, verifies the store each
// time, and returns how many runs they have acknowledged.
func killWriters(t *testing.T, path string, times int) (acknowledged int) {
	t.Helper()
	checked := 0
	for round := range times {
		w := startWriter(t, path)
		if round%2 == 1 && !w.out.Scan() {
			t.Fatalf("round %d: the child wrote nothing", round)
		}
		time.Sleep(time.Duration(rand.IntN(80)) * time.Millisecond) // the moment may be anywhere, creation included
		acknowledged = max(acknowledged, w.kill())

		s, err := Open(path, Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for n := checked + 1; n <= acknowledged; n++ {
			got, err := s.Get(testRun(n).ID)
			if err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			if encoded(t, got) != encoded(t, testRun(n)) {
				t.Fatalf("round %d: run %d is not as it was put", round, n)
			}
		}
		checked = acknowledged // Verify reads all of them each time
		findings, err := s.Verify()
		if err := errors.Join(err, s.Close()); err != nil || len(findings.Problems) > 0 || findings.Runs < acknowledged {
			t.Fatalf("round %d: %+v, %v", round, findings, err)
		}
	}
	return acknowledged
}

func TestLockedNamesTheHolder(t *testing.T) {
	path := tempStore(t)
	w := startWriter(t, path)
	if !w.out.Scan() {
		t.Fatal("the child wrote nothing")
	}
	wait := Options{Wait: 200 * time.Millisecond}
	for name, open := range map[string]func(string, Options) (*Store, error){"Open": Open, "OpenReadOnly": OpenReadOnly} {
		_, err := open(path, wait)
		if !errors.Is(err, ErrLocked) {
			t.Fatalf("%s: got %v, want ErrLocked", name, err)
		}
		for _, part := range []string{strconv.Itoa(w.cmd.Process.Pid), filepath.Base(os.Args[0])} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not name %s", name, err, part)
			}
		}
	}
	w.kill()

	// The record of the killed process is still there, but only a reader has the store.
	r, err := OpenReadOnly(path, wait)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := os.Stat(holderFile(path)); err != nil {
		t.Fatal(err)
	}
	_, err = Open(path, wait)
	if !errors.Is(err, ErrLocked) || strings.Contains(err.Error(), strconv.Itoa(w.cmd.Process.Pid)) {
		t.Errorf("got %v, want ErrLocked without the dead process", err)
	}
}

// The record tells others no more than the command.
func TestHolderTellsNoSecrets(t *testing.T) {
	for want, args := range map[string][]string{
		"perfcheck":               {"/home/ada/bin/perfcheck"},
		"perfcheck baseline push": {"perfcheck", "baseline", "push", "--remote", "git:https://token@example.com"},
		"perfcheck compare":       {"perfcheck", "compare", "--store", "x"},
		"perfcheck baseline show": {"perfcheck", "baseline", "show", "token"},
	} {
		if got := command(args); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestOpenWaitsForTheHolder(t *testing.T) {
	path := tempStore(t)
	w := startWriter(t, path)
	if !w.out.Scan() {
		t.Fatal("the child wrote nothing")
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		time.Sleep(100 * time.Millisecond)
		w.kill()
	}()
	defer func() { <-ended }()
	openTest(t, path)
}
