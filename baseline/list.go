package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// A Filter selects runs: those that have all its fields that are not zero.
type Filter struct {
	Commit   string // object name or a prefix of it that fits one commit only
	Tree     string // object name
	Branch   string
	Profile  string
	Digest   string
	Pairing  string
	Since    time.Time // only runs that started then or later
	Before   time.Time // only runs that started earlier
	Eligible bool      // only runs that may serve as a baseline
	Pinned   bool      // only runs that are pinned
	Limit    int       // at most so many, the newest
}

func (f Filter) matches(s *Summary) bool {
	fits := func(want, have string) bool { return want == "" || want == have }
	return fits(f.Commit, s.Subject.Commit) && fits(f.Tree, s.Subject.Tree) && fits(f.Branch, s.Subject.Branch) &&
		fits(f.Profile, s.Profile) && fits(f.Digest, s.Digest) && fits(f.Pairing, s.Pairing) &&
		!s.Started.Before(f.Since) && (f.Before.IsZero() || s.Started.Before(f.Before)) &&
		(!f.Eligible || s.Eligible()) && (!f.Pinned || s.Pinned)
}

// List returns the runs that the filter selects, newest first. A commit that
// no run is of is an empty list; one that fits several is [ErrAmbiguous]. With
// [ErrDamaged] come all runs but those of which the store cannot tell any more.
func (s *Store) List(f Filter) ([]Summary, error) {
	var found []Summary
	err := s.Walk(f, func(summary *Summary) (more bool) {
		found = append(found, *summary)
		return true
	})
	return found, err
}

// maxDamaged is how many damaged summaries are passed over: of a store with more
// nothing can be trusted, and broken pages can lead in a circle.
const maxDamaged = 100

// Walk visits the runs that [Store.List] returns until visit wants no more: what
// is not visited is not read. Runs whose summary is damaged are left out, and the
// error, [ErrDamaged], names them.
func (s *Store) Walk(f Filter, visit func(*Summary) (more bool)) error {
	return s.view(func(tx *bbolt.Tx) error {
		if f.Commit != "" {
			var err error
			if f.Commit, err = completeCommit(tx, f.Commit); err != nil || f.Commit == "" {
				return err
			}
		}
		n := 0
		var damaged []error
		err := f.walk(tx, func(id []byte) (bool, error) {
			summary, err := findSummary(tx, id)
			if err != nil {
				if errors.Is(err, ErrNotFound) {
					err = fmt.Errorf("%w: an index names run %q, which is not there", ErrDamaged, id)
				}
				damaged = append(damaged, s.repairable(err))
				return len(damaged) < maxDamaged, nil
			}
			if summary.Started.Before(f.Since) {
				return false, nil // and so did all that are left
			}
			if !f.matches(summary) {
				return true, nil
			}
			n++
			return visit(summary) && (f.Limit == 0 || n < f.Limit), nil
		})
		return errors.Join(append(damaged, err)...)
	})
}

// walk visits, newest first, the runs of the narrowest index that covers all
// that f selects, from the first on that may have started in time.
func (f Filter) walk(tx *bbolt.Tx, visit func(id []byte) (bool, error)) error {
	limit := f.limit()
	switch {
	case f.Pairing != "":
		return byPairing.backwards(tx, []string{f.Pairing}, limit, visit)
	case f.Tree != "":
		return byTree.backwards(tx, []string{f.Tree}, limit, visit)
	case f.Commit != "":
		return byCommit.backwards(tx, []string{f.Commit}, limit, visit)
	case f.Digest != "" && f.Branch != "":
		return byLine.backwards(tx, []string{f.Digest, f.Branch}, limit, visit)
	case f.Digest != "":
		return byDigest.backwards(tx, []string{f.Digest}, limit, visit)
	case f.Branch != "":
		return byBranch.backwards(tx, []string{f.Branch}, limit, visit)
	case f.Profile != "":
		return byProfile.backwards(tx, []string{f.Profile}, limit, visit)
	}
	all := summariesBucket
	if f.Pinned {
		all = pinsBucket
	}
	c := tx.Bucket(all).Cursor()
	id, _ := c.Last()
	if limit != "" {
		id = before(c, []byte(limit))
	}
	for ; id != nil; id, _ = c.Prev() {
		if more, err := visit(id); !more || err != nil {
			return err
		}
	}
	return nil
}

// limit returns what the ids of all runs that f selects are below, nothing where
// they may be any: an id begins with the second in which the run started.
func (f Filter) limit() string {
	if f.Before.IsZero() {
		return ""
	}
	return f.Before.UTC().Add(time.Second).Format(idTime)
}

// completeCommit returns the only commit with that prefix, and nothing when
// there is none.
func completeCommit(tx *bbolt.Tx, prefix string) (string, error) {
	c := tx.Bucket(byCommit.bucket).Cursor()
	k, _ := c.Seek([]byte(prefix))
	if !bytes.HasPrefix(k, []byte(prefix)) {
		return "", nil
	}
	commit, _, _ := strings.Cut(string(k), sep)
	if commit == prefix {
		return commit, nil
	}
	if k, _ = c.Seek([]byte(commit + afterSep)); bytes.HasPrefix(k, []byte(prefix)) {
		other, _, _ := strings.Cut(string(k), sep)
		return "", fmt.Errorf("commit %s: %w: it could be %s or %s", prefix, ErrAmbiguous, commit, other)
	}
	return commit, nil
}
