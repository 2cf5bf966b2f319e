package baseline

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
	"github.com/perfcheck/perfcheck/compare"
)

// The figures in docs/benchmarks.md are those of these benchmarks.

// measuredRun returns a run as perfcheck compare with its defaults makes one of
// 300 requests a second: 8 trials of 2 s, of 3 steps with 200 requests each.
func measuredRun() *bench.Run {
	random := rand.New(rand.NewPCG(1, 2))
	run := testRun(1)
	run.Pairing, run.Side, run.Service, run.Interleave = "20260301T120000.000Z-ABCDEFGH", bench.Base, "compose", "slices"
	run.Host = bench.Host{CPU: "AMD EPYC 7763 64-Core Processor", Cores: 4, Memory: 16 << 30, OS: "linux/amd64", Kernel: "6.8.0", Engine: "docker 28.0.4", Perfcheck: "v1.0.0"}
	run.Digest = strings.Repeat("0123456789abcdef", 4)
	run.Trials = nil
	for block := range 8 {
		t := bench.Trial{Block: block + 1, Started: epoch, Load: 2 * time.Second, Busy: 2100 * time.Millisecond, Slices: 20,
			Usage:     bench.Usage{CPU: time.Second, Idle: 2 * time.Second, PeakMemory: 100 << 20},
			Generator: bench.Generator{Planned: 600, Started: 600, Lag: hist.New(), CPU: 300 * time.Millisecond}}
		for i, name := range []string{"list products", "product", "transfer"} {
			s := bench.Step{Name: name, Requests: 200, Latency: hist.New(), Service: hist.New()}
			for range 200 {
				took := time.Duration(float64(i+2) * 1e6 * math.Exp(random.NormFloat64()/2))
				lag := time.Duration(20e3 * random.ExpFloat64())
				s.Service.Record(took)
				s.Latency.Record(took + lag)
				t.Generator.Lag.Record(lag)
			}
			t.Steps = append(t.Steps, s)
		}
		run.Trials = append(run.Trials, t)
	}
	return run
}

