package resource

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Meter reads the usage of a service. It must not be read from two
// goroutines at once.
type Meter struct {
	counters []counter    // of containers
	groups   []*processes // of processes
	buf      []byte
}

// bufSize is more than any of the files has.
const bufSize = 16 << 10

// Containers opens a meter over the containers that the processes roots are
// the first ones of.
func Containers(roots []int) (*Meter, error) {
	mounts, err := cgroupMounts()
	if err != nil {
		return nil, err
	}
	m := &Meter{buf: make([]byte, bufSize)}
	seen := map[string]bool{} // roots may share a control group
	for _, pid := range roots {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
		found, err := openCounters(parseGroups(string(raw)), mounts, seen)
		m.counters = append(m.counters, found...)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("control group of process %d: %w", pid, err), m.Close())
		}
	}
	return m, nil
}

// Read reads all counters now.
func (m *Meter) Read() (Sample, error) {
	s := Sample{Time: time.Now()}
	for _, c := range m.counters {
		if err := c.read(&s, m.buf); err != nil {
			return Sample{}, err
		}
	}
	for _, g := range m.groups {
		if err := g.read(&s, m.buf); err != nil {
			return Sample{}, err
		}
	}
	return s, nil
}

// Close closes the meter's files.
func (m *Meter) Close() error {
	var errs []error
	for _, c := range m.counters {
		errs = append(errs, c.file.Close())
	}
	for _, g := range m.groups {
		errs = append(errs, g.close())
	}
	m.counters, m.groups = nil, nil
	return errors.Join(errs...)
}

// A source is a number in a file of a control group.
type source struct {
	controller string // of version 1; "" is version 2
	file       string
	key        string // the first word of its line; "" where the file is the number
	add        func(s *Sample, n int64)
	required   bool
}

// The numbers of both versions: the kernel's Documentation/admin-guide/cgroup-v1
// (cpuacct.rst, memory.rst; throttled_time is in scheduler/sched-bwc.rst) and
// cgroup-v2.rst. All include the groups below.
var (
	version1 = []source{
		{"cpuacct", "cpuacct.usage", "", addCPU(time.Nanosecond), true},
		{"cpu", "cpu.stat", "throttled_time", addThrottled(time.Nanosecond), false},
		{"memory", "memory.stat", "total_rss", addMemory, false},
		{"memory", "memory.oom_control", "oom_kill", addOOMKills, false},
	}
	version2 = []source{
		{"", "cpu.stat", "usage_usec", addCPU(time.Microsecond), true},
		{"", "cpu.stat", "throttled_usec", addThrottled(time.Microsecond), false},
		{"", "memory.stat", "anon", addMemory, false},
		{"", "memory.events", "oom_kill", addOOMKills, false},
	}
)

func addCPU(unit time.Duration) func(*Sample, int64) {
	return func(s *Sample, n int64) { s.CPU += time.Duration(n) * unit }
}

func addThrottled(unit time.Duration) func(*Sample, int64) {
	return func(s *Sample, n int64) { s.Throttled += time.Duration(n) * unit }
}

func addMemory(s *Sample, n int64)   { s.Memory += n }
func addOOMKills(s *Sample, n int64) { s.OOMKills += n }

// A counter is a source that is open.
type counter struct {
	source
	file *os.File
}

// openCounters opens the sources of control groups by controller, unless they
// are in seen. Optional ones that are not there are left out: a kernel prints
// only the lines of those controllers that are on.
func openCounters(groups map[string]string, mounts []mount, seen map[string]bool) (out []counter, err error) {
	sources := version2
	if _, ok := groups["cpuacct"]; ok {
		sources = version1
	}
	for _, src := range sources {
		c, err := src.open(groups, mounts)
		if (errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNoLine)) && !src.required {
			continue
		}
		if err != nil {
			return out, err
		}
		if id := c.file.Name() + " " + src.key; !seen[id] {
			seen[id] = true
			out = append(out, c)
		} else if err := c.file.Close(); err != nil {
			return out, err
		}
	}
	return out, nil
}

// open opens the source and reads it once.
func (s source) open(groups map[string]string, mounts []mount) (counter, error) {
	dir, err := findGroup(mounts, s.controller, groups[s.controller])
	if err != nil {
		return counter{}, err
	}
	f, err := os.Open(filepath.Join(dir, s.file))
	if err != nil {
		return counter{}, err
	}
	c := counter{s, f}
	if err := c.read(new(Sample), make([]byte, bufSize)); err != nil {
		return counter{}, errors.Join(err, f.Close())
	}
	return c, nil
}

// parseGroups reads /proc/PID/cgroup, see cgroups(7), into the path of each
// controller; that of version 2 is "".
func parseGroups(raw string) map[string]string {
	groups := map[string]string{}
	for line := range strings.Lines(raw) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(parts) < 3 {
			continue
		}
		for controller := range strings.SplitSeq(parts[1], ",") {
			groups[controller] = parts[2]
		}
	}
	return groups
}

// A mount is where a hierarchy of control groups is to be found.
type mount struct {
	root, point string   // the group that is mounted, and where
	controllers []string // of version 1; version 2 has [""]
}

// cgroupMounts reads the mounts of control groups, see proc_pid_mountinfo(5).
func cgroupMounts() ([]mount, error) {
	raw, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	return parseMounts(string(raw)), nil
}

func parseMounts(raw string) []mount {
	var out []mount
	for line := range strings.Lines(raw) {
		before, after, _ := strings.Cut(line, " - ")
		at, of := strings.Fields(before), strings.Fields(after)
		if len(at) < 5 || len(of) < 3 {
			continue
		}
		switch of[0] {
		case "cgroup":
			out = append(out, mount{at[3], at[4], strings.Split(of[2], ",")})
		case "cgroup2":
			out = append(out, mount{at[3], at[4], []string{""}})
		}
	}
	return out
}

// findGroup returns the folder of a controller's group. The error is
// [fs.ErrNotExist] where it is mounted nowhere.
func findGroup(mounts []mount, controller, path string) (string, error) {
	for _, m := range mounts {
		if !slices.Contains(m.controllers, controller) {
			continue
		}
		below, ok := strings.CutPrefix(path, strings.TrimSuffix(m.root, "/"))
		if ok && (below == "" || below[0] == '/') {
			return filepath.Join(m.point, below), nil
		}
	}
	return "", fmt.Errorf("group %s of controller %q is mounted nowhere: %w", path, controller, fs.ErrNotExist)
}

func (c counter) read(s *Sample, buf []byte) error {
	n, err := c.file.ReadAt(buf, 0)
	if n == 0 {
		return fmt.Errorf("read %s: %w", c.file.Name(), err)
	}
	v, err := value(buf[:n], c.key)
	if err != nil {
		return fmt.Errorf("%s: %w", c.file.Name(), err)
	}
	c.add(s, v)
	return nil
}

var errNoLine = errors.New("no line")

// value finds the number behind key at the start of a line, or reads all of
// text as one where key is empty.
func value(text []byte, key string) (int64, error) {
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte{'\n'})
		text = rest
		number := line
		if key != "" {
			name, after, ok := bytes.Cut(line, []byte{' '})
			if !ok || string(name) != key {
				continue
			}
			number = after
		}
		n, err := strconv.ParseInt(string(number), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: want a number, got %q", key, number)
		}
		return n, nil
	}
	return 0, fmt.Errorf("%w %q", errNoLine, key)
}
