package baseline

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/perfcheck/perfcheck/bench"
)

// wantRefused opens a file both ways, wants that error, and the file as it was.
func wantRefused(t *testing.T, path string, want error) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(string, Options) (*Store, error){"Open": Open, "OpenReadOnly": OpenReadOnly} {
		s, err := open(path, Options{})
		if err == nil {
			s.Close()
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: got error %v, want %v", name, err, want)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

func TestForeignFile(t *testing.T) {
	for name, content := range map[string][]byte{
		"empty":  nil,
		"text":   []byte("version: 1\n"),
		"sqlite": append([]byte("SQLite format 3\x00"), make([]byte, 1<<15)...),
		"zeros":  make([]byte, 1<<16),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "baseline.db")
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
			wantRefused(t, path, ErrForeign)
		})
	}
}

func TestForeignFolder(t *testing.T) {
	if _, err := Open(t.TempDir(), Options{}); !errors.Is(err, ErrForeign) {
		t.Errorf("got %v, want ErrForeign", err)
	}
}

// change does f to the file of a store as another program with bbolt would.
func change(t *testing.T, path string, f func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o644, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(f), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestBoltFileOfAnotherProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baseline.db")
	change(t, path, func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("meta"))
		return err
	})
	wantRefused(t, path, ErrForeign)
}

func TestSchemaOfTheStore(t *testing.T) {
	for schema, want := range map[string]error{
		strconv.Itoa(Schema + 1): ErrNewer,
		"0":                      ErrDamaged,
		"one":                    ErrDamaged,
	} {
		path := closedStore(t)
		change(t, path, func(tx *bbolt.Tx) error {
			return tx.Bucket(metaBucket).Put(schemaKey, []byte(schema))
		})
		t.Run(schema, func(t *testing.T) { wantRefused(t, path, want) })
	}
}

func TestMissingBucket(t *testing.T) {
	for _, bucket := range [][]byte{byTree.bucket, summariesBucket, pinsBucket} {
		t.Run(string(bucket), func(t *testing.T) {
			path := closedStore(t, testRun(1), testRun(2))
			change(t, path, func(tx *bbolt.Tx) error { return tx.DeleteBucket(bucket) })
			wantRefused(t, path, ErrDamaged)
			wantRepaired(t, path, 2)
		})
	}
}

