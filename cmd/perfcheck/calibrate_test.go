package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// A calibration is found again by what was measured on the same machine with
// the same profile and service, and by nothing else.
func TestUsual(t *testing.T) {
	var said bytes.Buffer
	s := &session{ui: &ui{err: &said}, store: filepath.Join(t.TempDir(), "baseline.db")}
	run := bench.Run{ID: "1", Profile: "checkout", Digest: "d1", Service: "process", Host: bench.Host{CPU: "test", Cores: 2}}
	k := compare.Calibrate(&compare.Comparison{ID: "pairing", Created: time.Now(), Verdict: compare.Pass, Blocks: 8, Elapsed: time.Minute}, time.Minute)
	if err := s.putCalibration([]*bench.Run{&run}, k); err != nil {
		t.Fatal(err)
	}
	usual := func(edit func(*bench.Run)) *compare.Calibration {
		head := run
		edit(&head)
		return s.usual([]compare.Pair{{Base: &head, Head: &head}})["checkout"]
	}
	if got := usual(func(*bench.Run) {}); got == nil || got.ID != k.ID {
		t.Errorf("got %+v, want the calibration", got)
	}
	for name, edit := range map[string]func(*bench.Run){
		"profile": func(r *bench.Run) { r.Digest = "d2" },
		"machine": func(r *bench.Run) { r.Host.Kernel = "other" },
		"service": func(r *bench.Run) { r.Service = "compose" },
	} {
		if got := usual(edit); got != nil {
			t.Errorf("another %s: got %+v, want none", name, got)
		}
	}
	if said.Len() > 0 {
		t.Errorf("said %q", said.String())
	}

	// One that a newer perfcheck wrote is passed over, and that is said.
	err := s.withStore(func(store *baseline.Store) error {
		return store.PutCalibration(calibrationKey(&run), json.RawMessage(`{"schema":99}`))
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := usual(func(*bench.Run) {}); got != nil || !strings.Contains(said.String(), "warning: whether the machine is noisier than usual is not known: calibration: schema 99") {
		t.Errorf("got %+v, said %q", got, said.String())
	}
}
