package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"iter"

	"go.etcd.io/bbolt"

	"github.com/perfcheck/perfcheck/bench"
)

// A File is a run on its way from one store to another.
type File struct {
	Name  string // its path; empty for one whose name is not known
	Place string // of one without a name, for errors: "line 3"
	Data  []byte
}

// Imported tells what became of files.
type Imported struct {
	Added   int     // told something new
	Known   int     // did not
	Refused []error // one a file that is none, or that contradicts the store
}

// batchSize is how many bytes of runs are stored in one transaction at most,
// unless one run is larger: a transaction costs two waits for the disk, and all
// that it holds is in memory.
const batchSize = 16 << 20

// Import stores the runs of files that [Store.Export] wrote, in few transactions. It
// can be repeated, and files may come in any order: of two states of a run, the
// complete one stays, and the later judgement, see docs/format.md. A file that comes
// with an error is refused for it, and one with [ErrConflict] when the store holds
// another run of that id; those beside it are stored.
func (s *Store) Import(files iter.Seq2[File, error]) (done Imported, err error) {
	var batch []*arrival
	size := 0
	for f, err := range files {
		var a *arrival
		if err == nil {
			a, err = readFile(f.Name, f.Data)
		}
		if err != nil {
			done.Refused = append(done.Refused, f.refuse(err))
			continue
		}
		if size += len(a.run); size > batchSize && len(batch) > 0 {
			if err := s.admit(batch, &done); err != nil {
				return done, err
			}
			batch, size = batch[:0], len(a.run)
		}
		batch = append(batch, a)
	}
	return done, s.admit(batch, &done)
}

func (f File) refuse(err error) error {
	if f.Name == "" {
		return fmt.Errorf("%s: %w", f.Place, err)
	}
	return fmt.Errorf("%q: %w", f.Name, err)
}

// errNothingNew ends a transaction that would change nothing.
var errNothingNew = errors.New("nothing new")

// admit stores in one transaction what is new in the arrivals, and counts them.
func (s *Store) admit(arrivals []*arrival, done *Imported) error {
	var now Imported
	err := s.update(func(tx *bbolt.Tx) error {
		for _, a := range arrivals {
			switch changed, err := a.admit(tx); {
			case errors.Is(err, ErrConflict):
				now.Refused = append(now.Refused, File{Name: FileName(a.summary)}.refuse(err))
			case err != nil:
				return err
			case changed:
				now.Added++
			default:
				now.Known++
			}
		}
		if now.Added == 0 {
			return errNothingNew
		}
		return nil
	})
	if err != nil && !errors.Is(err, errNothingNew) {
		return err
	}
	done.Added += now.Added
	done.Known += now.Known
	done.Refused = append(done.Refused, now.Refused...)
	return nil
}

// admit stores the run where it tells something new, and says whether it did.
func (a *arrival) admit(tx *bbolt.Tx) (changed bool, err error) {
	key := []byte(a.summary.ID)
	value := tx.Bucket(runsBucket).Get(key)
	if value == nil {
		return true, putRun(tx, a.run, a.summary)
	}
	stored, err := unsealCompressed(key, value)
	if err != nil || bytes.Equal(stored, a.run) {
		return false, err
	}
	old, err := bench.DecodeRun(stored)
	if err != nil {
		return false, err
	}
	arrived, err := bench.DecodeRun(a.run)
	if err != nil {
		return false, err
	}
	run, err := merge(old, arrived)
	switch {
	case err != nil || run == old:
		return false, err
	case run == arrived: // as it came: encoded anew, a run of an older schema is other bytes
		return true, putRun(tx, a.run, a.summary)
	}
	data, err := bench.EncodeRun(run)
	if err != nil {
		return false, err
	}
	return true, putRun(tx, data, summarize(run))
}

// merge returns what holds of two states of one run: old itself where the other,
// which is complete, tells nothing new. It gives the same in whatever order
// states come.
func merge(old, arrived *bench.Run) (*bench.Run, error) {
	same := sameTrials
	if !old.Complete || old.Thinned() {
		same = sameMeasurement
	}
	if same, err := same(old, arrived); err != nil || !same {
		return nil, errors.Join(err, conflict(old))
	}
	yields := summarize(old).judgement().yieldsTo(summarize(arrived).judgement())
	switch {
	case yields && old.Thinned():
		judged := *old // and no larger than before
		judged.Verdict, judged.Rejudged = arrived.Verdict, arrived.Rejudged
		return &judged, nil
	case yields || !old.Complete:
		return arrived, nil
	default:
		return old, nil
	}
}

func conflict(r *bench.Run) error { return fmt.Errorf("%w: %s is the id of both", ErrConflict, r.ID) }

// sameMeasurement tells whether two states are of one run: whether they agree in
// all that is known when it starts.
func sameMeasurement(a, b *bench.Run) (bool, error) {
	return equal(a, b, func(r *bench.Run) {
		r.Trials, r.Notes, r.Interleave, r.Slice, r.Complete, r.Verdict, r.Rejudged = nil, nil, "", 0, false, "", 0
	})
}

// sameTrials tells whether two runs are the same but for their verdicts.
func sameTrials(a, b *bench.Run) (bool, error) {
	return equal(a, b, func(r *bench.Run) { r.Verdict, r.Rejudged = "", 0 })
}

// equal tells whether copies of two runs are the same, without what clear clears.
func equal(a, b *bench.Run, clear func(*bench.Run)) (bool, error) {
	one, other := *a, *b
	clear(&one)
	clear(&other)
	left, err := bench.EncodeRun(&one)
	if err != nil {
		return false, err
	}
	right, err := bench.EncodeRun(&other)
	return bytes.Equal(left, right), err
}
