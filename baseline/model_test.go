package baseline

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the random test; 0 draws one")

// TestModel does random things to a store and to a map, and wants the same answers.
func TestModel(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("to repeat: go test ./baseline -run TestModel -seed %d", seed)
	m := &model{
		rand: rand.New(rand.NewPCG(seed, 0)),
		path: tempStore(t),
		runs: make(map[string]*bench.Run),
		pins: make(map[string]bool),
	}
	m.open(t)
	defer func() { m.close(t) }()
	for range 250 {
		switch n := m.rand.IntN(100); {
		case n < 40:
			m.put(t)
		case n < 50:
			m.importRun(t)
		case n < 55:
			m.pin(t)
		case n < 58:
			m.prune(t)
		case n < 75:
			m.list(t)
		case n < 82:
			m.latest(t)
		case n < 97:
			m.get(t)
		default:
			m.close(t)
			m.compact(t)
			m.open(t)
		}
	}
}

type model struct {
	rand  *rand.Rand
	path  string
	store *Store
	runs  map[string]*bench.Run
	pins  map[string]bool
}

func (m *model) open(t *testing.T) {
	t.Helper()
	var err error
	if m.store, err = Open(m.path, Options{}); err != nil {
		t.Fatal(err)
	}
}

func (m *model) close(t *testing.T) {
	t.Helper()
	if err := errors.Join(checkAll(m.store), m.store.Close()); err != nil {
		t.Fatal(err)
	}
}

func (m *model) pick(prefix string, n int) string { return fmt.Sprint(prefix, m.rand.IntN(n)) }

func (m *model) compact(t *testing.T) {
	t.Helper()
	if _, _, err := Compact(m.path, Options{}); err != nil {
		t.Fatal(err)
	}
}

func (m *model) draw() *bench.Run {
	run := testRun(m.rand.IntN(60))
	run.Subject.Commit, run.Subject.Tree, run.Subject.Branch = m.pick("c", 9), m.pick("t", 5), m.pick("b", 3)
	run.Digest, run.Profile = m.pick("d", 3), m.pick("p", 2)
	run.Complete, run.Subject.Dirty = m.rand.IntN(4) > 0, m.rand.IntN(4) == 0
	if m.rand.IntN(5) == 0 {
		run.Verdict = "regression"
	}
	run.Seed = m.rand.Uint64()
	return run
}

func (m *model) put(t *testing.T) {
	t.Helper()
	run := m.draw()
	old, known := m.runs[run.ID]
	if known && old.Complete && !run.Complete {
		if err := m.store.Put(run); !errors.Is(err, ErrComplete) {
			t.Fatalf("%s: got %v, want ErrComplete", run.ID, err)
		}
		return
	}
	put(t, m.store, run)
	if known && old.Verdict != "" && run.Verdict != "" {
		run.Rejudged = old.Rejudged
		if old.Verdict != run.Verdict {
			run.Rejudged++
		}
	}
	m.runs[run.ID] = run
}

// importRun imports a run, or one that is stored, judged in another way.
func (m *model) importRun(t *testing.T) {
	t.Helper()
	run := m.draw()
	old, known := m.runs[run.ID]
	conflict := known && m.rand.IntN(2) == 0
	if known && !conflict {
		copied := *old
		run = &copied
		run.Verdict, run.Rejudged = verdicts[m.rand.IntN(len(verdicts))], 0
		if run.Verdict != "" {
			run.Rejudged = m.rand.IntN(3)
		}
	}
	run.Complete = true
	f := fileOf(t, run)
	added, err := importOne(m.store, f)
	if errors.Is(err, ErrConflict) != conflict || err != nil && !conflict {
		t.Fatalf("%s: %v, want a conflict: %v", f.Name, err, conflict)
	}
	changes := !known || !conflict && (!old.Complete || judgement{old.Verdict, old.Rejudged}.yieldsTo(judgement{run.Verdict, run.Rejudged}))
	if added != changes {
		t.Fatalf("%s: added %v, want %v", f.Name, added, changes)
	}
	if changes {
		m.runs[run.ID] = run
	}
}

