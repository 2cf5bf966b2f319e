package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/perfcheck/perfcheck/bench"
)

// A Summary is what the store tells of a run without reading its trials.
type Summary struct {
	ID       string        `json:"id"`
	Pairing  string        `json:"pairing,omitempty"`
	Side     bench.Side    `json:"side,omitempty"`
	Profile  string        `json:"profile"`
	Digest   string        `json:"digest"`
	Subject  bench.Subject `json:"subject"`
	Host     bench.Host    `json:"host"`
	Started  time.Time     `json:"started"`
	Blocks   int           `json:"blocks"` // measured
	Valid    int           `json:"valid"`  // of them, those that may be judged
	Complete bool          `json:"complete"`
	Verdict  string        `json:"verdict,omitempty"`
	Rejudged int           `json:"rejudged,omitempty"` // how often the verdict was replaced by another

	// Older perfchecks left these out.
	Service    string `json:"service,omitempty"`    // how the service was run
	Interleave string `json:"interleave,omitempty"` // slices or trials

	Thinned bool `json:"thinned,omitempty"` // its histograms are gone, see [Store.Thin]

	Pinned bool `json:"pinned,omitempty"` // kept apart from the run
}

func summarize(r *bench.Run) *Summary {
	return &Summary{
		ID: r.ID, Pairing: r.Pairing, Side: r.Side,
		Profile: r.Profile, Digest: r.Digest, Subject: r.Subject, Host: r.Host, Started: r.Started,
		Blocks: len(r.Trials), Valid: len(r.Valid()), Complete: r.Complete, Verdict: r.Verdict, Rejudged: r.Rejudged,
		Service: r.Service, Interleave: r.Interleave, Thinned: r.Thinned(),
	}
}

// Eligible tells whether the run may serve as a baseline.
func (s *Summary) Eligible() bool { return s.Ineligible() == "" }

// Ineligible says what keeps the run from being a baseline; nothing does where
// it is complete, of a commit as it is, and was not part of a regression.
func (s *Summary) Ineligible() string {
	switch {
	case !s.Complete:
		return "is incomplete"
	case s.Subject.Dirty:
		return "is of changes that were not committed"
	case s.Verdict == "regression":
		return "was part of a regression"
	default:
		return ""
	}
}

// Put stores runs, all of them or, with an error, none, each in place of an
// earlier state of it (the one of the same id). Where that had another verdict,
// the run counts as judged anew. The error is [ErrComplete] where a run that is
// complete would be replaced by an incomplete one. When Put returns, the runs are
// on the disk.
func (s *Store) Put(runs ...*bench.Run) error {
	for _, r := range runs {
		if err := checkNames(r); err != nil {
			return err
		}
	}
	return s.update(func(tx *bbolt.Tx) error {
		for _, r := range runs {
			if err := replaceRun(tx, *r); err != nil {
				return err
			}
		}
		return nil
	})
}

// replaceRun stores a run in place of its earlier state.
func replaceRun(tx *bbolt.Tx, r bench.Run) error {
	switch old, err := findSummary(tx, []byte(r.ID)); {
	case errors.Is(err, ErrNotFound):
	case err != nil:
		return err
	case old.Complete && !r.Complete:
		return fmt.Errorf("run %s: %w", r.ID, ErrComplete)
	default:
		r.Rejudged = judgement{r.Verdict, r.Rejudged}.after(old.judgement()).rejudged
	}
	data, err := bench.EncodeRun(&r)
	if err != nil {
		return fmt.Errorf("run %s: %v", r.ID, err)
	}
	return putRun(tx, data, summarize(&r))
}

// putRun stores a run that is encoded already.
func putRun(tx *bbolt.Tx, data []byte, s *Summary) error {
	key := []byte(s.ID)
	value, err := sealCompressed(key, data)
	if err != nil {
		return err
	}
	if err := tx.Bucket(runsBucket).Put(key, value); err != nil {
		return err
	}
	return putSummary(tx, s)
}

