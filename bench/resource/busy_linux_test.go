package resource

import (
	"os"
	"strings"
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
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		t.Fatal(err)
	}
	cpus := time.Duration(strings.Count(string(stat), "\ncpu"))
	before := time.Now()
	busy, all, err := Busy()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	burn(200 * time.Millisecond)
	least := time.Since(began)
	moreBusy, moreAll, err := Busy()
	if err != nil {
		t.Fatal(err)
	}
	most := time.Since(before)
	if got := moreBusy - busy; got < 100*time.Millisecond { // ticks are coarse
		t.Errorf("busy for %v more in a loop of 200ms", got)
	}
	if got := moreAll - all; got < cpus*least/2 || got > cpus*most*2 {
		t.Errorf("all CPUs went on by %v in %v to %v on %d of them", got, least, most, cpus)
	}
}
