package baseline

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// mounting says whether this process may mount: root may. For others it runs the
// test in a process that is root in name spaces of its own.
func mounting(t *testing.T) bool {
	t.Helper()
	if os.Getuid() == 0 {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.ENOSPC):
		lacking(t, err)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	case bytes.Contains(out, []byte("--- SKIP")):
		t.Skipf("%s", out)
	}
	return false
}

// lacking ends a test for want of a right, which in CI is a failure.
func lacking(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("nobody may mount here: %v", err)
	}
	t.Skipf("nobody may mount here: %v", err)
}

// mount gives a folder with a file system of its own, of the given size.
func mount(t *testing.T, options string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		lacking(t, err)
	}
	if err != nil {
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
	if !mounting(t) {
		return
	}
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
	if !mounting(t) {
		return
	}
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

// A full disk is no reason not to open a store: pruning makes room.
func TestFullDiskCanBePruned(t *testing.T) {
	if !mounting(t) {
		return
	}
	dir := mount(t, "size=512k")
	path := filepath.Join(dir, "baseline.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 20 {
		put(t, s, testRun(n+1))
	}
	if err := s.Remove(testRun(1).ID, testRun(2).ID); err != nil { // what comes next is written over them
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ballast, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(ballast, endless{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("got %v, want ENOSPC", err)
	}
	if err := ballast.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(path, Options{}); err != nil {
		t.Fatal(err)
	}
	err = s.Remove(testRun(3).ID)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if got := verifyTest(t, path); len(got.Problems) > 0 || got.Runs != 17 {
		t.Errorf("%+v, want 17 runs", got)
	}
}

// endless reads as zeros for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// A disk that is full before the first use must not leave half a store behind.
func TestFullDiskAtCreation(t *testing.T) {
	if !mounting(t) {
		return
	}
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
	if !mounting(t) {
		return
	}
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
