package resource

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An event is something that perf_event_open(2) counts.
type event struct{ kind, config uint64 }

var instructions = event{unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_INSTRUCTIONS}

// eventCounters count one event together: for each CPU or for each thread.
type eventCounters []int // file descriptors

// countGroup counts in the processes of a control group, whose folder is dir,
// on all CPUs.
func countGroup(e event, dir string) (eventCounters, error) {
	online, err := os.ReadFile("/sys/devices/system/cpu/online")
	if err != nil {
		return nil, err
	}
	cpus, err := cpuList(strings.TrimSpace(string(online)))
	if err != nil {
		return nil, err
	}
	group, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer group.Close() // an event keeps the group by itself
	var c eventCounters
	for _, cpu := range cpus {
		if err := c.open(e, 0, int(group.Fd()), cpu, unix.PERF_FLAG_PID_CGROUP); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	return c, nil
}

// countThreads counts in the threads of a process, and in those threads and
// processes that they start from now on.
func countThreads(e event, pid int) (eventCounters, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if err != nil {
		return nil, err
	}
	var c eventCounters
	for _, thread := range threads {
		id, err := strconv.Atoi(filepath.Base(thread))
		if err == nil {
			err = c.open(e, unix.PerfBitInherit, id, -1, 0)
		}
		if err != nil && !errors.Is(err, unix.ESRCH) { // it ended meanwhile
			return nil, errors.Join(err, c.close())
		}
	}
	return c, nil
}

func (c *eventCounters) open(e event, bits uint64, pid, cpu, flags int) error {
	fd, err := unix.PerfEventOpen(&unix.PerfEventAttr{
		Type: uint32(e.kind), Config: e.config, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})),
		// What the kernel does for a service is less steady, and counting it needs more rights.
		Bits:        bits | unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv,
		Read_format: unix.PERF_FORMAT_TOTAL_TIME_ENABLED | unix.PERF_FORMAT_TOTAL_TIME_RUNNING,
	}, pid, cpu, -1, flags|unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("perf_event_open: %w", err)
	}
	*c = append(*c, fd)
	return nil
}

// read returns the sum. Where the CPU has to share its counters among many
// events, an event counts a part of the time, and the rest is taken to be alike.
func (c eventCounters) read() (sum int64, err error) {
	var buf [24]byte
	for _, fd := range c {
		n, err := unix.Read(fd, buf[:])
		if err == nil && n != len(buf) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, fmt.Errorf("read a perf event: %w", err)
		}
		count, enabled, running := binary.NativeEndian.Uint64(buf[:]), binary.NativeEndian.Uint64(buf[8:]), binary.NativeEndian.Uint64(buf[16:])
		if running > 0 && running < enabled {
			high, low := bits.Mul64(count, enabled)
			count, _ = bits.Div64(high, low, running)
		}
		sum += int64(count)
	}
	return sum, nil
}

func (c eventCounters) close() error {
	var errs []error
	for _, fd := range c {
		errs = append(errs, unix.Close(fd))
	}
	return errors.Join(errs...)
}

// cpuList reads 0-3,8 as the kernel writes it, see cpuset(7).
func cpuList(text string) (cpus []int, err error) {
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, err1 := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || first < 0 || last < first || last >= 1<<16 {
			return nil, fmt.Errorf("want a list of CPUs, as in 0-3,8, got %q", text)
		}
		for cpu := first; cpu <= last; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}
