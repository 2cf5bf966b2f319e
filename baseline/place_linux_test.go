package baseline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// mount gives a folder with a file system of its own, of the given size.
func mount(t *testing.T, options string) (dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root may mount")
	}
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestReadOnlyPlace(t *testing.T) {
	dir := mount(t, "size=1m")
	path := filepath.Join(dir, "baseline.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, testRun(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, filepath.Join(dir, "other.db"), filepath.Join(dir, "sub", "other.db")} {
		_, err := Open(path, Options{})
		if !errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), "writable") {
			t.Errorf("%s: got %v, want ErrReadOnly and what to do", path, err)
		}
	}
	r, err := OpenReadOnly(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Get(testRun(1).ID); err != nil {
		t.Error(err)
	}
}

func TestFullDiskLosesNothingStored(t *testing.T) {
	dir := mount(t, "size=320k")
	path := filepath.Join(dir, "baseline.db")
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 128<<10), 0o644); err != nil {
		t.Fatal(err)
	}
	s := openTest(t, path)
	stored := 0
	for {
		err := s.Put(testRun(stored + 1))
		if errors.Is(err, syscall.ENOSPC) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if stored++; stored > 10_000 {
			t.Fatal("the disk is never full")
		}
	}
	wantAll := func() {
		t.Helper()
		for n := 1; n <= stored; n++ {
			if got, err := s.Get(testRun(n).ID); err != nil || encoded(t, got) != encoded(t, testRun(n)) {
				t.Fatalf("run %d of %d: %v", n, stored, err)
			}
		}
	}
	wantAll()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	stored++
	put(t, s, testRun(stored))
	wantAll()
}

// A disk that is full before the first use must not leave half a store behind.
func TestFullDiskAtCreation(t *testing.T) {
	dir := mount(t, "size=64k")
	path := filepath.Join(dir, "baseline.db")
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 60<<10), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("got %v, want ENOSPC", err)
	}
	if err := os.Truncate(ballast, 0); err != nil {
		t.Fatal(err)
	}
	openTest(t, path)
}

// Compacting needs room for the new file. Where there is none, the old one stays.
func TestFullDiskWhileCompacting(t *testing.T) {
	dir := mount(t, "size=512k")
	path := filepath.Join(dir, "baseline.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	stored := 0
	for info, err := os.Stat(path); err == nil && info.Size() < 300<<10; info, err = os.Stat(path) {
		stored++
		put(t, s, testRun(stored))
	}
	if err := errors.Join(s.Close(), os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 160<<10), 0o644)); err != nil {
		t.Fatal(err)
	}
	_, _, err = Compact(path, Options{})
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "intact") {
		t.Fatalf("got %v, want ENOSPC and a word on what was stored", err)
	}
	if got := verifyTest(t, path); len(got.Problems) > 0 || got.Runs != stored {
		t.Errorf("%+v, want %d runs", got, stored)
	}
	left, err := filepath.Glob(path + "?*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
