package baseline

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// grownStore returns the path of a store from which most runs were removed.
func grownStore(t *testing.T, runs, left int) string {
	t.Helper()
	path := tempStore(t)
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= runs; n++ {
		put(t, s, testRun(n))
	}
	for n := left + 1; n <= runs; n++ {
		if err := s.Remove(testRun(n).ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Pin(testRun(1).ID), s.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCompact(t *testing.T) {
	path := grownStore(t, 150, 3)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	before, after, err := Compact(link, Options{})
	if err != nil || after*2 > before {
		t.Fatalf("%d bytes before, %d after, %v", before, after, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().IsRegular() {
		t.Errorf("the symbolic link was replaced: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != after || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v; want %d bytes and mode 600", info, err, after)
	}
	if got := verifyTest(t, path); len(got.Problems) > 0 || got.Runs != 3 || got.Pins != 1 {
		t.Errorf("%+v", got)
	}
	left, err := filepath.Glob(path + "?*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestCompactWithoutAStore(t *testing.T) {
	path := tempStore(t)
	if _, _, err := Compact(path, Options{}); !errors.Is(err, ErrNoStore) {
		t.Errorf("got %v, want ErrNoStore", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a store was created")
	}
}

// Who waits for a store while it is compacted gets the new file, and what it
// puts is in that.
func TestCompactWhileOthersWait(t *testing.T) {
	path := tempStore(t)
	holder, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, holder, testRun(1))
	errs := make(chan error)
	const others = 4
	for n := range others {
		go func() {
			if n%2 == 0 {
				_, _, err := Compact(path, Options{Wait: time.Minute})
				errs <- err
				return
			}
			s, err := Open(path, Options{Wait: time.Minute})
			if err == nil {
				err = errors.Join(s.Put(testRun(10+n)), s.Close())
			}
			errs <- err
		}()
	}
	time.Sleep(100 * time.Millisecond) // most of them wait by then; the test holds if none does
	if err := holder.Close(); err != nil {
		t.Error(err)
	}
	for range others {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	s := openTest(t, path)
	for _, n := range []int{1, 11, 13} {
		if _, err := s.Get(testRun(n).ID); err != nil {
			t.Error(err)
		}
	}
}

// A kill at any moment of compacting leaves the store as it was, or compacted.
func TestKillWhileCompacting(t *testing.T) {
	path := grownStore(t, 120, 40)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	replaced, times := 0, (kills()+3)/4
	for range times {
		if err := os.WriteFile(path, whole, 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+path, compactEnv+"=yes")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(25)) * time.Millisecond) // the moment may be any
		_ = cmd.Process.Kill()                                      // fails only when it has ended
		_ = cmd.Wait()
		if got := verifyTest(t, path); len(got.Problems) > 0 || got.Runs != 40 || got.Pins != 1 {
			t.Fatalf("%+v", got)
		}
		if info, err := os.Stat(path); err != nil || info.Size() < int64(len(whole)) {
			replaced++
		}
	}
	t.Logf("killed %d times, %d of them after the new file was in place", times, replaced)
	if _, _, err := Compact(path, Options{}); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(path + ".rewrite*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
