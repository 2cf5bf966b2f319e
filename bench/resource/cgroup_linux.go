package resource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// Containers opens a meter over containers: by their control groups, or by the
// engine where these are out of sight.
func Containers(containers []Container) (*Meter, error) {
	for _, c := range containers {
		if c.PID == 0 {
			return Engine(containers), nil
		}
	}
	mounts, err := cgroupMounts()
	if err != nil {
		return nil, err
	}
	m := newMeter()
	seen := map[string]bool{} // containers may share a control group or a network
	for _, c := range containers {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", c.PID))
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
		groups := parseGroups(string(raw))
		for controller, path := range groups {
			groups[controller] = upTo(path, c.ID)
		}
		g := &group{}
		m.add(c.Name, g)
		if err := g.open(groups, mounts, seen); err != nil {
			return nil, errors.Join(fmt.Errorf("control group of process %d: %w", c.PID, err), m.Close())
		}
		g.findEvents(groups, mounts, seen)
		if err := g.openNetwork(c.PID, seen); err != nil {
			return nil, errors.Join(fmt.Errorf("network of process %d: %w", c.PID, err), m.Close())
		}
	}
	return m, nil
}

// A group is the control group of a container, and its network.
type group struct {
	files        []openFile
	events       string // its folder where events are counted; empty where that is counted already
	uncountable  error  // why there is no such folder
	instructions eventCounters
}

// A source is a file of a control group.
type source struct {
	controller string // of version 1; "" is version 2
	file       string
	parse      parser
	memory     bool // it tells the memory now
	required   bool
}

// The files of both versions: the kernel's Documentation/admin-guide/cgroup-v1
// (cpuacct.rst, memory.rst, blkio-controller.rst; throttled_time is in
// scheduler/sched-bwc.rst), cgroup-v2.rst and accounting/psi.rst. All include
// the groups below. What the kernel writes to a disk later is not a group's in
// version 1. The peaks that the kernel keeps count the files in memory too, and
// the start of the service.
var (
	version1 = append([]source{
		{"cpuacct", "cpuacct.usage", number(addCPU(time.Nanosecond)), false, true},
		{"cpu", "cpu.stat", lines(map[string]adder{"throttled_time": count(bench.Throttled, 1)}), false, false},
		{"memory", "memory.stat", lines(memory1), true, false},
		{"memory", "memory.usage_in_bytes", number(addWorkingSet), true, false},
		{"memory", "memory.oom_control", lines(map[string]adder{"oom_kill": count(bench.OOMKills, 1)}), false, false},
		{"blkio", "blkio.throttle.io_service_bytes_recursive", devices(map[string]adder{
			"Read": count(bench.DiskRead, 1), "Write": count(bench.DiskWritten, 1)}), false, false},
		{"blkio", "blkio.throttle.io_serviced_recursive", devices(map[string]adder{
			"Read": count(bench.DiskOps, 1), "Write": count(bench.DiskOps, 1)}), false, false},
	}, pressures...)
	version2 = append([]source{
		{"", "cpu.stat", lines(map[string]adder{
			"usage_usec": addCPU(time.Microsecond), "throttled_usec": count(bench.Throttled, 1000)}), false, true},
		{"", "memory.stat", lines(memory2), true, false},
		{"", "memory.current", number(addWorkingSet), true, false},
		{"", "memory.events", lines(map[string]adder{"oom_kill": count(bench.OOMKills, 1)}), false, false},
		{"", "io.stat", keys(map[string]adder{
			"rbytes": count(bench.DiskRead, 1), "wbytes": count(bench.DiskWritten, 1),
			"rios": count(bench.DiskOps, 1), "wios": count(bench.DiskOps, 1)}), false, false},
	}, pressures...)
	pressures = []source{
		{"", "cpu.pressure", pressure(bench.CPUStall), false, false},
		{"", "io.pressure", pressure(bench.IOStall), false, false},
		{"", "memory.pressure", pressure(bench.MemoryStall), false, false},
	}
)

// An openFile is read over and over.
type openFile struct {
	*os.File
	parse  parser
	memory bool
}

func (f openFile) read(s *Sample, buf []byte) error {
	n, err := f.ReadAt(buf, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", f.Name(), err)
	}
	if err := f.parse(buf[:n], s); err != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	return nil
}

