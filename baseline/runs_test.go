package baseline

import (
	"testing"

	"github.com/perfcheck/perfcheck/bench"
)

func TestAlike(t *testing.T) {
	alone := func(*bench.Run) {}
	paired := func(r *bench.Run) { r.Pairing = "p1" }
	tests := []struct {
		name       string
		one, other func(*bench.Run)
		want       bool
	}{
		{"both alone", alone, alone, true},
		{"both side by side", paired, func(r *bench.Run) { r.Pairing = "p2" }, true},
		{"alone and side by side", alone, paired, false},
		{"slices and trials", alone, func(r *bench.Run) { r.Interleave = "trials" }, false},
		{"another profile", alone, func(r *bench.Run) { r.Profile = "browse" }, false},
		{"another state of the profile", alone, func(r *bench.Run) { r.Digest = "d2" }, false},
		{"another machine", alone, func(r *bench.Run) { r.Host.Kernel = "7" }, false},
		{"another service", alone, func(r *bench.Run) { r.Service = "process" }, false},
		{"service unknown", func(r *bench.Run) { r.Service = "" }, func(r *bench.Run) { r.Service = "" }, false},
		{"alternation unknown", func(r *bench.Run) { r.Interleave = "" }, func(r *bench.Run) { r.Interleave = "" }, false},
	}
	for _, test := range tests {
		summary := func(n int, edit func(*bench.Run)) *Summary {
			r := testRun(n)
			r.Service, r.Interleave = "compose", "slices"
			edit(r)
			return summarize(r)
		}
		one, other := summary(1, test.one), summary(2, test.other)
		if got := one.Alike(other); got != test.want || other.Alike(one) != got {
			t.Errorf("%s: got %v", test.name, got)
		}
	}
}
