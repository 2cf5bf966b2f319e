package baseline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/perfcheck/perfcheck/bench"
)

// Findings are what [Store.Verify] found in a store.
type Findings struct {
	Runs         int       `json:"runs"`
	Comparisons  int       `json:"comparisons"`
	Calibrations int       `json:"calibrations"`
	Pins         int       `json:"pins"`
	Problems     []Problem `json:"problems"`
	// Broken says that bbolt's pages lead nowhere: nothing else was read, and
	// [Repair] can save nothing.
	Broken bool `json:"broken,omitempty"`
}

// A Problem is something in a store that is not as it was put there.
type Problem struct {
	Bucket string `json:"bucket,omitempty"`
	Key    string `json:"key,omitempty"`
	What   string `json:"what"`
}

// String says where the problem is and what.
func (p Problem) String() string {
	switch {
	case p.Bucket == "":
		return p.What
	case p.Key == "":
		return p.Bucket + ": " + p.What
	default:
		return fmt.Sprintf("%s: %s: %s", p.Bucket, strings.ReplaceAll(p.Key, sep, " "), p.What)
	}
}

// Verify reads all that is in the store: every page, checksum and run, whether
// the summaries tell what is in the runs, and whether every index names those
// runs and no other. The error is for a store that could not be read to its end.
func (s *Store) Verify() (Findings, error) {
	v := verifier{Findings: Findings{Problems: []Problem{}}}
	err := s.view(func(tx *bbolt.Tx) error {
		// The pages first: where they are broken, reading on could take for ever.
		if err := s.checkPages(); err != nil {
			v.found("", nil, err.Error())
			v.Broken = true
			return nil
		}
		v.tx = tx
		v.runs()
		v.indexes()
		v.comparisons()
		v.calibrations()
		v.pins()
		for err := range tx.Check() {
			v.found("", nil, "pages: "+err.Error())
		}
		return nil
	})
	return v.Findings, err
}

func (s *Store) checkPages() error {
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	return checkPages(f)
}

type verifier struct {
	Findings
	tx *bbolt.Tx
}

func (v *verifier) found(bucket string, key []byte, what string) {
	v.Problems = append(v.Problems, Problem{bucket, string(key), what})
}

// each calls check with all entries of a bucket, and returns how many there are.
func (v *verifier) each(bucket []byte, check func(key, value []byte) error) (n int) {
	c := v.tx.Bucket(bucket).Cursor()
	for k, value := c.First(); k != nil; k, value = c.Next() {
		n++
		if err := check(k, value); err != nil {
			v.found(string(bucket), k, err.Error())
		}
	}
	return n
}

func (v *verifier) runs() {
	v.Runs = v.each(runsBucket, func(id, value []byte) error {
		run, err := readRun(id, value)
		if err != nil {
			return err
		}
		return v.summary(run)
	})
	v.each(summariesBucket, func(id, _ []byte) error {
		if v.tx.Bucket(runsBucket).Get(id) == nil {
			return fmt.Errorf("there is no such run")
		}
		return nil
	})
}

// readRun decodes a run of the runs bucket and wants it under its own id.
func readRun(id, value []byte) (*bench.Run, error) {
	data, err := unsealCompressed(id, value)
	if err != nil {
		return nil, err
	}
	run, err := bench.DecodeRun(data)
	if err != nil {
		return nil, err
	}
	if run.ID != string(id) {
		return nil, fmt.Errorf("%w: holds run %q", ErrDamaged, run.ID)
	}
	return run, nil
}

// summary checks the summary of a run.
func (v *verifier) summary(run *bench.Run) error {
	key := []byte(run.ID)
	value := v.tx.Bucket(summariesBucket).Get(key)
	if value == nil {
		return fmt.Errorf("the run has no summary")
	}
	have, err := readSummary(key, value)
	if err != nil {
		return err
	}
	want := summarize(run)
	if have.Service == "" && have.Interleave == "" {
		want.Service, want.Interleave = "", "" // an older perfcheck's
	}
	left, err := json.Marshal(have)
	if err != nil {
		return err
	}
	right, err := json.Marshal(want)
	if err != nil {
		return err
	}
	if !bytes.Equal(left, right) {
		return fmt.Errorf("the summary does not tell what is in the run")
	}
	return nil
}

// indexes checks each index against the summaries, both ways.
func (v *verifier) indexes() {
	summaries := v.tx.Bucket(summariesBucket)
	for _, ix := range indexes() {
		v.each(summariesBucket, func(id, value []byte) error {
			s, err := readSummary(id, value)
			if err != nil {
				return nil // found with its run
			}
			if v.tx.Bucket(ix.bucket).Get(ix.key(s)) == nil {
				return fmt.Errorf("not in the index %q", ix.bucket)
			}
			return nil
		})
		v.each(ix.bucket, func(key, _ []byte) error {
			id := key[bytes.LastIndex(key, []byte(sep))+1:]
			s, err := readSummary(id, summaries.Get(id))
			if err != nil || !bytes.Equal(ix.key(s), key) {
				return fmt.Errorf("no run stands for this entry")
			}
			return nil
		})
	}
}

func (v *verifier) comparisons() {
	v.Comparisons = v.each(comparisonsBucket, func(id, value []byte) error {
		created, comparison, err := readComparison(id, value)
		if err != nil {
			return err
		}
		if v.tx.Bucket(byCreatedBucket).Get(append(created, id...)) == nil {
			return fmt.Errorf("not in the index %q", byCreatedBucket)
		}
		return validJSON(comparison)
	})
	v.each(byCreatedBucket, func(key, _ []byte) error {
		if len(key) < timeSize || v.tx.Bucket(comparisonsBucket).Get(key[timeSize:]) == nil {
			return fmt.Errorf("no comparison stands for this entry")
		}
		return nil
	})
}

func (v *verifier) calibrations() {
	v.Calibrations = v.each(calibrationsBucket, func(key, value []byte) error {
		calibration, err := unsealCompressed(key, value)
		if err != nil {
			return err
		}
		return validJSON(calibration)
	})
}

func (v *verifier) pins() {
	v.Pins = v.each(pinsBucket, func(id, value []byte) error {
		if _, err := unseal(id, value); err != nil {
			return err
		}
		if v.tx.Bucket(runsBucket).Get(id) == nil {
			return fmt.Errorf("there is no such run")
		}
		return nil
	})
}

func validJSON(data []byte) error {
	if !json.Valid(data) {
		return fmt.Errorf("%w: not JSON", ErrDamaged)
	}
	return nil
}
