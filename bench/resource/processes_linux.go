package resource

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/perfcheck/perfcheck/bench"
)

// Processes opens a meter over the process groups of the given leaders.
//
// Processes that leave their group are not seen. The CPU of one that ended is
// that of its parent from then on, in steps of 10 ms, if the parent waited for
// it; else it is lost.
func Processes(leaders []int) (*Meter, error) {
	m := newMeter()
	for _, pid := range leaders {
		proc, err := os.Open("/proc")
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
		g := &processes{leader: pid, proc: proc, members: map[int]*member{}}
		m.add("", g)
		if err := g.find(); err != nil {
			return nil, errors.Join(err, m.Close())
		}
	}
	return m, nil
}

// processes are a process group.
type processes struct {
	leader  int
	proc    *os.File // the folder /proc
	members map[int]*member
	found   time.Time // when members were brought up to date

	instructions eventCounters
}

// freshness is how long the members are taken for the same while only their
// memory is read: to find them takes longer than to read them.
const freshness = time.Second

// A member is a process of the group with what is open of it.
type member struct {
	pid         int
	stat, statm *os.File
	io          *os.File // nil where it is another user's process
}

func (g *processes) read(_ context.Context, s *Sample, all bool, buf []byte) error {
	if all || time.Since(g.found) > freshness {
		if err := g.find(); err != nil {
			return err
		}
	}
	for _, m := range g.members {
		err := m.read(s, all, buf)
		if errors.Is(err, unix.ESRCH) || errors.Is(err, os.ErrNotExist) {
			continue // it ended since it was found
		}
		if err != nil {
			return fmt.Errorf("process %d: %w", m.pid, err)
		}
	}
	if !all || g.instructions == nil {
		return nil
	}
	n, err := g.instructions.read()
	s.Counters[bench.Instructions] += n
	return err
}

// find brings members up to date.
func (g *processes) find() error {
	g.found = time.Now()
	if _, err := g.proc.Seek(0, io.SeekStart); err != nil {
		return err
	}
	names, err := g.proc.Readdirnames(-1)
	if err != nil {
		return err
	}
	found := map[int]bool{}
	for _, name := range names {
		if name[0] < '1' || name[0] > '9' {
			continue
		}
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if group, err := unix.Getpgid(pid); err != nil || group != g.leader {
			continue
		}
		found[pid] = true
		if err := g.join(pid); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	for pid := range g.members {
		if !found[pid] {
			g.leave(pid)
		}
	}
	if len(g.members) == 0 {
		return fmt.Errorf("process group %d: %w", g.leader, os.ErrProcessDone)
	}
	return nil
}

// join adds a process that is not a member yet.
func (g *processes) join(pid int) error {
	if g.members[pid] != nil {
		return nil
	}
	stat, err := os.Open(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return err
	}
	statm, err := os.Open(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return errors.Join(err, stat.Close())
	}
	m := &member{pid: pid, stat: stat, statm: statm}
	g.members[pid] = m
	// The kernel may have no such file, or keep it to itself.
	io, err := os.Open(fmt.Sprintf("/proc/%d/io", pid))
	if err == nil {
		m.io = io
	}
	return nil
}

func (g *processes) leave(pid int) error {
	m := g.members[pid]
	delete(g.members, pid)
	errs := []error{m.stat.Close(), m.statm.Close()}
	if m.io != nil {
		errs = append(errs, m.io.Close())
	}
	return errors.Join(errs...)
}

// count counts in all members and in what they start.
func (g *processes) count() error {
	for pid := range g.members {
		c, err := countThreads(instructions, pid)
		if err != nil {
			return err
		}
		g.instructions = append(g.instructions, c...)
	}
	return nil
}

func (g *processes) close() error {
	errs := []error{g.proc.Close(), g.instructions.close()}
	for pid := range g.members {
		errs = append(errs, g.leave(pid))
	}
	return errors.Join(errs...)
}

// read adds the process and those of its children that it waited for.
func (m *member) read(s *Sample, all bool, buf []byte) error {
	n, err := readAt(m.statm, buf)
	if err != nil {
		return err
	}
	if err := pages(buf[:n], s); err != nil || !all {
		return err
	}
	own, err := cpuClock(m.pid)
	if err != nil {
		return err
	}
	s.CPU += own
	if n, err = readAt(m.stat, buf); err != nil {
		return err
	}
	if err := stat(buf[:n], s); err != nil {
		return err
	}
	if m.io == nil {
		return nil
	}
	if n, err = readAt(m.io, buf); err != nil {
		return err
	}
	return diskIO(buf[:n], s)
}

func readAt(f *os.File, buf []byte) (int, error) {
	n, err := f.ReadAt(buf, 0)
	if n == 0 {
		return 0, err
	}
	return n, nil
}

// Process returns the CPU time that one process has used.
func Process(pid int) (time.Duration, error) { return cpuClock(pid) }

// cpuClock reads the CPU clock of a process, which counts all its threads,
// also those that ended, in nanoseconds. The id of the clock is that of
// clock_getcpuclockid(3): the process's complement above CPUCLOCK_SCHED (2).
func cpuClock(pid int) (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &t); err != nil {
		if err == unix.EINVAL {
			err = unix.ESRCH // there is no such clock any more
		}
		return 0, err
	}
	return time.Duration(t.Nano()), nil
}

// tick is the unit of times in /proc/PID/stat: USER_HZ is 100 on all
// platforms that Go runs on.
const tick = 10 * time.Millisecond

// stat parses proc_pid_stat(5): minflt, cminflt, majflt, cmajflt (fields 10 to
// 13), cutime and cstime (16 and 17).
func stat(text []byte, s *Sample) error {
	// The second field is the program's name, in parentheses and with any bytes in it.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 15 {
		return errors.New("stat: want 17 fields or more")
	}
	var n [6]int64
	for i, field := range []int{7, 8, 9, 10, 13, 14} {
		var err error
		if n[i], err = integer(fields[field]); err != nil {
			return fmt.Errorf("stat: field %d: %w", field+3, err)
		}
	}
	s.Counters[bench.PageFaults] += n[0] + n[1] + n[2] + n[3]
	s.Counters[bench.MajorFaults] += n[2] + n[3]
	s.CPU += time.Duration(n[4]+n[5]) * tick
	return nil
}

// pages parses resident and shared, fields 2 and 3 of proc_pid_statm(5). Their
// difference is what RssAnon in proc_pid_status(5) says, for a tenth of the
// kernel's work.
func pages(text []byte, s *Sample) error {
	fields := bytes.Fields(text)
	if len(fields) < 3 {
		return errors.New("statm: want 3 fields or more")
	}
	resident, err1 := integer(fields[1])
	shared, err2 := integer(fields[2])
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("statm: %w", err)
	}
	s.Memory += (resident - shared) * int64(os.Getpagesize())
	s.WorkingSet += resident * int64(os.Getpagesize())
	return nil
}

// diskIO parses proc_pid_io(5). What is written counts when the kernel takes
// it, and may never get to the disk.
var diskIO = lines(map[string]adder{
	"read_bytes:": count(bench.DiskRead, 1), "write_bytes:": count(bench.DiskWritten, 1),
})
