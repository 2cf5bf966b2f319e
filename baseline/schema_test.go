package baseline

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
)

var recordFlag = flag.Bool("record", false, "record a store of this schema in testdata")

// recordedStore returns a copy of the store of an earlier schema in testdata.
// That of schema 1 was written by commit 072d8e5: runs 1 to 3 of testRun with a
// calibration and a comparison.
func recordedStore(t *testing.T, schema int) (path string) {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("testdata/schema%d.db.gz", schema))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "baseline.db")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEveryEarlierSchemaIsRecorded(t *testing.T) {
	if len(migrations) != Schema-1 {
		t.Errorf("%d migrations to schema %d", len(migrations), Schema)
	}
	for schema := 1; schema < Schema; schema++ {
		opens := map[string]func(string, Options) (*Store, error){"Open": Open, "OpenReadOnly": OpenReadOnly}
		for name, open := range opens {
			t.Run(fmt.Sprintf("%s schema %d", name, schema), func(t *testing.T) {
				s, err := open(recordedStore(t, schema), Options{Version: "v9"})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				wantRecorded(t, s)
			})
		}
	}
}

// recordedRun is testRun as it was when the stores were recorded.
func recordedRun(n int) *bench.Run {
	run := testRun(n)
	run.ID, run.Trials[0].Block = fmt.Sprintf("%08d-run", n), 0
	return run
}

// wantRecorded wants all that was put into a recorded store, and new indexes.
func wantRecorded(t *testing.T, s *Store) {
	t.Helper()
	for n := 1; n <= 3; n++ {
		got, err := s.Get(recordedRun(n).ID)
		if err != nil || encoded(t, recounted(got)) != encoded(t, recordedRun(n)) {
			t.Errorf("run %d: %v", n, err)
		}
	}
	if found, err := s.List(Filter{Profile: "checkout"}); err != nil || len(found) != 3 {
		t.Errorf("by profile: %v, %v", found, err)
	}
	if got, err := s.Calibration(CalibrationKey{Digest: "d1", Host: bench.Host{CPU: "test", Cores: 2}, Service: "process"}); err != nil || string(got) != `{"n":1}` {
		t.Errorf("calibration: %s, %v", got, err)
	}
	if got, err := s.Comparison(""); err != nil || string(got) != `{"n":2}` {
		t.Errorf("comparison: %s, %v", got, err)
	}
	if findings, err := s.Verify(); err != nil || len(findings.Problems) > 0 || findings.Runs != 3 {
		t.Errorf("%+v, %v", findings, err)
	}
}

// recounted gives a run histograms as they are written now. Those that are read
// stay as they were.
func recounted(run *bench.Run) *bench.Run {
	afresh := func(h **hist.Histogram) {
		counts := hist.New()
		counts.Merge(*h)
		*h = counts
	}
	for i := range run.Trials {
		t := &run.Trials[i]
		for j := range t.Steps {
			afresh(&t.Steps[j].Latency)
			afresh(&t.Steps[j].Service)
		}
		if t.Generator.Lag != nil {
			afresh(&t.Generator.Lag)
		}
	}
	return run
}

// A migration that fails leaves the store as it was.
func TestMigrationOfADamagedStore(t *testing.T) {
	path := recordedStore(t, 1)
	change(t, path, func(tx *bbolt.Tx) error {
		return tx.Bucket(summariesBucket).Put([]byte(recordedRun(2).ID), []byte("no summary"))
	})
	if _, err := Open(path, Options{}); !errors.Is(err, ErrDamaged) {
		t.Fatalf("got %v, want ErrDamaged", err)
	}
	defer wantRepaired(t, path, 3) // the runs are sound
	change(t, path, func(tx *bbolt.Tx) error {
		if got := string(tx.Bucket(metaBucket).Get(schemaKey)); got != "1" || tx.Bucket(pinsBucket) != nil {
			t.Errorf("schema %s; half of the migration was kept", got)
		}
		return nil
	})
}

// TestRecordStore writes testdata for the next migration's test. Run it on the
// last commit of a schema.
func TestRecordStore(t *testing.T) {
	if !*recordFlag {
		t.Skip("records only with -record")
	}
	path := closedStore(t, recordedRun(1), recordedRun(2), recordedRun(3))
	s, err := Open(path, Options{Version: "v0.0.0-test"})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		s.PutCalibration(CalibrationKey{Digest: "d1", Host: bench.Host{CPU: "test", Cores: 2}, Service: "process"}, json.RawMessage(`{"n":1}`)),
		s.PutComparison("a1", epoch, json.RawMessage(`{"n":2}`)),
		s.Close(),
	)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(fmt.Sprintf("testdata/schema%d.db.gz", Schema))
	if err != nil {
		t.Fatal(err)
	}
	w := gzip.NewWriter(f)
	_, err = w.Write(data)
	if err := errors.Join(err, w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}
