package resource

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain lets the test binary be a process that burns CPU and holds memory.
func TestMain(m *testing.M) {
	switch os.Getenv("PERFCHECK_TEST_CHILD") {
	case "burn":
		burn(300 * time.Millisecond)
		os.Exit(0)
	case "burner":
		burner()
	case "pin":
		pin()
	default:
		os.Exit(m.Run())
	}
}

// pin binds this process to its last CPU, and prints each thread, old or new,
// that is not bound.
func pin() {
	burn(time.Millisecond)
	cores, err := Cores()
	if err != nil {
		fmt.Println(err)
		return
	}
	last := slices.Max(slices.Concat(cores...))
	if err := Pin([]int{last}); err != nil {
		fmt.Println(err)
	}
	go func() { runtime.LockOSThread(); select {} }()
	burn(time.Millisecond)
	threads, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(threads) < 2 {
		fmt.Println(threads, err)
	}
	for _, name := range threads {
		status, err := os.ReadFile(name)
		if got := field(string(status), "Cpus_allowed_list"); err == nil && got != strconv.Itoa(last) {
			fmt.Println(name, got)
		}
	}
}

const held = 64 << 20 // bytes that the burner holds

// burner holds memory and then, for each line that it reads, burns 300 ms of
// CPU in a thread that ends, and 300 more in a child.
func burner() {
	memory := make([]byte, held)
	for i := range memory {
		memory[i] = 1
	}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		burn(300 * time.Millisecond)
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "PERFCHECK_TEST_CHILD=burn")
		fmt.Println("burnt", child.Run(), memory[1])
	}
}

// burn uses d of CPU time in a thread of its own, which then ends.
func burn(d time.Duration) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for begin := threadTime(); threadTime()-begin < d; {
		}
	}()
	<-done
}

func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}

func startBurner(t *testing.T) (pid int, burn func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PERFCHECK_TEST_CHILD=burner")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewReader(out)
	want := func(word string) {
		if line, err := lines.ReadString('\n'); err != nil || !strings.HasPrefix(line, word) {
			t.Fatalf("the burner says %q, %v", line, err)
		}
	}
	want("ready")
	return cmd.Process.Pid, func() {
		if _, err := io.WriteString(in, "burn\n"); err != nil {
			t.Fatal(err)
		}
		want("burnt <nil>")
	}
}

// used reads m before and after f.
func used(t *testing.T, m *Meter, f func()) (before, after Sample) {
	t.Helper()
	before, err := m.Read()
	if err != nil {
		t.Fatal(err)
	}
	f()
	if after, err = m.Read(); err != nil {
		t.Fatal(err)
	}
	return before, after
}

func TestProcesses(t *testing.T) {
	pid, burn := startBurner(t)
	m, err := Processes([]int{pid})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	before, after := used(t, m, burn)
	// What runs beside the loops, the start of the child above all, is little,
	// but not bounded on a busy machine.
	if d := after.CPU - before.CPU; d < 580*time.Millisecond || d > 1200*time.Millisecond {
		t.Errorf("it burnt %v, want 600ms and a little", d)
	}
	if want := rssAnon(t, pid); want < held || after.Memory < want*9/10 || after.Memory > want*11/10 {
		t.Errorf("it holds %d bytes, want about %d, which is %d and more", after.Memory, want, held)
	}
	if after.Time.Before(before.Time) || after.Throttled != 0 || after.OOMKills != 0 {
		t.Errorf("got %+v", after)
	}
}

