package baseline

import (
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/perfcheck/perfcheck/bench"
)

// A Policy says what a store keeps when it is pruned. Whatever it says, pinned
// runs stay, and of those that can be compared with each other what tells how
// much sessions differ. Runs that were measured side by side stay or go together.
type Policy struct {
	Last  int // the newest runs of each profile on each branch
	Days  int // of the days so far back, each one's newest run that may be a baseline
	Whole int // of the newest runs of each profile on each branch, those that keep their histograms
}

// Of runs that can be compared with each other, one that may be a baseline stays
// of each of so many sessions: the five that a comparison of stored runs needs, and
// the session that head is of. The gap is what compare.Sessions wants between two.
const (
	keptSessions = 6
	sessionGap   = 6 * time.Hour
)

// DefaultPolicy is what 'perfcheck baseline prune' keeps unless it is told otherwise.
var DefaultPolicy = Policy{Last: 100, Days: 365, Whole: 50}

// Surplus returns those runs that the policy does not keep. Runs must be all of
// a store, newest first, as [Store.List] returns them.
func (p Policy) Surplus(runs []Summary, now time.Time) []Summary {
	k := keeper{
		policy: p, now: now, beside: make(map[string]bool),
		count: make(map[history]int), lines: make(map[line]*sessions), days: make(map[day]bool),
	}
	left := slices.DeleteFunc(slices.Clone(runs), func(s Summary) bool { return k.keepsAnyway(&s) })
	// Only now: a day needs no run more where one is kept anyway.
	left = slices.DeleteFunc(left, func(s Summary) bool { return k.keepsForDay(&s) })
	return slices.DeleteFunc(left, func(s Summary) bool { return k.beside[s.Together()] })
}

// Thick returns those of the runs of a store that the policy keeps, and whose
// histograms it does not. It keeps those of pinned runs and of the newest sessions too,
// and of runs that can still be resumed.
func (p Policy) Thick(runs []Summary, now time.Time) []Summary {
	gone := make(map[string]bool)
	for _, s := range p.Surplus(runs, now) {
		gone[s.ID] = true
	}
	return slices.DeleteFunc(Policy{Last: p.Whole}.Surplus(runs, now), func(s Summary) bool {
		return gone[s.ID] || s.Thinned || !s.Complete
	})
}

// Together names what the run was measured together with, itself where that is
// nothing.
func (s *Summary) Together() string {
	if s.Pairing != "" {
		return s.Pairing
	}
	return s.ID
}

type (
	history struct{ profile, branch string }
	// line is of runs that are alike, see Summary.Alike.
	line struct {
		history
		digest, service, interleave string
		host                        bench.Host
		paired                      bool
	}
	day struct {
		history
		start time.Time
	}
	// sessions are those of a line that were seen so far.
	sessions struct {
		count int
		last  time.Time // start of the newest run of the oldest
	}
)

// keeps says whether a run is the newest of a session that is to be kept.
func (l *sessions) keeps(started time.Time) bool {
	if l.count == keptSessions || l.count > 0 && l.last.Sub(started) < sessionGap {
		return false
	}
	l.count++
	l.last = started
	return true
}

// A keeper goes through runs, newest first, and says which are kept.
type keeper struct {
	policy Policy
	now    time.Time
	count  map[history]int
	lines  map[line]*sessions
	days   map[day]bool
	beside map[string]bool // what is kept, see Summary.Together
}

func (k *keeper) keepsAnyway(s *Summary) bool {
	h := historyOf(s)
	k.count[h]++
	keep := s.Pinned || k.count[h] <= k.policy.Last
	if s.Eligible() {
		l := line{h, s.Digest, s.Service, s.Interleave, s.Host, s.Pairing != ""}
		if k.lines[l] == nil {
			k.lines[l] = new(sessions)
		}
		keep = k.lines[l].keeps(s.Started) || keep
		k.days[dayOf(s)] = k.days[dayOf(s)] || keep
	}
	k.beside[s.Together()] = k.beside[s.Together()] || keep
	return keep
}

func (k *keeper) keepsForDay(s *Summary) bool {
	d := dayOf(s)
	if !s.Eligible() || k.days[d] || s.Started.Before(k.now.AddDate(0, 0, -k.policy.Days)) {
		return false
	}
	k.days[d], k.beside[s.Together()] = true, true
	return true
}

func historyOf(s *Summary) history { return history{s.Profile, s.Subject.Branch} }

func dayOf(s *Summary) day { return day{historyOf(s), s.Started.UTC().Truncate(24 * time.Hour)} }

// removeBatch is how many runs are removed in one transaction: all pages that
// it touches are in memory.
const removeBatch = 1000

// Remove removes the runs with these ids, their pins too; there need not be
// such runs. A kill in the middle leaves some of them. The file becomes no
// smaller: see [Compact].
func (s *Store) Remove(ids ...string) error {
	for batch := range slices.Chunk(ids, removeBatch) {
		err := s.update(func(tx *bbolt.Tx) error {
			for _, id := range batch {
				if err := remove(tx, []byte(id)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func remove(tx *bbolt.Tx, id []byte) error {
	value := tx.Bucket(summariesBucket).Get(id)
	if value == nil {
		return nil
	}
	s, err := readSummary(id, value)
	if err != nil {
		return err
	}
	if err := removeFromIndexes(tx, s); err != nil {
		return err
	}
	for _, bucket := range [][]byte{runsBucket, summariesBucket, pinsBucket} {
		if err := tx.Bucket(bucket).Delete(id); err != nil {
			return err
		}
	}
	return nil
}

// TrimComparisons removes all comparisons but the newest, so many of them, and
// returns how many those are that were too many. With dry it only counts.
func (s *Store) TrimComparisons(keep int, dry bool) (surplus int, err error) {
	do := s.update
	if dry {
		do = s.view
	}
	err = do(func(tx *bbolt.Tx) error {
		byCreated, comparisons := tx.Bucket(byCreatedBucket), tx.Bucket(comparisonsBucket)
		var old [][]byte
		c := byCreated.Cursor()
		n := 0
		for k, _ := c.Last(); k != nil; k, _ = c.Prev() {
			if n++; n > keep {
				old = append(old, slices.Clone(k))
			}
		}
		if surplus = len(old); dry {
			return nil
		}
		for _, k := range old {
			if err := byCreated.Delete(k); err != nil {
				return err
			}
			if err := comparisons.Delete(k[timeSize:]); err != nil {
				return err
			}
		}
		return nil
	})
	return surplus, err
}
