package baseline

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/perfcheck/perfcheck/bench"
)

// A thinned run tells the same numbers, and is as sound as any. What it was before
// can come again and takes nothing back; only a later verdict is new.
func TestThin(t *testing.T) {
	s := openTest(t, tempStore(t))
	run := testRun(1)
	put(t, s, run, testRun(2))
	f := fileOf(t, run)
	if done, unread, err := s.Thin(run.ID, "not there"); err != nil || len(unread) > 0 || !slices.Equal(done, []string{run.ID}) {
		t.Fatal(done, unread, err)
	}
	got, err := s.Get(run.ID)
	if err != nil || !got.Thinned() {
		t.Fatal(got, err)
	}
	p50 := bench.Key{Step: "list", Metric: "p50"}
	want, _ := run.Series(p50, []int{1})
	if have, err := got.Series(p50, []int{1}); err != nil || have[0] != want[0] {
		t.Errorf("p50: got %v, %v, want %v", have, err, want)
	}
	if found, err := s.List(Filter{Eligible: true}); err != nil || len(found) != 2 || found[0].Thinned || !found[1].Thinned {
		t.Errorf("%+v, %v", found, err)
	}
	if _, _, err := s.Export(run.ID); err == nil || !strings.Contains(err.Error(), "thinned") {
		t.Errorf("export: got %v", err)
	}
	thin := fileOf(t, got)
	if _, err := importOne(openTest(t, tempStore(t)), thin); err == nil || !strings.Contains(err.Error(), "thinned") {
		t.Errorf("import: got %v", err)
	}
	importTest(t, s, f, false)
	if lacking, err := s.Lacking([]string{f.Name}); err != nil || len(lacking) > 0 {
		t.Errorf("lacks %v, %v", lacking, err)
	}
	run.Verdict = "pass"
	importTest(t, s, fileOf(t, run), true)
	if got, err := s.Get(run.ID); err != nil || got.Verdict != "pass" || !got.Thinned() {
		t.Errorf("judged: %+v, %v", got, err)
	}
	if findings, err := s.Verify(); err != nil || len(findings.Problems) > 0 {
		t.Errorf("%+v, %v", findings, err)
	}
}

// A run that cannot be read keeps no other from being thinned, and is named.
func TestThinPassesOverDamage(t *testing.T) {
	path := closedStore(t, testRun(1), testRun(2), testRun(3))
	change(t, path, func(tx *bbolt.Tx) error {
		return tx.Bucket(runsBucket).Put([]byte(testRun(2).ID), []byte("no run"))
	})
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	done, unread, err := s.Thin(testRun(1).ID, testRun(2).ID, testRun(3).ID)
	if err != nil || !slices.Equal(done, []string{testRun(1).ID, testRun(3).ID}) || len(unread) != 1 || !errors.Is(unread[0], ErrDamaged) || !strings.Contains(unread[0].Error(), testRun(2).ID) {
		t.Errorf("%v, %v, %v", done, unread, err)
	}
	for _, n := range []int{1, 3} {
		if got, err := s.Get(testRun(n).ID); err != nil || !got.Thinned() {
			t.Errorf("run %d: thinned %v, %v", n, err == nil && got.Thinned(), err)
		}
	}
}