// rssAnon reads a process's anonymous memory from where the kernel is verbose, in bytes.
func rssAnon(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	kilobytes, err := strconv.ParseInt(strings.TrimSuffix(field(string(status), "RssAnon"), " kB"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

func TestProcessesGone(t *testing.T) {
	if _, err := Processes([]int{1 << 30}); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("got %v", err)
	}
	cmd := exec.Command("cat")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	m, err := Processes([]int{cmd.Process.Pid})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Read(); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("got %v", err)
	}
}

// groups lays out the control groups of two containers as the kernel does.
func groups(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCounters(t *testing.T) {
	tests := []struct {
		name        string
		mounts      []mount // below the folder of files
		files       map[string]string
		memberships []string // of each root
		want        Sample
	}{
		{"version 1",
			[]mount{{"/", "cpu", []string{"rw", "cpu", "cpuacct"}}, {"/", "memory", []string{"memory"}}, {"/", "unified", []string{""}}},
			map[string]string{
				"cpu/docker/a/cpuacct.usage":         "1000000007\n",
				"cpu/docker/a/cpu.stat":              "nr_periods 3\nnr_throttled 1\nthrottled_time 2000\n",
				"memory/docker/a/memory.stat":        "cache 1\nrss 2\ntotal_cache 3\ntotal_rss 4096\ntotal_rss_huge 5\n",
				"memory/docker/a/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
				"cpu/docker/b/cpuacct.usage":         "3\n",
			},
			[]string{"4:cpu,cpuacct:/docker/a\n3:memory:/docker/a\n0::/docker/a\n", "4:cpu,cpuacct:/docker/b\n3:memory:/docker/b\n"},
			Sample{CPU: time.Second + 10, Throttled: 2000, Memory: 4096, OOMKills: 2}},
		{"version 2",
			[]mount{{"/", ".", []string{""}}},
			map[string]string{
				"system.slice/docker-a.scope/cpu.stat":      "usage_usec 5000\nuser_usec 1\nthrottled_usec 7\n",
				"system.slice/docker-a.scope/memory.stat":   "anon 8192\nfile 1\n",
				"system.slice/docker-a.scope/memory.events": "low 0\noom 1\noom_kill 1\n",
			},
			[]string{"0::/system.slice/docker-a.scope\n", "0::/system.slice/docker-a.scope\n"},
			Sample{CPU: 5 * time.Millisecond, Throttled: 7 * time.Microsecond, Memory: 8192, OOMKills: 1}},
		{"a part of the hierarchy",
			[]mount{{"/kube", "no", []string{""}}, {"/kubepods/p", "v2", []string{""}}},
			map[string]string{"v2/a/cpu.stat": "usage_usec 1\n"},
			[]string{"0::/kubepods/p/a\n"},
			Sample{CPU: time.Microsecond}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := groups(t, tt.files)
			for i := range tt.mounts {
				tt.mounts[i].point = filepath.Join(dir, tt.mounts[i].point)
			}
			m := &Meter{buf: make([]byte, bufSize)}
			defer m.Close()
			seen := map[string]bool{}
			for _, raw := range tt.memberships {
				found, err := openCounters(parseGroups(raw), tt.mounts, seen)
				if err != nil {
					t.Fatal(err)
				}
				m.counters = append(m.counters, found...)
			}
			got, err := m.Read()
			got.Time = time.Time{}
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

func TestCountersMissing(t *testing.T) {
	mounts := []mount{{"/", t.TempDir(), []string{""}}}
	if _, err := openCounters(parseGroups("0::/a\n"), mounts, map[string]bool{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no cpu.stat: got %v", err)
	}
	if _, err := openCounters(parseGroups("0::/a\n"), nil, map[string]bool{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no mount: got %v", err)
	}
	if _, err := Containers([]int{1 << 30}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no process: got %v", err)
	}
}

func TestParseMounts(t *testing.T) {
	const raw = `25 30 0:23 / /sys/fs/cgroup/unified rw,nosuid shared:10 - cgroup2 cgroup rw,nsdelegate
26 30 0:24 /docker/x /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
27 1 8:1 / / rw - ext4 /dev/sda1 rw
nonsense
`
	want := []mount{
		{"/", "/sys/fs/cgroup/unified", []string{""}},
		{"/docker/x", "/sys/fs/cgroup/cpu,cpuacct", []string{"rw", "cpu", "cpuacct"}},
	}
	if got := parseMounts(raw); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestContainers reads the control group that the test itself is in, which has
// the files of a container's.
func TestContainers(t *testing.T) {
	m, err := Containers([]int{os.Getpid()})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	before, after := used(t, m, func() { burn(100 * time.Millisecond) })
	if d := after.CPU - before.CPU; d < 95*time.Millisecond {
		t.Errorf("100ms were burnt, and it says %v", d)
	}
	if after.Memory == 0 {
		t.Error("it uses no memory")
	}
}

func TestValue(t *testing.T) {
	tests := []struct {
		text, key string
		want      int64
		ok        bool
	}{
		{"7\n", "", 7, true}, {"7", "", 7, true}, {"", "", 0, false}, {"x\n", "", 0, false},
		{"a 1\nab 2\n", "ab", 2, true}, {"ab 2\na 1", "a", 1, true}, {"a x\n", "a", 0, false}, {"ab 2\n", "a", 0, false},
	}
	for _, tt := range tests {
		got, err := value([]byte(tt.text), tt.key)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%q of %q: got %d, %v", tt.key, tt.text, got, err)
		}
	}
}

func TestStat(t *testing.T) {
	const stat = "7 (a) b) S 1 7 7 0 -1 0 1 2 3 4 100 200 12 30 20 0 5 0 99"
	if got, err := childTime([]byte(stat)); got != 420*time.Millisecond || err != nil {
		t.Errorf("children used %v, %v", got, err)
	}
	if _, err := childTime([]byte("7 (a) S 1")); err == nil {
		t.Error("a short stat is no error")
	}
	if got, err := anonymousPages([]byte("1000 300 100 1 0 50 0\n")); got != 200 || err != nil {
		t.Errorf("got %d pages, %v", got, err)
	}
	if _, err := anonymousPages([]byte("1")); err == nil {
		t.Error("a short statm is no error")
	}
}

func BenchmarkReadContainers(b *testing.B) {
	m, err := Containers([]int{os.Getpid()})
	if err != nil {
		b.Fatal(err)
	}
	benchmarkRead(b, m)
}

func BenchmarkReadProcesses(b *testing.B) {
	m, err := Processes([]int{syscall.Getpgrp()})
	if err != nil {
		b.Fatal(err)
	}
	benchmarkRead(b, m)
}

func benchmarkRead(b *testing.B, m *Meter) {
	defer m.Close()
	for b.Loop() {
		if _, err := m.Read(); err != nil {
			b.Fatal(err)
		}
	}
}
