package resource

import (
	"bufio"
	"context"
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

	"github.com/perfcheck/perfcheck/bench"
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
	case "meter":
		readAnother()
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
	first, err := m.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f()
	last, err := m.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return first[0], last[0]
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
	if after.Time.Before(before.Time) || after.WorkingSet < after.Memory {
		t.Errorf("got %+v", after)
	}
	wantCounters(t, after, bench.PageFaults, bench.MajorFaults, bench.DiskRead, bench.DiskWritten)
	if faults := after.Counters[bench.PageFaults]; faults < held/int64(os.Getpagesize())/600 {
		t.Errorf("it had %d page faults for %d bytes", faults, held)
	}
	memory, err := m.Memory(t.Context())
	if err != nil || memory[0].Memory < held || memory[0].CPU != 0 {
		t.Errorf("memory alone: got %+v, %v", memory, err)
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
	if _, err := m.Read(t.Context()); !errors.Is(err, os.ErrProcessDone) {
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

// wantCounters checks that the machine tells of these.
func wantCounters(t *testing.T, s Sample, counters ...bench.Counter) {
	t.Helper()
	for _, c := range counters {
		if _, ok := s.Counters[c]; !ok {
			t.Errorf("%s is not counted: %v", c, s.Counters)
		}
	}
}

func TestGroups(t *testing.T) {
	pressure := "some avg10=0.00 avg60=0.00 avg300=0.00 total=%d\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"
	tests := []struct {
		name        string
		mounts      []mount // below the folder of files
		files       map[string]string
		memberships []string // of each container
		want        []Sample
	}{
		{"version 1",
			[]mount{{"/", "cpu", []string{"rw", "cpu", "cpuacct"}}, {"/", "memory", []string{"memory"}},
				{"/", "blkio", []string{"blkio"}}, {"/", "unified", []string{""}}},
			map[string]string{
				"cpu/docker/a/cpuacct.usage":                               "1000000007\n",
				"cpu/docker/a/cpu.stat":                                    "nr_periods 3\nnr_throttled 1\nthrottled_time 2000\n",
				"memory/docker/a/memory.stat":                              "cache 1\nrss 2\ntotal_rss 4096\ntotal_rss_huge 5\ntotal_inactive_file 100\ntotal_pgfault 9\ntotal_pgmajfault 2\n",
				"memory/docker/a/memory.usage_in_bytes":                    "5100\n",
				"memory/docker/a/memory.oom_control":                       "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
				"blkio/docker/a/blkio.throttle.io_service_bytes_recursive": "259:0 Read 100\n259:0 Write 20\n259:0 Sync 1\n259:1 Read 1\nTotal 121\n",
				"blkio/docker/a/blkio.throttle.io_serviced_recursive":      "Total 0\n",
				"unified/docker/a/io.pressure":                             fmt.Sprintf(pressure, 12),
				"cpu/docker/b/cpuacct.usage":                               "3\n",
			},
			[]string{"4:cpu,cpuacct:/docker/a\n3:memory:/docker/a\n2:blkio:/docker/a\n0::/docker/a\n", "4:cpu,cpuacct:/docker/b\n3:memory:/docker/b\n"},
			[]Sample{
				{CPU: time.Second + 7, Memory: 4096, WorkingSet: 5000, Counters: bench.Counters{
					bench.Throttled: 2000, bench.OOMKills: 2, bench.PageFaults: 9, bench.MajorFaults: 2,
					bench.DiskRead: 101, bench.DiskWritten: 20, bench.DiskOps: 0, bench.IOStall: 12_000}},
				{CPU: 3, Counters: bench.Counters{}},
			}},
		{"version 2",
			[]mount{{"/", ".", []string{""}}},
			map[string]string{
				"system.slice/docker-a.scope/cpu.stat":        "usage_usec 5000\nuser_usec 1\nthrottled_usec 7\n",
				"system.slice/docker-a.scope/memory.stat":     "anon 8192\nfile 1\ninactive_file 4096\npgfault 3\npgmajfault 1\n",
				"system.slice/docker-a.scope/memory.current":  "20480\n",
				"system.slice/docker-a.scope/memory.events":   "low 0\noom 1\noom_kill 1\n",
				"system.slice/docker-a.scope/io.stat":         "259:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n253:0 rbytes=1 wbytes=2 rios=3 wios=4\n",
				"system.slice/docker-a.scope/cpu.pressure":    fmt.Sprintf(pressure, 1),
				"system.slice/docker-a.scope/io.pressure":     fmt.Sprintf(pressure, 2),
				"system.slice/docker-a.scope/memory.pressure": fmt.Sprintf(pressure, 3),
			},
			[]string{"0::/system.slice/docker-a.scope\n", "0::/system.slice/docker-a.scope\n"},
			[]Sample{
				{CPU: 5 * time.Millisecond, Memory: 8192, WorkingSet: 16384, Counters: bench.Counters{
					bench.Throttled: 7000, bench.OOMKills: 1, bench.PageFaults: 3, bench.MajorFaults: 1,
					bench.DiskRead: 11, bench.DiskWritten: 22, bench.DiskOps: 10,
					bench.CPUStall: 1000, bench.IOStall: 2000, bench.MemoryStall: 3000}},
				{Counters: bench.Counters{}}, // it shares the group, which counts once
			}},
		{"what is the whole machine's",
			[]mount{{"/", "cpu", []string{"cpuacct"}}, {"/", "unified", []string{""}}},
			map[string]string{"cpu/docker/a/cpuacct.usage": "7\n", "unified/cpu.pressure": fmt.Sprintf(pressure, 1)},
			[]string{"2:cpuacct:/docker/a\n0::/\n", "2:cpuacct:/docker/a\n"},
			[]Sample{{CPU: 7, Counters: bench.Counters{}}, {Counters: bench.Counters{}}}},
		{"a part of the hierarchy, and no disk used yet",
			[]mount{{"/kube", "no", []string{""}}, {"/kubepods/p", "v2", []string{""}}},
			map[string]string{"v2/a/cpu.stat": "usage_usec 1\n", "v2/a/io.stat": ""},
			[]string{"0::/kubepods/p/a\n"},
			[]Sample{{CPU: time.Microsecond, Counters: bench.Counters{bench.DiskRead: 0, bench.DiskWritten: 0, bench.DiskOps: 0}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := groups(t, tt.files)
			for i := range tt.mounts {
				tt.mounts[i].point = filepath.Join(dir, tt.mounts[i].point)
			}
			m := newMeter()
			defer m.Close()
			seen := map[string]bool{}
			for _, raw := range tt.memberships {
				g := &group{}
				m.add("", g)
				if err := g.open(parseGroups(raw), tt.mounts, seen); err != nil {
					t.Fatal(err)
				}
			}
			got, err := m.Read(t.Context())
			for i := range got {
				got[i].Time = time.Time{}
			}
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, %v,\nwant %+v", got, err, tt.want)
			}
		})
	}
}

func TestGroupsMissing(t *testing.T) {
	mounts := []mount{{"/", t.TempDir(), []string{""}}}
	if err := new(group).open(parseGroups("0::/a\n"), mounts, map[string]bool{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no cpu.stat: got %v", err)
	}
	if err := new(group).open(parseGroups("0::/a\n"), nil, map[string]bool{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no mount: got %v", err)
	}
	if _, err := Containers([]Container{{PID: 1 << 30}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no process: got %v", err)
	}
}

func TestUpTo(t *testing.T) {
	for _, c := range []struct{ path, id, want string }{
		{"/system.slice/docker-a1.scope/init/x", "a1", "/system.slice/docker-a1.scope"},
		{"/docker/a1", "a1", "/docker/a1"},
		{"/docker/a1/init", "a1", "/docker/a1"},
		{"/user.slice/x", "a1", "/user.slice/x"},
		{"/user.slice/x", "", "/user.slice/x"},
	} {
		if got := upTo(c.path, c.id); got != c.want {
			t.Errorf("%s of %q: %s, want %s", c.path, c.id, got, c.want)
		}
	}
}

// Why instructions cannot be counted is said.
func TestNoEvents(t *testing.T) {
	for raw, want := range map[string]string{
		"3:perf_event:/docker/a\n0::/docker/a\n": "controller \"perf_event\" is mounted nowhere",
		"0::/\n":                                 "with all of the machine",
	} {
		g := &group{}
		g.findEvents(parseGroups(raw), []mount{{"/", t.TempDir(), []string{""}}}, map[string]bool{})
		if err := g.count(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", raw, err, want)
		}
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
	m, err := Containers([]Container{{PID: os.Getpid()}})
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

// readAnother prints what it can read of the process that its environment names.
func readAnother() {
	pid, err := strconv.Atoi(os.Getenv("PERFCHECK_TEST_PID"))
	if err != nil {
		panic(err)
	}
	m, err := Containers([]Container{{PID: pid}})
	if err != nil {
		fmt.Println(err)
		return
	}
	samples, err := m.Read(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	network := slices.ContainsFunc(m.parts[0].(*group).files, func(f openFile) bool { return strings.HasSuffix(f.Name(), "/net/dev") })
	fmt.Println("CPU:", samples[0].CPU > 0, "network:", network)
}

// A container is measured by those, too, who may not debug it: its processes are
// another user's.
func TestContainersOfAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be another user")
	}
	for _, c := range []struct {
		flags uintptr
		want  string
	}{{syscall.CLONE_NEWNET, "CPU: true network: true"}, {0, "CPU: true network: false"}} {
		container := exec.Command("cat")
		container.SysProcAttr = &syscall.SysProcAttr{Cloneflags: c.flags}
		in, err := container.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := container.Start(); err != nil {
			t.Fatal(err)
		}
		another := exec.Command("/proc/self/exe") // its path is closed to others
		another.Dir = "/"
		another.Env = append(os.Environ(), "PERFCHECK_TEST_CHILD=meter", fmt.Sprint("PERFCHECK_TEST_PID=", container.Process.Pid))
		another.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		got, err := another.CombinedOutput()
		if err != nil || strings.TrimSpace(string(got)) != c.want {
			t.Errorf("got %s, %v; want %s", got, err, c.want)
		}
		in.Close()
		if err := container.Wait(); err != nil {
			t.Error(err)
		}
	}
}

func TestStat(t *testing.T) {
	s := Sample{Counters: bench.Counters{}}
	if err := stat([]byte("7 (a) b) S 1 7 7 0 -1 0 1 2 3 4 100 200 12 30 20 0 5 0 99"), &s); err != nil {
		t.Error(err)
	}
	if err := pages([]byte("1000 300 100 1 0 50 0\n"), &s); err != nil {
		t.Error(err)
	}
	page := int64(os.Getpagesize())
	want := Sample{CPU: 420 * time.Millisecond, Memory: 200 * page, WorkingSet: 300 * page,
		Counters: bench.Counters{bench.PageFaults: 10, bench.MajorFaults: 7}}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v, want %+v", s, want)
	}
	for _, short := range []string{"7 (a) S 1", ""} {
		if stat([]byte(short), &s) == nil || pages([]byte("1"), &s) == nil {
			t.Errorf("%q is no error", short)
		}
	}
}

func BenchmarkReadContainers(b *testing.B) {
	m, err := Containers([]Container{{PID: os.Getpid()}})
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
		if _, err := m.Read(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSampler says what watching a service costs, by the number of its
// containers: 10 reads of the memory a second in trials, which is the share of
// a core that is printed; and a read of all at the edge of each turn. The
// control group of the test stands for those of containers.
func BenchmarkSampler(b *testing.B) {
	for _, containers := range []int{1, 10} {
		m := newMeter()
		for range containers {
			c, err := Containers([]Container{{PID: os.Getpid()}})
			if err != nil {
				b.Fatal(err)
			}
			m.add("", c.parts[0])
		}
		for name, read := range map[string]func(context.Context) ([]Sample, error){"memory": m.Memory, "all": m.Read} {
			b.Run(fmt.Sprintf("%s/containers=%d", name, containers), func(b *testing.B) {
				before, err := Self()
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if _, err := read(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
				after, err := Self()
				if err != nil {
					b.Fatal(err)
				}
				cpu := (after - before).Seconds() / float64(b.N)
				b.ReportMetric(cpu*1e6, "us-cpu/read")
				if name == "memory" {
					b.ReportMetric(cpu*10*100, "%core")
				}
			})
		}
		if err := m.Close(); err != nil {
			b.Error(err)
		}
	}
}
