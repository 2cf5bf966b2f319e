package resource

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// countable is an event of which this machine has a counter: instructions, or
// in virtual machines without them the nanoseconds that tasks run.
func countable(t *testing.T) event {
	t.Helper()
	c, err := countThreads(instructions, os.Getpid())
	if err != nil {
		t.Log(uncounted(err))
		return event{unix.PERF_TYPE_SOFTWARE, unix.PERF_COUNT_SW_TASK_CLOCK}
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
	return instructions
}

// wantGrowth checks that the work of a thread that was there before, of one that
// was not, and of a child is counted.
func wantGrowth(t *testing.T, c eventCounters) {
	t.Helper()
	defer c.close()
	var last int64
	for range 3 {
		before, err := c.read()
		if err != nil || before < last {
			t.Fatalf("%d and then %d, %v", last, before, err)
		}
		burn(50 * time.Millisecond)
		if last, err = c.read(); err != nil || last-before < 10e6 {
			t.Errorf("50ms of work are %d, %v", last-before, err)
		}
	}
}

func TestCountThreads(t *testing.T) {
	c, err := countThreads(countable(t), os.Getpid())
	if err != nil {
		t.Skip(uncounted(err)) // not even software events are permitted
	}
	wantGrowth(t, c)
}

func TestCountGroup(t *testing.T) {
	mounts, err := cgroupMounts()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := findGroup(mounts, "", parseGroups(string(raw))[""])
	if err != nil {
		t.Skip(err)
	}
	c, err := countGroup(countable(t), dir)
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
		t.Skip(uncounted(err))
	}
	if err != nil {
		t.Fatal(err)
	}
	wantGrowth(t, c)
}

func TestUncounted(t *testing.T) {
	if _, err := countGroup(event{unix.PERF_TYPE_HARDWARE, 1 << 20}, filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no group: %v", err)
	}
	if _, err := countThreads(event{1 << 20, 0}, os.Getpid()); err == nil {
		t.Error("an unknown event is counted")
	}
	if text := uncounted(unix.EACCES); !strings.Contains(text, "perf_event_paranoid") {
		t.Error(text)
	}
	if text := uncounted(unix.ENOENT); strings.Contains(text, "paranoid") {
		t.Error(text)
	}
}

func TestCPUList(t *testing.T) {
	for text, want := range map[string][]int{
		"0": {0}, "0-1": {0, 1}, "0-2,5,7-8": {0, 1, 2, 5, 7, 8},
		"": nil, "2-1": nil, "a": nil, "0-99999999": nil, "-1": nil,
	} {
		if got, err := cpuList(text); !reflect.DeepEqual(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

// BenchmarkCountedSwitch says what counting costs a service: two threads wake
// each other up by pipes, with their instructions counted or not. An iteration
// is two switches.
func BenchmarkCountedSwitch(b *testing.B) {
	for _, counted := range []bool{false, true} {
		b.Run(fmt.Sprintf("counted=%v", counted), func(b *testing.B) {
			if counted {
				c, err := countThreads(instructions, os.Getpid())
				if err != nil {
					b.Skip(uncounted(err))
				}
				defer c.close()
			}
			there, back := pipe(b), pipe(b)
			done := make(chan struct{})
			go func() {
				defer close(done)
				runtime.LockOSThread()
				for pass(there[0], back[1]) == nil {
				}
			}()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			for b.Loop() {
				if _, err := unix.Write(there[1], []byte{1}); err != nil {
					b.Fatal(err)
				}
				if _, err := unix.Read(back[0], make([]byte, 1)); err != nil {
					b.Fatal(err)
				}
			}
			unix.Close(there[1])
			<-done
		})
	}
}

func pipe(b *testing.B) (p [2]int) {
	b.Helper()
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		b.Fatal(err)
	}
	return p
}

// pass hands one byte on.
func pass(from, to int) error {
	var buf [1]byte
	if n, err := unix.Read(from, buf[:]); n == 0 || err != nil {
		return io.EOF
	}
	_, err := unix.Write(to, buf[:])
	return err
}