func (m *model) pin(t *testing.T) {
	t.Helper()
	id := testRun(m.rand.IntN(60)).ID
	if m.rand.IntN(2) == 0 {
		if err := m.store.Unpin(id); err != nil {
			t.Fatal(err)
		}
		delete(m.pins, id)
		return
	}
	err := m.store.Pin(id)
	if m.runs[id] == nil {
		if !errors.Is(err, ErrNotFound) {
			t.Fatalf("%s: got %v, want ErrNotFound", id, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m.pins[id] = true
}

// prune wants that pinned runs stay, the last of each history, and that what
// every lookup of a baseline finds is as it was.
func (m *model) prune(t *testing.T) {
	t.Helper()
	all, err := m.store.List(Filter{})
	if err != nil {
		t.Fatal(err)
	}
	surplus := Policy{Last: m.rand.IntN(3)}.Surplus(all, epoch)
	for _, s := range surplus {
		if m.pins[s.ID] {
			t.Fatalf("%s is pinned and would be removed", s.ID)
		}
		delete(m.runs, s.ID)
	}
	if err := m.store.Remove(ids(surplus)...); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if !s.Eligible() {
			continue
		}
		newest := slices.IndexFunc(all, func(o Summary) bool {
			return o.Eligible() && o.Digest == s.Digest && o.Subject.Branch == s.Subject.Branch
		})
		if got, err := latest(m.store, s.Digest, s.Subject.Branch); err != nil || got.ID != all[newest].ID {
			t.Fatalf("%s on %s: got %v, %v, want %s", s.Digest, s.Subject.Branch, got.ID, err, all[newest].ID)
		}
	}
}

// filter draws a filter, each of whose fields is set half of the time.
func (m *model) filter() (f Filter) {
	maybe := func(field *string, prefix string, n int) {
		if m.rand.IntN(2) == 0 {
			*field = m.pick(prefix, n)
		}
	}
	maybe(&f.Commit, "c", 10)
	maybe(&f.Tree, "t", 6)
	maybe(&f.Branch, "b", 4)
	maybe(&f.Digest, "d", 4)
	maybe(&f.Profile, "p", 3)
	f.Eligible = m.rand.IntN(2) == 0
	f.Pinned = m.rand.IntN(4) == 0
	if m.rand.IntN(4) == 0 {
		f.Since = testRun(m.rand.IntN(60)).Started
	}
	if m.rand.IntN(4) == 0 {
		f.Before = testRun(m.rand.IntN(60)).Started
	}
	f.Limit = m.rand.IntN(5)
	return f
}

func (m *model) want(f Filter) []string {
	runs := make([]*bench.Run, 0, len(m.runs))
	for _, r := range m.runs {
		runs = append(runs, r)
	}
	slices.SortFunc(runs, func(a, b *bench.Run) int { return cmp.Compare(b.ID, a.ID) })
	var ids []string
	for _, r := range runs {
		eligible := r.Complete && !r.Subject.Dirty && r.Verdict != "regression"
		if (f.Commit == "" || f.Commit == r.Subject.Commit) && (f.Tree == "" || f.Tree == r.Subject.Tree) &&
			(f.Branch == "" || f.Branch == r.Subject.Branch) && (f.Digest == "" || f.Digest == r.Digest) &&
			(f.Profile == "" || f.Profile == r.Profile) && (!f.Eligible || eligible) &&
			(!f.Pinned || m.pins[r.ID]) && !r.Started.Before(f.Since) && (f.Before.IsZero() || r.Started.Before(f.Before)) &&
			(f.Limit == 0 || len(ids) < f.Limit) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func (m *model) list(t *testing.T) {
	t.Helper()
	f := m.filter()
	found, err := m.store.List(f)
	if err != nil {
		t.Fatalf("%+v: %v", f, err)
	}
	var got []string
	for _, s := range found {
		got = append(got, s.ID)
	}
	if want := m.want(f); !slices.Equal(got, want) {
		t.Fatalf("%+v: got %v, want %v", f, got, want)
	}
}

func (m *model) latest(t *testing.T) {
	t.Helper()
	digest, branch := m.pick("d", 4), m.pick("b", 4)
	want := m.want(Filter{Digest: digest, Branch: branch, Eligible: true, Limit: 1})
	got, err := latest(m.store, digest, branch)
	switch {
	case len(want) == 0 && !errors.Is(err, ErrNotFound):
		t.Fatalf("%s on %s: got %v, %v, want ErrNotFound", digest, branch, got.ID, err)
	case len(want) == 1 && (err != nil || got.ID != want[0]):
		t.Fatalf("%s on %s: got %v, %v, want %s", digest, branch, got.ID, err, want[0])
	}
}

func (m *model) get(t *testing.T) {
	t.Helper()
	id := testRun(m.rand.IntN(60)).ID
	got, err := m.store.Get(id)
	want, ok := m.runs[id]
	switch {
	case !ok && !errors.Is(err, ErrNotFound):
		t.Fatalf("%s: got %v, want ErrNotFound", id, err)
	case ok && err != nil:
		t.Fatal(err)
	case ok && encoded(t, got) != encoded(t, want):
		t.Fatalf("%s: got %+v, want %+v", id, got, want)
	}
}
