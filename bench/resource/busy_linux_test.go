package resource

import (
	"runtime"
	"testing"
	"time"
)

func TestBusyOf(t *testing.T) {
	busy, all, err := busyOf("cpu  100 20 3 1000 50 4 5 600 90 9\ncpu0 1 2 3\n")
	if err != nil || busy != 7320*time.Millisecond || all != 17820*time.Millisecond {
		t.Errorf("busy %v of %v, %v; want 7.32s of 17.82s", busy, all, err)
	}
	for _, stat := range []string{"", "cpu  1 2 3\n", "intr 1 2 3 4 5 6 7 8\n"} {
		if _, _, err := busyOf(stat); err == nil {
			t.Errorf("%q: no error", stat)
		}
	}
}

// A loop on one thread is seen, and all of the CPUs are.
func TestBusy(t *testing.T) {
	busy, all, err := Busy()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for time.Since(began) < 200*time.Millisecond {
	}
	took := time.Since(began)
	moreBusy, moreAll, err := Busy()
	if err != nil {
		t.Fatal(err)
	}
	const least = 100 * time.Millisecond // ticks are coarse, and other programs may hold the CPU
	if moreBusy-busy < least {
		t.Errorf("busy for %v more in a loop of %v", moreBusy-busy, took)
	}
	if got, want := moreAll-all, time.Duration(runtime.NumCPU())*took; got < want/2 || got > 2*want {
		t.Errorf("all CPUs went on by %v in %v on %d of them", got, took, runtime.NumCPU())
	}
}
