package baseline

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/perfcheck/perfcheck/bench"
)

var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// maxID is how long an id may be, so that a file can be named after it.
const maxID = 100

// checkNames refuses an id or a pairing that could not be a part of a file's name
// (both name files), and what could not be a part of a key or would do something to a terminal.
func checkNames(r *bench.Run) error {
	if !idPattern.MatchString(r.ID) || len(r.ID) > maxID {
		return fmt.Errorf("run %q: its id is not up to %d letters, digits, '.', '_' and '-'", r.ID, maxID)
	}
	if r.Pairing != "" && (!idPattern.MatchString(r.Pairing) || len(r.Pairing) > maxID) {
		return fmt.Errorf("run %s: its pairing %q is not up to %d letters, digits, '.', '_' and '-'", r.ID, r.Pairing, maxID)
	}
	names := []string{r.Profile, r.Digest, r.Subject.Commit, r.Subject.Tree, r.Subject.Branch}
	for _, c := range r.Custom {
		names = append(names, c.Name, c.Unit)
	}
	for _, name := range names {
		if strings.ContainsFunc(name, unicode.IsControl) {
			return fmt.Errorf("run %s: %q contains a control character", r.ID, name)
		}
	}
	return nil
}

// checkRun refuses what a complete run of perfcheck never says. The run may be
// anybody's.
func checkRun(r *bench.Run) error {
	if err := checkNames(r); err != nil {
		return err // before anything is said that has the id in it
	}
	switch {
	case !r.Complete:
		return fmt.Errorf("run %s: it is incomplete, and no such run is exported", r.ID)
	case r.Thinned():
		return fmt.Errorf("run %s: it is thinned, and no such run is exported", r.ID)
	case !startsAt(r.ID, r.Started):
		return fmt.Errorf("run %s: its id does not begin with its start, %s", r.ID, r.Started.UTC().Format(idTime))
	case !slices.Contains(verdicts, r.Verdict):
		return fmt.Errorf("run %s: unknown verdict %q", r.ID, r.Verdict)
	case r.Rejudged < 0 || r.Rejudged > maxRejudged || r.Rejudged > 0 && r.Verdict == "":
		return fmt.Errorf("run %s: judged anew %d times, with verdict %q", r.ID, r.Rejudged, r.Verdict)
	case !slices.Contains([]bench.Side{"", bench.Base, bench.Head}, r.Side):
		return fmt.Errorf("run %s: unknown side %q", r.ID, r.Side)
	}
	return checkTrials(r)
}

// idTime is how the time at which a run started begins its id. By it the newest
// run is found.
const idTime = "20060102T150405"

func startsAt(id string, started time.Time) bool {
	return strings.HasPrefix(id, started.UTC().Format(idTime))
}

// maxSum is what all counts and times of a run are together at most, so that no
// sum of some overflows, nor that of two runs.
const maxSum = math.MaxInt64 / 4

// checkTrials wants blocks in their order, and no number below zero or beyond all
// that can have been measured.
func checkTrials(r *bench.Run) error {
	last, sum := 0, int64(0)
	for i := range r.Trials {
		t := &r.Trials[i]
		if t.Block <= last {
			return fmt.Errorf("run %s: block %d comes after block %d", r.ID, t.Block, last)
		}
		last = t.Block
		if n := len(t.Usage.MemoryFloors); n != 0 && n != bench.Floors {
			return fmt.Errorf("run %s: block %d: %d memory floors, want %d", r.ID, t.Block, n, bench.Floors)
		}
		if len(t.Kept) > 0 {
			return fmt.Errorf("run %s: block %d: numbers of a thinned run, which this is not", r.ID, t.Block)
		}
		for _, n := range counted(t) {
			switch {
			case n < 0:
				return fmt.Errorf("run %s: block %d: a count or a time is below zero", r.ID, t.Block)
			case n > maxSum-sum:
				return fmt.Errorf("run %s: block %d: counts and times are more than anybody can have measured", r.ID, t.Block)
			}
			sum += n
		}
	}
	return nil
}

// counted returns all that was counted or timed in a trial.
func counted(t *bench.Trial) []int64 {
	u, g := &t.Usage, &t.Generator
	all := []int64{int64(t.Load), int64(t.Busy), int64(t.Slices),
		int64(u.CPU), int64(u.IdleCPU), int64(u.Idle), u.PeakMemory, int64(u.ProxyCPU),
		u.PeakWorkingSet, g.Planned, g.Started, g.Waiting, int64(g.Stall), int64(g.CPU), int64(g.GC)}
	all = append(slices.AppendSeq(all, maps.Values(u.Counters)), u.MemoryFloors...)
	for _, p := range u.Parts {
		all = slices.AppendSeq(append(all, int64(p.CPU), p.PeakMemory), maps.Values(p.Counters))
	}
	for _, target := range t.Targets {
		all = append(all, target.Requests, target.Failed, target.Service.Count())
	}
	for _, s := range slices.Concat(t.Steps, t.Transactions) {
		all = append(all, s.Requests, s.Redirects, s.Latency.Count(), s.Service.Count())
		for _, f := range slices.Concat(s.Errors, s.Retries) {
			all = append(all, f.Count, int64(f.First), int64(f.Last))
		}
	}
	for _, c := range t.Custom {
		all = append(all, c.Count)
	}
	return all
}