func (g *group) read(_ context.Context, s *Sample, all bool, buf []byte) error {
	for _, f := range g.files {
		if !all && !f.memory {
			continue
		}
		if err := f.read(s, buf); err != nil {
			return err
		}
	}
	if !all || g.instructions == nil {
		return nil
	}
	n, err := g.instructions.read()
	s.Counters[bench.Instructions] += n
	return err
}

func (g *group) close() error {
	errs := []error{g.instructions.close()}
	for _, f := range g.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// open opens the files of a group by controller, unless they are in seen. The
// optional ones that the kernel does not have are left out.
func (g *group) open(groups map[string]string, mounts []mount, seen map[string]bool) error {
	sources := version2
	if _, ok := groups["cpuacct"]; ok {
		sources = version1
	}
	for _, src := range sources {
		if groups[src.controller] == everything && strings.HasSuffix(src.file, ".pressure") {
			continue // it would be the whole machine's
		}
		err := g.openSource(src, groups, mounts, seen)
		if lacking := errors.Is(err, fs.ErrNotExist) || errors.Is(err, errors.ErrUnsupported); err != nil && (src.required || !lacking) {
			return err
		}
	}
	return nil
}

// openSource opens one file and reads it once.
func (g *group) openSource(src source, groups map[string]string, mounts []mount, seen map[string]bool) error {
	dir, err := findGroup(mounts, src.controller, groups[src.controller])
	if err != nil {
		return err
	}
	name := filepath.Join(dir, src.file)
	if seen[name] {
		return nil
	}
	seen[name] = true
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	f := openFile{file, src.parse, src.memory}
	if err := f.read(&Sample{Counters: bench.Counters{}}, make([]byte, bufSize)); err != nil {
		return errors.Join(err, f.Close())
	}
	g.files = append(g.files, f)
	return nil
}

// findEvents finds where the group's events are counted: in version 1 in a
// hierarchy of their own, where somebody has mounted one.
func (g *group) findEvents(groups map[string]string, mounts []mount, seen map[string]bool) {
	controller := ""
	if _, ok := groups["perf_event"]; ok {
		controller = "perf_event"
	}
	if groups[controller] == everything {
		g.uncountable = errors.New("the service shares its group of events with all of the machine")
		return
	}
	dir, err := findGroup(mounts, controller, groups[controller])
	switch {
	case err != nil:
		g.uncountable = err
	case !seen["events of "+dir]:
		seen["events of "+dir] = true
		g.events = dir
	}
}

// everything is the group of all that is in no other.
const everything = "/"

func (g *group) count() (err error) {
	if g.uncountable != nil {
		return g.uncountable
	}
	if g.events != "" {
		g.instructions, err = countGroup(instructions, g.events)
	}
	return err
}

// openNetwork opens the interfaces of a process, unless they are this
// machine's, on which everybody sends, or in seen. Networks are told apart by
// the file, of which each has its own: to read /proc/PID/ns/net takes the rights
// of a debugger, which perfcheck has over containers as root only.
func (g *group) openNetwork(pid int, seen map[string]bool) error {
	own, err := os.Stat("/proc/self/net/dev")
	if err != nil {
		return err
	}
	file, err := os.Open(fmt.Sprintf("/proc/%d/net/dev", pid))
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	network := fmt.Sprint("network ", info.Sys().(*syscall.Stat_t).Ino)
	if os.SameFile(info, own) || seen[network] {
		return file.Close()
	}
	seen[network] = true
	g.files = append(g.files, openFile{file, interfaces, false})
	return nil
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

// upTo cuts from a path what is below a container's group: where its first process
// has made a group of its own, others may have theirs beside it.
func upTo(path, id string) string {
	before, after, ok := strings.Cut(path, id)
	if !ok || id == "" {
		return path
	}
	rest, _, _ := strings.Cut(after, "/")
	return before + id + rest
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
		if path == "" || !slices.Contains(m.controllers, controller) {
			continue
		}
		below, ok := strings.CutPrefix(path, strings.TrimSuffix(m.root, "/"))
		if ok && (below == "" || below[0] == '/') {
			return filepath.Join(m.point, below), nil
		}
	}
	return "", fmt.Errorf("group %s of controller %q is mounted nowhere: %w", path, controller, fs.ErrNotExist)
}
