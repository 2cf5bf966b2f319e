// Package resource reads what a service uses of its machine, what perfcheck
// itself uses, and which machine that is; and it keeps the two on different
// CPUs.
//
// A [Meter] reads containers, by their control groups (version 1, 2 and the two
// side by side), or groups of processes. All counters are cumulative, and times
// in nanoseconds where the kernel has them: the caller reads twice and
// subtracts. Files are opened once; a read of everything takes about 100 µs for a
// container, and some hundred for a group of processes, which must be found anew
// among all each time. That is Linux's; elsewhere, and where the files are out of
// reach, the container engine is asked, which knows less and is slow.
package resource

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"syscall"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// A Sample is what a part of a service has used since it was started, and its memory now.
type Sample struct {
	Time       time.Time      // of the read
	CPU        time.Duration  // of all its processes, also those that ended
	Memory     int64          // anonymous memory now, bytes: what cannot be dropped or written back
	WorkingSet int64          // memory now, bytes, without the files that nobody used of late
	Counters   bench.Counters // what the machine tells
}

// A Meter reads the usage of a service, part by part. It must not be read from
// two goroutines at once.
type Meter struct {
	// Missing says in sentences what cannot be read here.
	Missing []string
	// Coarse says that each read takes long, up to some seconds.
	Coarse bool

	names []string
	parts []part
	buf   []byte
}

// A part of a service is a container or a group of processes.
type part interface {
	// read reads the memory and, where all is asked for, everything else.
	read(ctx context.Context, s *Sample, all bool, buf []byte) error
	// count begins to count instructions; read has them from then on.
	count() error
	close() error
}

// bufSize is more than any of the kernel's files has.
const bufSize = 16 << 10

func newMeter() *Meter { return &Meter{buf: make([]byte, bufSize)} }

func (m *Meter) add(name string, p part) {
	m.names = append(m.names, name)
	m.parts = append(m.parts, p)
}

// Names returns the names of the parts, in the order of reads.
func (m *Meter) Names() []string { return m.names }

// Read reads everything of all parts now.
func (m *Meter) Read(ctx context.Context) ([]Sample, error) { return m.read(ctx, true) }

// Memory reads nothing but the memory of all parts, which is quicker.
func (m *Meter) Memory(ctx context.Context) ([]Sample, error) { return m.read(ctx, false) }

func (m *Meter) read(ctx context.Context, all bool) ([]Sample, error) {
	samples, errs := make([]Sample, len(m.parts)), make([]error, len(m.parts))
	var wg sync.WaitGroup
	for i, p := range m.parts {
		samples[i] = Sample{Time: time.Now(), Counters: bench.Counters{}}
		if m.Coarse { // each waits for the engine
			wg.Go(func() { errs[i] = p.read(ctx, &samples[i], all, nil) })
		} else if errs[i] = p.read(ctx, &samples[i], all, m.buf); errs[i] != nil {
			break
		}
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return samples, nil
}

// CountInstructions begins to count them. That is not free: the kernel sets the
// CPU's counters whenever it switches to another task, which takes some
// microseconds, and in a virtual machine hundreds.
func (m *Meter) CountInstructions() {
	for _, p := range m.parts {
		if err := p.count(); err != nil {
			m.Missing = append(m.Missing, uncounted(err))
			return
		}
	}
}

// uncounted says why there are no instructions, and what to do where that helps.
func uncounted(err error) string {
	text := fmt.Sprintf("instructions_per_request is not known: no instructions are counted: %v", err)
	if errors.Is(err, fs.ErrPermission) {
		text += "; with sysctl kernel.perf_event_paranoid=0, or with the capability CAP_PERFMON, perfcheck may count them"
	}
	return text
}

// Close closes what the meter has open.
func (m *Meter) Close() error {
	var errs []error
	for _, p := range m.parts {
		errs = append(errs, p.close())
	}
	m.parts = nil
	return errors.Join(errs...)
}

// A Container is one of a service.
type Container struct {
	ID   string // by which its control groups are called
	Name string
	PID  int // of its first process, as this machine counts them; 0 where it is out of sight
	// Stats asks the engine once for what its API calls the container's stats, as JSON.
	Stats func(context.Context) ([]byte, error)
}

// Self returns the CPU time, user and system, that perfcheck has used, without
// the processes it started.
func Self() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("getrusage: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
