package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// runOf is a run with so many trials, whose memory grows by so many MiB in
// every eighth of a trial of 8 s, one more and one less by turns.
func runOf(trials int, mib int64) *bench.Run {
	r := run()
	r.Trials = nil
	for i := range trials {
		t := trial(i+1, 4, 0)
		t.Load = 8 * time.Second
		for eighth := range int64(bench.Floors) {
			t.Usage.MemoryFloors = append(t.Usage.MemoryFloors, 100<<20+eighth*(mib<<20+int64(i%2)<<10))
		}
		r.Trials = append(r.Trials, t)
	}
	return r
}

func runText(t *testing.T, r *bench.Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := Run(&b, r, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A single run warns of a leak that all its trials show, and of no other.
func TestRunLeak(t *testing.T) {
	for _, tt := range []struct {
		trials int
		mib    int64
		rising bool
		leaks  bool
	}{{8, 1, false, true}, {8, 0, false, false}, {5, 1, false, false}, {8, -1, false, false}, {8, 1, true, false}} {
		r := runOf(tt.trials, tt.mib)
		r.Rising = tt.rising
		got := runText(t, r)
		if said := strings.Contains(got, "the memory grew by 1 MiB/s of load"); said != tt.leaks || strings.Contains(got, "a leak") != tt.leaks {
			t.Errorf("%d trials with %d MiB/s, rising %v:\n%s", tt.trials, tt.mib, tt.rising, got)
		}
	}
}

func TestRunParts(t *testing.T) {
	r := run()
	for i := range r.Trials {
		r.Trials[i].Usage.Counters = bench.Counters{bench.DiskRead: 3000 << 20, bench.DiskWritten: 0}
		r.Trials[i].Usage.Parts = []bench.Part{
			{Name: "a-long-name", CPU: 3 * time.Second, PeakMemory: 10 << 20}, {Name: "db\x1b[2J", CPU: time.Second, PeakMemory: int64(i) << 20}}
	}
	got := runText(t, r)
	for _, want := range []string{
		"\n  container    of the CPU  peak memory\n",
		"\n  a-long-name        75 %  10 MiB\n",
		"\n  db[2J              25 %  1 MiB\n",
		"disk_read 2 MiB/req",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, not := range []string{"\x1b", "disk_written"} {
		if strings.Contains(got, not) {
			t.Errorf("%q in\n%s", not, got)
		}
	}
}

func TestRunCustomMetrics(t *testing.T) {
	r := runOf(1, 0)
	sold := bench.Custom{Name: "sold", Take: bench.TakeMax, Unit: "goods", Better: bench.HigherIsBetter, Scale: bench.Ratio}
	never := bench.Custom{Name: "never", Take: bench.TakeMean, Better: bench.HigherIsBetter, Scale: bench.Ratio}
	r.Custom = []bench.Custom{never, sold}
	tally := sold.NewTally()
	tally.Add(12)
	r.Trials[0].Custom = []bench.Tally{never.NewTally(), tally}
	if got, want := runText(t, r), "  metrics   never –, sold 12 goods\n"; !strings.Contains(got, want) {
		t.Errorf("no %q in\n%s", want, got)
	}
}

func TestRunRedirects(t *testing.T) {
	r := run()
	const what = "redirects followed"
	if got := runText(t, r); strings.Contains(got, what) {
		t.Errorf("there are none:\n%s", got)
	}
	name := r.Trials[0].Steps[0].Name
	r.Trials[0].Steps[0].Redirects, r.Trials[1].Steps[0].Redirects = 2, 3
	if got := runText(t, r); !strings.Contains(got, "→ "+name+": 5 "+what) {
		t.Errorf("5 redirects of %s are not shown:\n%s", name, got)
	}
}
