package baseline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// testRun returns a complete run with one small trial; n orders runs by time.
func testRun(n int) *bench.Run {
	latency := hist.New()
	for i := range 20 {
		latency.Record(time.Duration(n%50+i+1) * time.Millisecond)
	}
	started := epoch.Add(time.Duration(n) * time.Minute)
	return &bench.Run{
		ID:      fmt.Sprintf("%s-%d-run", started.Format(idTime), n),
		Profile: "checkout", Digest: "d1",
		Subject: bench.Subject{Commit: fmt.Sprintf("%040x", n), Tree: fmt.Sprintf("%040x", n+1), Branch: "main", Title: "Change", Time: epoch},
		Started: started,
		Trials: []bench.Trial{{
			Block: 1, Started: epoch, Load: time.Second, Busy: time.Second,
			Steps: []bench.Step{{Name: "list", Requests: 20, Latency: latency, Service: latency}},
		}},
		Complete: true,
	}
}

func tempStore(t *testing.T) string { return filepath.Join(t.TempDir(), ".perfcheck", "baseline.db") }

// openTest opens the store and, when the test ends, checks every page of it.
func openTest(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path, Options{Version: "v0.0.0-test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := checkAll(s); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// checkAll verifies the store.
func checkAll(s *Store) error {
	findings, err := s.Verify()
	for _, p := range findings.Problems {
		err = errors.Join(err, errors.New(p.String()))
	}
	return err
}

func put(t *testing.T, s *Store, runs ...*bench.Run) {
	t.Helper()
	if err := s.Put(runs...); err != nil {
		t.Fatal(err)
	}
}

// closedStore returns the path of a store that holds the runs and is not open.
func closedStore(t *testing.T, runs ...*bench.Run) string {
	t.Helper()
	path := tempStore(t)
	s, err := Open(path, Options{Version: "v0.0.0-test"})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, runs...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func encoded(t *testing.T, r *bench.Run) string {
	t.Helper()
	data, err := bench.EncodeRun(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestOpenCreatesTheStoreAndItsFolder(t *testing.T) {
	path := tempStore(t)
	put(t, openTest(t, path), testRun(1))
	ignore, err := os.ReadFile(filepath.Join(filepath.Dir(path), ".gitignore"))
	if err != nil || string(ignore) != "*\n" {
		t.Errorf(".gitignore: %q, %v", ignore, err)
	}
	left, err := filepath.Glob(path + ".new-*")
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestOpenKeepsAFolderThatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baseline.db")
	openTest(t, path)
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), ".gitignore")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf(".gitignore in a folder that was there: %v", err)
	}
}

func TestOpenReadOnlyCreatesNothing(t *testing.T) {
	path := tempStore(t)
	if _, err := OpenReadOnly(path, Options{}); !errors.Is(err, ErrNoStore) {
		t.Errorf("got %v, want ErrNoStore", err)
	}
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("folder: %v", err)
	}
}

func TestReadersShareTheStore(t *testing.T) {
	path := closedStore(t, testRun(1))
	for range 2 {
		r, err := OpenReadOnly(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := r.Get(testRun(1).ID); err != nil {
			t.Error(err)
		}
		if err := r.Put(testRun(2)); err == nil {
			t.Error("a read-only store took a run")
		}
	}
}

func TestPutReplaces(t *testing.T) {
	s := openTest(t, tempStore(t))
	run := testRun(1)
	run.Complete, run.Subject.Branch = false, "draft"
	put(t, s, run)
	run = testRun(1)
	run.Trials = append(run.Trials, run.Trials[0])
	put(t, s, run)

	got, err := s.Get(run.ID)
	if err != nil {
		t.Fatal(err)
	}
	if encoded(t, got) != encoded(t, run) {
		t.Errorf("got %+v, want %+v", got, run)
	}
	for branch, want := range map[string]int{"draft": 0, "main": 1} {
		if found, err := s.List(Filter{Branch: branch}); err != nil || len(found) != want {
			t.Errorf("branch %s: %v, %v; want %d", branch, found, err, want)
		}
	}
}

// All runs of a block are stored, or none: the two sides of a pairing never
// differ by a block.
func TestPutIsOneTransaction(t *testing.T) {
	s := openTest(t, tempStore(t))
	good, bad := testRun(1), testRun(2)
	bad.Complete = false
	put(t, s, testRun(2))
	if err := s.Put(good, bad); !errors.Is(err, ErrComplete) {
		t.Errorf("got %v, want ErrComplete", err)
	}
	if _, err := s.Get(good.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the other run: %v, want ErrNotFound", err)
	}
	if got, err := s.Get(bad.ID); err != nil || !got.Complete {
		t.Errorf("the complete run was replaced: %v", err)
	}
}

func TestPutCountsJudgements(t *testing.T) {
	s := openTest(t, tempStore(t))
	run := testRun(1)
	for i, test := range []struct {
		verdict string
		want    int
	}{{"", 0}, {"regression", 0}, {"regression", 0}, {"pass", 1}, {"pass", 1}, {"regression", 2}} {
		run.Verdict = test.verdict
		put(t, s, run)
		if got, err := s.Get(run.ID); err != nil || got.Verdict != test.verdict || got.Rejudged != test.want {
			t.Errorf("%d: judged %q anew %d times, %v; want %+v", i, got.Verdict, got.Rejudged, err, test)
		}
	}
	if run.Rejudged != 0 {
		t.Error("the caller's run was written to")
	}
}

func TestPutRefusesNamesThatAreNoKeys(t *testing.T) {
	s := openTest(t, tempStore(t))
	for name, change := range map[string]func(*bench.Run){
		"no id":               func(r *bench.Run) { r.ID = "" },
		"zero byte in id":     func(r *bench.Run) { r.ID = "a\x00b" },
		"zero byte in branch": func(r *bench.Run) { r.Subject.Branch = "a\x00b" },
		"zero byte in digest": func(r *bench.Run) { r.Digest = "\x00" },
	} {
		run := testRun(1)
		change(run)
		if err := s.Put(run); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestGetByPrefix(t *testing.T) {
	s := openTest(t, tempStore(t))
	for _, id := range []string{"abc", "abcd", "abx", "b"} {
		run := testRun(1)
		run.ID = id
		put(t, s, run)
	}
	for _, test := range []struct {
		id, want string
		err      error
	}{
		{"abc", "abc", nil}, // itself, though abcd starts with it
		{"abcd", "abcd", nil},
		{"abx", "abx", nil},
		{"b", "b", nil},
		{"ab", "", ErrAmbiguous},
		{"abcde", "", ErrNotFound},
		{"c", "", ErrNotFound},
		{"", "", ErrNotFound},
	} {
		run, err := s.Get(test.id)
		if !errors.Is(err, test.err) {
			t.Errorf("%q: error %v, want %v", test.id, err, test.err)
		}
		if err == nil && run.ID != test.want {
			t.Errorf("%q: got %s, want %s", test.id, run.ID, test.want)
		}
	}
}

func TestList(t *testing.T) {
	s := openTest(t, tempStore(t))
	for n := range 12 {
		run := testRun(n)
		run.Subject.Commit = []string{"aa11", "aa12", "bb"}[n%3]
		run.Subject.Branch = []string{"main", "main2"}[n%2]
		run.Digest = []string{"d1", "d2", "d1"}[n%3]
		run.Complete = n < 10
		put(t, s, run)
	}
	for _, test := range []struct {
		name string
		f    Filter
		want []int
		err  error
	}{
		{"all", Filter{}, []int{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}, nil},
		{"limit", Filter{Limit: 2}, []int{11, 10}, nil},
		{"commit", Filter{Commit: "aa11"}, []int{9, 6, 3, 0}, nil},
		{"prefix of a commit", Filter{Commit: "b"}, []int{11, 8, 5, 2}, nil},
		{"ambiguous commit", Filter{Commit: "aa"}, nil, ErrAmbiguous},
		{"unknown commit", Filter{Commit: "cc"}, nil, nil},
		{"branch", Filter{Branch: "main", Limit: 3}, []int{10, 8, 6}, nil},
		{"branch that starts like another", Filter{Branch: "main2", Limit: 2}, []int{11, 9}, nil},
		{"unknown branch", Filter{Branch: "mai"}, nil, nil},
		{"digest", Filter{Digest: "d2"}, []int{10, 7, 4, 1}, nil},
		{"digest on a branch", Filter{Digest: "d2", Branch: "main"}, []int{10, 4}, nil},
		{"eligible", Filter{Digest: "d2", Branch: "main", Eligible: true}, []int{4}, nil},
		{"tree", Filter{Tree: testRun(5).Subject.Tree}, []int{5}, nil},
		{"tree on another branch", Filter{Tree: testRun(5).Subject.Tree, Branch: "main"}, nil, nil},
		{"profile", Filter{Profile: "other"}, nil, nil},
	} {
		found, err := s.List(test.f)
		if !errors.Is(err, test.err) {
			t.Errorf("%s: error %v, want %v", test.name, err, test.err)
		}
		var got []string
		for _, f := range found {
			got = append(got, f.ID)
		}
		var want []string
		for _, n := range test.want {
			want = append(want, testRun(n).ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", test.name, got, want)
		}
	}
}

// latest returns the newest run of a profile's digest on a branch that may serve
// as a baseline, or [ErrNotFound].
func latest(s *Store, digest, branch string) (Summary, error) {
	found, err := s.List(Filter{Digest: digest, Branch: branch, Eligible: true, Limit: 1})
	if err == nil && len(found) == 0 {
		return Summary{}, ErrNotFound
	}
	if err != nil {
		return Summary{}, err
	}
	return found[0], nil
}

func TestLatestIsEligible(t *testing.T) {
	s := openTest(t, tempStore(t))
	if _, err := latest(s, "d1", "main"); !errors.Is(err, ErrNotFound) {
		t.Errorf("empty store: %v, want ErrNotFound", err)
	}
	put(t, s, testRun(1))
	for i, change := range []func(*bench.Run){
		func(r *bench.Run) { r.Complete = false },
		func(r *bench.Run) { r.Verdict = "regression" },
		func(r *bench.Run) { r.Subject.Dirty = true },
		func(r *bench.Run) { r.Digest = "d2" },
		func(r *bench.Run) { r.Subject.Branch = "other" },
	} {
		run := testRun(2 + i)
		change(run)
		put(t, s, run)
	}
	got, err := latest(s, "d1", "main")
	if err != nil || got.ID != testRun(1).ID {
		t.Errorf("got %v, %v, want %s", got.ID, err, testRun(1).ID)
	}
}

func TestPair(t *testing.T) {
	s := openTest(t, tempStore(t))
	if _, _, err := s.Pair("p"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	base, head := testRun(1), testRun(2)
	base.Pairing, base.Side = "p", bench.Base
	head.Pairing, head.Side = "p", bench.Head
	put(t, s, head)
	if b, h, err := s.Pair("p"); err != nil || b != nil || h == nil {
		t.Errorf("head only: %v, %v, %v", b, h, err)
	}
	put(t, s, base, testRun(3))
	b, h, err := s.Pair("p")
	if err != nil || b.ID != base.ID || h.ID != head.ID {
		t.Errorf("got %v, %v, %v", b, h, err)
	}
}

func TestComparisons(t *testing.T) {
	s := openTest(t, tempStore(t))
	if _, err := s.Comparison(""); !errors.Is(err, ErrNotFound) {
		t.Errorf("empty store: %v, want ErrNotFound", err)
	}
	putComparison := func(id string, created time.Time, raw string) {
		t.Helper()
		if err := s.PutComparison(id, created, json.RawMessage(raw)); err != nil {
			t.Fatal(err)
		}
	}
	putComparison("a1", epoch, `{"n":1}`)
	putComparison("a2", epoch.Add(-100*365*24*time.Hour), `{"n":2}`) // before 1970
	for id, want := range map[string]string{"": `{"n":1}`, "a1": `{"n":1}`, "a2": `{"n":2}`} {
		if got, err := s.Comparison(id); err != nil || string(got) != want {
			t.Errorf("%q: %s, %v; want %s", id, got, err, want)
		}
	}
	if _, err := s.Comparison("a"); !errors.Is(err, ErrAmbiguous) {
		t.Errorf("got %v, want ErrAmbiguous", err)
	}
	putComparison("a1", epoch.Add(-200*365*24*time.Hour), `{"n":3}`)
	if got, err := s.Comparison(""); err != nil || string(got) != `{"n":2}` {
		t.Errorf("after replacing the latest: %s, %v", got, err)
	}
}