// manyRuns makes a store of 100,000 runs of 5 profiles, one a minute, most of
// them on topic branches. Only those that are read have trials of the usual size:
// the newest on main.
func manyRuns(b *testing.B) (path string) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "baseline.db")
	s, err := Open(path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	small, err := bench.EncodeRun(testRun(1))
	if err != nil {
		b.Fatal(err)
	}
	whole, err := bench.EncodeRun(measuredRun())
	if err != nil {
		b.Fatal(err)
	}
	summary := summarize(measuredRun())
	const batch = 5000
	for from := 0; from < 100_000; from += batch {
		err := s.update(func(tx *bbolt.Tx) error {
			for n := from; n < from+batch; n++ {
				summary.Started = epoch.Add(time.Duration(n) * time.Minute)
				summary.ID = summary.Started.Format(idTime) + "-run"
				summary.Profile, summary.Digest = fmt.Sprint("profile-", n%5), strings.Repeat(fmt.Sprint(n%5), 64)
				summary.Subject.Commit, summary.Subject.Tree = fmt.Sprintf("%040x", n/10), fmt.Sprintf("%040x", n/10+1)
				summary.Subject.Branch = "main"
				data := small
				switch {
				case n%10 > 0:
					summary.Subject.Branch = fmt.Sprint("topic-", n/100)
				case n >= 90_000:
					data = whole
				}
				if err := putRun(tx, data, summary); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

func BenchmarkLookups(b *testing.B) {
	path := manyRuns(b)
	for _, lookup := range []struct {
		name string
		do   func(*Store) (int, error)
	}{
		{"open", func(*Store) (int, error) { return 0, nil }},
		{"open and select", func(s *Store) (int, error) {
			read, err := selected(s)
			return len(read), err
		}},
		{"open, select and read", func(s *Store) (int, error) {
			read, err := selected(s)
			for _, r := range read {
				if _, err := s.Get(r.ID); err != nil {
					return 0, err
				}
			}
			return len(read), err
		}},
		{"open and list the last 50", func(s *Store) (int, error) { return listed(s, Filter{Limit: 50}) }},
		{"open and list the last 50 of a profile", func(s *Store) (int, error) {
			return listed(s, Filter{Profile: "profile-3", Limit: 50})
		}},
		{"open and list a profile that is not there", func(s *Store) (int, error) { return listed(s, Filter{Profile: "none"}) }},
		{"open and list all", func(s *Store) (int, error) { return listed(s, Filter{}) }},
	} {
		b.Run(strings.NewReplacer(" ", "-", ",", "").Replace(lookup.name), func(b *testing.B) {
			peak := watchMemory(b)
			for b.Loop() {
				s, err := OpenReadOnly(path, Options{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := lookup.do(s); err != nil {
					b.Fatal(err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
			peak()
		})
	}
}

// selected returns the runs that perfcheck compare --measure never reads for a
// profile: those of the last two commits of main, and of what is like base's on
// its branch one of each earlier session.
func selected(s *Store) ([]Summary, error) {
	var sides []Summary
	for _, n := range []int{10_000, 9_999} {
		found, err := s.List(Filter{Tree: fmt.Sprintf("%040x", n), Profile: "profile-0"})
		if err != nil || len(found) != 2 { // the older of the two is on main
			return nil, fmt.Errorf("found %d runs: %v", len(found), err)
		}
		sides = append(sides, found[1])
	}
	head, base := sides[0], sides[1]
	line := Filter{Digest: base.Digest, Branch: "main", Eligible: true}
	var sessions []Summary
	var err error
	for more := true; more && err == nil && len(sessions) < compare.MaxSessions; {
		known := len(sessions)
		err = s.Walk(line, func(r *Summary) bool {
			if r.Alike(&base) {
				sessions = compare.Sessions(append(sessions, *r), func(r Summary) time.Time { return r.Started }, head.Started)
			}
			return len(sessions) == known
		})
		if more = len(sessions) > known; more {
			line.Before = sessions[known].Started.Add(-compare.SessionGap + time.Nanosecond)
		}
	}
	if err == nil && len(sessions) != compare.MaxSessions {
		err = fmt.Errorf("found %d sessions", len(sessions))
	}
	return append(sides, sessions...), err
}

func listed(s *Store, f Filter) (int, error) {
	found, err := s.List(f)
	return len(found), err
}

// BenchmarkImport imports 10,000 files of different runs into a new store, and
// then once more.
func BenchmarkImport(b *testing.B) {
	const files = 10_000
	for _, kind := range []string{"new", "known"} {
		b.Run(kind, func(b *testing.B) {
			template := measuredRun()
			data, err := bench.EncodeRun(template)
			if err != nil {
				b.Fatal(err)
			}
			run := func(n int) (File, error) {
				id := fmt.Sprintf("%s-%08d-run", template.Started.Format(idTime), n)
				file, err := writeFile(bytes.Replace(data, []byte(template.ID), []byte(id), 1))
				return File{Name: id + ".json", Data: file}, err
			}
			all := func(yield func(File, error) bool) {
				for n := range files {
					if !yield(run(n)) {
						return
					}
				}
			}
			importAll := func(path string, added int) {
				s, err := Open(path, Options{})
				if err != nil {
					b.Fatal(err)
				}
				done, err := s.Import(all)
				if err != nil || done.Added != added || len(done.Refused) > 0 {
					b.Fatal(done.Added, done.Refused, err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
			path := filepath.Join(b.TempDir(), "known.db")
			if kind == "known" {
				importAll(path, files)
			}
			peak := watchMemory(b)
			n := 0
			for b.Loop() {
				if n++; kind == "new" {
					path = filepath.Join(b.TempDir(), fmt.Sprint(n, ".db"))
					importAll(path, files)
				} else {
					importAll(path, 0)
				}
			}
			peak()
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/files, "B/run")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/files/float64(b.N), "µs/run")
		})
	}
}

// BenchmarkPut puts one run as it is put after every block.
func BenchmarkPut(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "baseline.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	run := measuredRun()
	for b.Loop() {
		if err := s.Put(run); err != nil {
			b.Fatal(err)
		}
	}
}

// watchMemory begins to look at the most memory that the process has, and
// returns what reports it. What is mapped of the store's file counts.
func watchMemory(b *testing.B) (report func()) {
	debug.FreeOSMemory()
	// 5 resets the peak (Linux, proc(5)); elsewhere nothing is reported.
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return func() {}
	}
	return func() {
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			b.Fatal(err)
		}
		_, after, _ := strings.Cut(string(status), "VmHWM:")
		var kib float64
		if _, err := fmt.Sscan(after, &kib); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(kib/1024, "MiB-peak")
	}
}