func putSummary(tx *bbolt.Tx, s *Summary) error {
	key := []byte(s.ID)
	summaries := tx.Bucket(summariesBucket)
	if value := summaries.Get(key); value != nil {
		old, err := readSummary(key, value)
		if err != nil {
			return err
		}
		if err := removeFromIndexes(tx, old); err != nil {
			return err
		}
	}
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := summaries.Put(key, seal(key, data)); err != nil {
		return err
	}
	return addToIndexes(tx, s)
}

func readSummary(key, value []byte) (*Summary, error) {
	data, err := unseal(key, value)
	if err != nil {
		return nil, err
	}
	s := new(Summary)
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("%w: summary of run %q: %v", ErrDamaged, key, err)
	}
	return s, nil
}

// Summary returns what the store tells of the run whose id is or starts with
// the one given. The error is [ErrNotFound] or [ErrAmbiguous] where that is not
// one run.
func (s *Store) Summary(id string) (Summary, error) {
	var summary *Summary
	err := s.view(func(tx *bbolt.Tx) error {
		key, _, err := findPrefix(tx.Bucket(summariesBucket), id)
		if err != nil {
			return fmt.Errorf("run %q: %w", id, err)
		}
		summary, err = findSummary(tx, key)
		return err
	})
	if err != nil {
		return Summary{}, err
	}
	return *summary, nil
}

func findSummary(tx *bbolt.Tx, id []byte) (*Summary, error) {
	value := tx.Bucket(summariesBucket).Get(id)
	if value == nil {
		return nil, fmt.Errorf("run %q: %w", id, ErrNotFound)
	}
	s, err := readSummary(id, value)
	if err != nil {
		return nil, err
	}
	s.Pinned = tx.Bucket(pinsBucket).Get(id) != nil
	return s, nil
}

// Get returns the run whose id is or starts with the one given. The error is
// [ErrNotFound] or [ErrAmbiguous] where that is not one run.
func (s *Store) Get(id string) (*bench.Run, error) {
	var data []byte
	err := s.view(func(tx *bbolt.Tx) error {
		key, value, err := findPrefix(tx.Bucket(runsBucket), id)
		if err != nil {
			return fmt.Errorf("run %q: %w", id, err)
		}
		data, err = unsealCompressed(key, value)
		return err
	})
	if err != nil {
		return nil, err
	}
	return bench.DecodeRun(data)
}

// findPrefix returns the entry whose key is prefix, or else the only one whose
// key starts with it.
func findPrefix(b *bbolt.Bucket, prefix string) (key, value []byte, err error) {
	c := b.Cursor()
	key, value = c.Seek([]byte(prefix))
	if prefix == "" || !bytes.HasPrefix(key, []byte(prefix)) {
		return nil, nil, ErrNotFound
	}
	if string(key) == prefix {
		return key, value, nil
	}
	if next, _ := c.Next(); bytes.HasPrefix(next, []byte(prefix)) {
		return nil, nil, fmt.Errorf("%w: it could be %s or %s", ErrAmbiguous, key, next)
	}
	return key, value, nil
}

// Pair returns the two runs that were measured interleaved; one is nil when
// only the other was stored. The error is [ErrNotFound] when neither was.
func (s *Store) Pair(pairing string) (base, head *bench.Run, err error) {
	found, err := s.List(Filter{Pairing: pairing})
	if err != nil {
		return nil, nil, err
	}
	for _, f := range found {
		run, err := s.Get(f.ID)
		if err != nil {
			return nil, nil, err
		}
		switch run.Side {
		case bench.Base:
			base = run
		case bench.Head:
			head = run
		}
	}
	if base == nil && head == nil {
		return nil, nil, fmt.Errorf("pairing %q: %w", pairing, ErrNotFound)
	}
	return base, head, nil
}