// What is damaged of one run takes nothing from the others.
func TestDamagedSummary(t *testing.T) {
	for name, damage := range map[string]func(b *bbolt.Bucket, id []byte) error{
		"changed": func(b *bbolt.Bucket, id []byte) error { return b.Put(id, []byte("no summary")) },
		"gone":    (*bbolt.Bucket).Delete,
	} {
		path := closedStore(t, testRun(1), testRun(2), testRun(3))
		change(t, path, func(tx *bbolt.Tx) error {
			return damage(tx.Bucket(summariesBucket), []byte(testRun(2).ID))
		})
		s, err := OpenReadOnly(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		found, err := s.List(Filter{Branch: "main"})
		if len(found) != 2 || found[0].ID != testRun(3).ID || found[1].ID != testRun(1).ID {
			t.Errorf("%s: found %+v", name, found)
		}
		if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), testRun(2).ID) || !strings.Contains(err.Error(), "verify --repair") {
			t.Errorf("%s: got %v", name, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		wantRepaired(t, path, 3)
	}
}

// A page that leads to itself would be followed for ever.
func TestPagesInACircle(t *testing.T) {
	var runs []*bench.Run // too many to be kept in a page of others
	for n := range 30 {
		runs = append(runs, testRun(n))
	}
	path := closedStore(t, runs...)
	var at int64
	change(t, path, func(tx *bbolt.Tx) error {
		at = int64(tx.Bucket(runsBucket).Root()) * int64(tx.DB().Info().PageSize)
		return nil
	})
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := data[at:]
	order := binary.NativeEndian
	order.PutUint16(page[8:], branchPage)
	order.PutUint16(page[10:], 1)
	order.PutUint32(page[16:], elementSize)                      // where its key is
	order.PutUint32(page[20:], 1)                                // how long
	order.PutUint64(page[24:], binary.NativeEndian.Uint64(page)) // itself
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if found := verifyTest(t, path); !found.Broken || len(found.Problems) != 1 {
		t.Errorf("%+v", found)
	}
	if _, err := Repair(path, Options{}); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "import the runs") {
		t.Errorf("got %v, want ErrDamaged and what to do", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, data) {
		t.Errorf("the file was changed: %v", err)
	}
	if left, err := filepath.Glob(path + "?*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Who finds a page broken keeps no other from the store.
func TestBrokenRoot(t *testing.T) {
	path := closedStore(t, testRun(1))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := latestMeta(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	data[m.root*uint64(m.pageSize)]++ // the number of the page
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, path, ErrDamaged)
	if _, err := Repair(path, Options{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}

// growing is a file to which another process writes while its meta is read.
type growing struct {
	*os.File
	grow func()
}

func (g growing) ReadAt(p []byte, off int64) (int, error) {
	g.grow()
	return g.File.ReadAt(p, off)
}

// A store that grows while it is looked at is not damaged.
func TestSizeOfAGrowingStore(t *testing.T) {
	path := closedStore(t)
	small, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	grown := small
	for n := 0; ; n++ {
		m, err := latestMeta(bytes.NewReader(grown))
		if err != nil {
			t.Fatal(err)
		}
		if m.size() > int64(len(small)) {
			break
		}
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		put(t, s, testRun(n))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if grown, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, small, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size, need, err := sizeOf(growing{f, func() {
		if err := os.WriteFile(path, grown, 0o644); err != nil {
			t.Fatal(err)
		}
	}})
	if err != nil || need <= int64(len(small)) || size < need {
		t.Errorf("%d bytes of %d, %v", size, need, err)
	}
}

// linkless makes a hard link as FAT does.
func linkless(string, string) error { return &os.LinkError{Op: "link", Err: syscall.EPERM} }

// A damaged file is kept there as a copy, and no other is written over.
func TestKeepWithoutHardLinks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baseline.db")
	for n, content := range []string{"first", "second"} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		name, err := keep(path, linkless)
		if want := fmt.Sprint(path, ".damaged-", n+1); err != nil || name != want {
			t.Fatalf("kept as %s, %v", name, err)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != content {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// Where there are no hard links, a new store still never takes another's place.
func TestInstallWithoutHardLinks(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "baseline.db")
	for _, content := range []string{"first", "second"} {
		temp := filepath.Join(dir, content)
		if err := os.WriteFile(temp, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := install(temp, path, linkless); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != "first" {
			t.Errorf("after the %s: %q, %v", content, got, err)
		}
	}
	if left, err := filepath.Glob(path + "?*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestTruncatedStore cuts the file at every page and in the middle of it:
// anything that bbolt has promised and that is gone must be refused, and never
// be a bus error.
func TestTruncatedStore(t *testing.T) {
	path := closedStore(t, testRun(1), testRun(2), testRun(3))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := latestMeta(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	page := int64(os.Getpagesize())
	for size := page / 2; size < m.size(); size += page / 2 {
		if err := os.WriteFile(path, whole[:size], 0o644); err != nil {
			t.Fatal(err)
		}
		wantRefused(t, path, ErrDamaged)
	}
	if err := os.WriteFile(path, whole[:m.size()], 0o644); err != nil {
		t.Fatal(err)
	}
	openTest(t, path)
}

// TestFlippedBits changes a bit at a time, anywhere in the file. What a store
// then says of a run is what was put, or that it is damaged or not there; it
// never makes up a run and never panics.
func TestFlippedBits(t *testing.T) {
	run := testRun(1)
	path := closedStore(t, run, testRun(2))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := latestMeta(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	want := encoded(t, run)
	random := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for range 200 {
		data := bytes.Clone(whole)
		at := random.Int64N(m.size() * 8)
		data[at/8] ^= 1 << (at % 8)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := lookUp(path, run.ID)
		switch {
		case err == nil && got != want:
			t.Errorf("bit %d: a run that was never put", at)
		case err != nil:
			refused++
			known := slices.ContainsFunc([]error{ErrDamaged, ErrForeign, ErrNewer, ErrNotFound}, func(k error) bool { return errors.Is(err, k) })
			if !known {
				t.Errorf("bit %d: %v", at, err)
			}
		}
	}
	if refused == 0 {
		t.Error("no flipped bit was noticed")
	}
}

// lookUp reads everything that the store says of a run and returns the run.
func lookUp(path, id string) (string, error) {
	s, err := OpenReadOnly(path, Options{})
	if err != nil {
		return "", err
	}
	defer s.Close()
	for _, f := range []Filter{{}, {Branch: "main"}, {Digest: "d1", Branch: "main"}} {
		if _, err := s.List(f); err != nil {
			return "", err
		}
	}
	findings, err := s.Verify()
	if err != nil {
		return "", err
	}
	if len(findings.Problems) > 0 {
		return "", fmt.Errorf("%w: %v", ErrDamaged, findings.Problems)
	}
	run, err := s.Get(id)
	if err != nil {
		return "", err
	}
	data, err := bench.EncodeRun(run)
	return string(data), err
}
