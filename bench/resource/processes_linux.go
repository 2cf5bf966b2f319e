package resource

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Processes opens a meter over the process groups of the given leaders.
//
// Processes that leave their group are not seen. The CPU of one that ended is
// that of its parent from then on, in steps of 10 ms, if the parent waited for
// it; else it is lost.
func Processes(leaders []int) (*Meter, error) {
	m := &Meter{buf: make([]byte, bufSize)}
	for _, pid := range leaders {
		proc, err := os.Open("/proc")
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
		g := &processes{leader: pid, proc: proc, members: map[int]*member{}}
		m.groups = append(m.groups, g)
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
}

// A member is a process of the group with what is open of it.
type member struct {
	pid         int
	stat, statm *os.File
}

func (g *processes) read(s *Sample, buf []byte) error {
	if err := g.find(); err != nil {
		return err
	}
	for _, m := range g.members {
		err := m.read(s, buf)
		if errors.Is(err, unix.ESRCH) || errors.Is(err, os.ErrNotExist) {
			continue // it ended since it was found
		}
		if err != nil {
			return fmt.Errorf("process %d: %w", m.pid, err)
		}
	}
	return nil
}

// find brings members up to date.
func (g *processes) find() error {
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
	g.members[pid] = &member{pid, stat, statm}
	return nil
}

func (g *processes) leave(pid int) error {
	m := g.members[pid]
	delete(g.members, pid)
	return errors.Join(m.stat.Close(), m.statm.Close())
}

func (g *processes) close() error {
	errs := []error{g.proc.Close()}
	for pid := range g.members {
		errs = append(errs, g.leave(pid))
	}
	return errors.Join(errs...)
}

// read adds the process and those of its children that it waited for.
func (m *member) read(s *Sample, buf []byte) error {
	own, err := cpuClock(m.pid)
	if err != nil {
		return err
	}
	n, err := readAt(m.stat, buf)
	if err != nil {
		return err
	}
	children, err := childTime(buf[:n])
	if err != nil {
		return err
	}
	if n, err = readAt(m.statm, buf); err != nil {
		return err
	}
	anonymous, err := anonymousPages(buf[:n])
	if err != nil {
		return err
	}
	s.CPU += own + children
	s.Memory += anonymous * int64(os.Getpagesize())
	return nil
}

func readAt(f *os.File, buf []byte) (int, error) {
	n, err := f.ReadAt(buf, 0)
	if n == 0 {
		return 0, err
	}
	return n, nil
}

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

// childTime reads cutime and cstime, fields 16 and 17 of proc_pid_stat(5).
func childTime(stat []byte) (time.Duration, error) {
	// The second field is the program's name, in parentheses and with any bytes in it.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 15 {
		return 0, errors.New("stat: want 17 fields or more")
	}
	user, err1 := strconv.ParseInt(string(fields[13]), 10, 64)
	system, err2 := strconv.ParseInt(string(fields[14]), 10, 64)
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// anonymousPages reads resident less shared pages, fields 2 and 3 of
// proc_pid_statm(5): what RssAnon in proc_pid_status(5) says, for a tenth of
// the kernel's work.
func anonymousPages(statm []byte) (int64, error) {
	fields := bytes.Fields(statm)
	if len(fields) < 3 {
		return 0, errors.New("statm: want 3 fields or more")
	}
	resident, err1 := strconv.ParseInt(string(fields[1]), 10, 64)
	shared, err2 := strconv.ParseInt(string(fields[2]), 10, 64)
	return resident - shared, errors.Join(err1, err2)
}
