package resource

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// A parser adds the numbers of one of the kernel's files to a sample.
type parser func(text []byte, s *Sample) error

// An adder adds one number to a sample.
type adder func(s *Sample, n int64)

func addCPU(unit time.Duration) adder {
	return func(s *Sample, n int64) { s.CPU += time.Duration(n) * unit }
}

// count adds to a counter what is given in units.
func count(c bench.Counter, unit int64) adder {
	return func(s *Sample, n int64) { s.Counters[c] += n * unit }
}

func addMemory(s *Sample, n int64)     { s.Memory += n }
func addWorkingSet(s *Sample, n int64) { s.WorkingSet += n }
func dropIdleFiles(s *Sample, n int64) { s.WorkingSet -= n }

// memory1 and memory2 are what is read of memory.stat of both versions.
var (
	memory1 = map[string]adder{
		"total_rss": addMemory, "total_inactive_file": dropIdleFiles,
		"total_pgfault": count(bench.PageFaults, 1), "total_pgmajfault": count(bench.MajorFaults, 1),
	}
	memory2 = map[string]adder{
		"anon": addMemory, "inactive_file": dropIdleFiles,
		"pgfault": count(bench.PageFaults, 1), "pgmajfault": count(bench.MajorFaults, 1),
	}
)

// number parses a file that is one number.
func number(add adder) parser {
	return func(text []byte, s *Sample) error {
		n, err := integer(bytes.TrimSpace(text))
		if err == nil {
			add(s, n)
		}
		return err
	}
}

// lines parses a file with a name and a number in each line. Lines that are
// missing are not counted, since the kernel prints those of what it has.
func lines(adders map[string]adder) parser {
	return func(text []byte, s *Sample) error {
		for line := range bytes.Lines(text) {
			name, rest, _ := bytes.Cut(bytes.TrimSpace(line), []byte{' '})
			add := adders[string(name)]
			if add == nil {
				continue
			}
			n, err := integer(rest)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			add(s, n)
		}
		return nil
	}
}

// devices parses a file with lines of a device, a name and a number. A service
// that has used no device yet has no lines, and so 0.
func devices(adders map[string]adder) parser {
	return func(text []byte, s *Sample) error {
		for _, add := range adders {
			add(s, 0)
		}
		for line := range bytes.Lines(text) {
			fields := bytes.Fields(line)
			if len(fields) != 3 || adders[string(fields[1])] == nil {
				continue // the sum of all devices has no device
			}
			n, err := integer(fields[2])
			if err != nil {
				return fmt.Errorf("%s: %w", fields[1], err)
			}
			adders[string(fields[1])](s, n)
		}
		return nil
	}
}

// keys parses io.stat: a device and then name=number as often as there are names.
func keys(adders map[string]adder) parser {
	return func(text []byte, s *Sample) error {
		for _, add := range adders {
			add(s, 0)
		}
		for field := range bytes.FieldsSeq(text) {
			name, number, ok := bytes.Cut(field, []byte{'='})
			add := adders[string(name)]
			if !ok || add == nil {
				continue
			}
			n, err := integer(number)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			add(s, n)
		}
		return nil
	}
}

// pressure parses a file of pressure stall information, whose first line ends
// with the microseconds in which some thread waited.
func pressure(c bench.Counter) parser {
	return func(text []byte, s *Sample) error {
		line, _, _ := bytes.Cut(text, []byte{'\n'})
		_, total, ok := bytes.Cut(line, []byte("total="))
		if !ok || !bytes.HasPrefix(line, []byte("some ")) {
			return fmt.Errorf("want some … total=N, got %q", line)
		}
		n, err := integer(total)
		if err == nil {
			s.Counters[c] += n * int64(time.Microsecond)
		}
		return err
	}
}

// interfaces parses /proc/PID/net/dev: two lines of titles, then an interface a
// line, whose fields 1 and 9 are the bytes received and sent.
func interfaces(text []byte, s *Sample) error {
	for line := range bytes.Lines(text) {
		name, rest, ok := bytes.Cut(line, []byte{':'})
		if !ok || string(bytes.TrimSpace(name)) == "lo" {
			continue
		}
		fields := bytes.Fields(rest)
		if len(fields) < 9 {
			return fmt.Errorf("interface %s: want 9 numbers or more", bytes.TrimSpace(name))
		}
		received, err1 := integer(fields[0])
		sent, err2 := integer(fields[8])
		if err1 != nil || err2 != nil {
			return fmt.Errorf("interface %s: want numbers, got %q and %q", bytes.TrimSpace(name), fields[0], fields[8])
		}
		s.Counters[bench.NetReceived] += received
		s.Counters[bench.NetSent] += sent
	}
	return nil
}

func integer(text []byte) (int64, error) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("want a number, got %q", text)
	}
	return n, nil
}
