package baseline

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// fullStore returns the path of a closed store with some of everything.
func fullStore(t *testing.T) string {
	t.Helper()
	path := closedStore(t, testRun(1), testRun(2), testRun(3))
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		s.Pin(testRun(2).ID),
		s.PutComparison("a1", epoch, json.RawMessage(`{"n":1}`)),
		s.PutCalibration(CalibrationKey{Digest: "d1", Service: "process"}, json.RawMessage(`{"n":1}`)),
		s.Close(),
	)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func verifyTest(t *testing.T, path string) Findings {
	t.Helper()
	s, err := OpenReadOnly(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	findings, err := s.Verify()
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

func TestVerifySound(t *testing.T) {
	got := verifyTest(t, fullStore(t))
	if len(got.Problems) > 0 || got.Runs != 3 || got.Comparisons != 1 || got.Calibrations != 1 || got.Pins != 1 {
		t.Errorf("%+v", got)
	}
}

// harm names ways to spoil a store without breaking a page of it, each with a
// word of what is found and how many runs repairing keeps.
var harm = map[string]struct {
	do   func(tx *bbolt.Tx) error
	want string
	runs int
}{
	"changed run": {func(tx *bbolt.Tx) error {
		return tx.Bucket(runsBucket).Put([]byte(testRun(2).ID), []byte("\x00\x00\x00\x00no run"))
	}, "does not match its checksum", 2},
	"run under another id": {func(tx *bbolt.Tx) error {
		value, err := sealCompressed([]byte(testRun(2).ID), []byte(`{"schema":1,"id":"other"}`))
		return errors.Join(err, tx.Bucket(runsBucket).Put([]byte(testRun(2).ID), value))
	}, `holds run "other"`, 2},
	"no summary": {func(tx *bbolt.Tx) error {
		return tx.Bucket(summariesBucket).Delete([]byte(testRun(2).ID))
	}, "has no summary", 3},
	"changed summary": {func(tx *bbolt.Tx) error {
		return tx.Bucket(summariesBucket).Put([]byte(testRun(2).ID), []byte("x"))
	}, "does not match its checksum", 3},
	"summary of another state": {func(tx *bbolt.Tx) error {
		s := summarize(testRun(2))
		s.Verdict = "pass"
		return putSummary(tx, s)
	}, "does not tell what is in the run", 3},
	"summary without a run": {func(tx *bbolt.Tx) error {
		return putSummary(tx, summarize(testRun(4)))
	}, "there is no such run", 3},
	"lost index entry": {func(tx *bbolt.Tx) error {
		return tx.Bucket(byTree.bucket).Delete(byTree.key(summarize(testRun(2))))
	}, `not in the index "by tree"`, 3},
	"index entry too many": {func(tx *bbolt.Tx) error {
		return tx.Bucket(byBranch.bucket).Put([]byte("topic"+sep+testRun(2).ID), nil)
	}, "no run stands for this entry", 3},
	"changed comparison": {func(tx *bbolt.Tx) error {
		return tx.Bucket(comparisonsBucket).Put([]byte("a1"), []byte("x"))
	}, "does not match its checksum", 3},
	"comparison without its time": {func(tx *bbolt.Tx) error {
		return tx.Bucket(byCreatedBucket).Delete(append(timeKey(epoch), "a1"...))
	}, `not in the index "comparisons by time"`, 3},
	"time without a comparison": {func(tx *bbolt.Tx) error {
		return tx.Bucket(byCreatedBucket).Put(append(timeKey(epoch), "a2"...), nil)
	}, "no comparison stands", 3},
	"changed calibration": {func(tx *bbolt.Tx) error {
		k, _ := tx.Bucket(calibrationsBucket).Cursor().First()
		return tx.Bucket(calibrationsBucket).Put(slices.Clone(k), []byte("x"))
	}, "does not match its checksum", 3},
	"pin without a run": {func(tx *bbolt.Tx) error {
		key := []byte(testRun(4).ID)
		return tx.Bucket(pinsBucket).Put(key, seal(key, nil))
	}, "there is no such run", 3},
}

func TestVerifyFindsAndRepairMends(t *testing.T) {
	for name, h := range harm {
		t.Run(name, func(t *testing.T) {
			path := fullStore(t)
			change(t, path, h.do)
			got := verifyTest(t, path)
			var all []string
			for _, p := range got.Problems {
				all = append(all, p.String())
			}
			if !strings.Contains(strings.Join(all, "\n"), h.want) {
				t.Errorf("found %q, want %q", all, h.want)
			}
			wantRepaired(t, path, h.runs)
		})
	}
}

func wantRepaired(t *testing.T, path string, runs int) {
	t.Helper()
	damaged, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := Repair(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(kept); err != nil || string(data) != string(damaged) {
		t.Errorf("the damaged file was not kept as it was: %v", err)
	}
	if got := verifyTest(t, path); len(got.Problems) > 0 || got.Runs != runs {
		t.Errorf("repaired: %+v, want %d runs", got, runs)
	}
}

// A repaired store is one like any other.
func TestRepairKeepsWhatIsSound(t *testing.T) {
	path := fullStore(t)
	if _, err := Repair(path, Options{}); err != nil {
		t.Fatal(err)
	}
	s := openTest(t, path)
	for n := 1; n <= 3; n++ {
		if got, err := s.Get(testRun(n).ID); err != nil || encoded(t, got) != encoded(t, testRun(n)) {
			t.Errorf("run %d: %v", n, err)
		}
	}
	if pinned, err := s.List(Filter{Pinned: true}); err != nil || len(pinned) != 1 || pinned[0].ID != testRun(2).ID {
		t.Errorf("pinned: %v, %v", pinned, err)
	}
	if c, err := s.Comparison(""); err != nil || string(c) != `{"n":1}` {
		t.Errorf("comparison: %s, %v", c, err)
	}
	if k, err := s.Calibration(CalibrationKey{Digest: "d1", Service: "process"}); err != nil || string(k) != `{"n":1}` {
		t.Errorf("calibration: %s, %v", k, err)
	}
	put(t, s, testRun(4))
}

func TestRepairWithoutAStore(t *testing.T) {
	if _, err := Repair(tempStore(t), Options{}); !errors.Is(err, ErrNoStore) {
		t.Errorf("got %v, want ErrNoStore", err)
	}
}
