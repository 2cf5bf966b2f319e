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
		unlike     string
	}{
		{"both alone", alone, alone, ""},
		{"both side by side", paired, func(r *bench.Run) { r.Pairing = "p2" }, ""},
		{"alone and side by side", alone, paired, "way of measuring: alone and side by side"},
		{"slices and trials", alone, func(r *bench.Run) { r.Interleave = "trials" }, "what alternates: slices and trials"},
		{"another profile", alone, func(r *bench.Run) { r.Profile = "browse" }, "profile: checkout and browse"},
		{"another state of the profile", alone, func(r *bench.Run) { r.Digest = "d2" }, "digest of profile checkout: d1 and d2"},
		{"another machine", alone, func(r *bench.Run) { r.Host.Kernel = "7" }, "kernel:  and 7"},
		{"another service", alone, func(r *bench.Run) { r.Service = "process" }, "way of running the service: compose and process"},
		{"service unknown", func(r *bench.Run) { r.Service = "" }, func(r *bench.Run) { r.Service = "" }, "how it was measured is not known"},
		{"alternation unknown", func(r *bench.Run) { r.Interleave = "" }, func(r *bench.Run) { r.Interleave = "" }, "how it was measured is not known"},
	}
	for _, test := range tests {
		summary := func(n int, edit func(*bench.Run)) *Summary {
			r := testRun(n)
			r.Service, r.Interleave = "compose", "slices"
			edit(r)
			return summarize(r)
		}
		one, other := summary(1, test.one), summary(2, test.other)
		if got := one.Unlike(other); got != test.unlike {
			t.Errorf("%s: got %q, want %q", test.name, got, test.unlike)
		}
		if alike := test.unlike == ""; one.Alike(other) != alike || other.Alike(one) != alike {
			t.Errorf("%s: alike %v and %v", test.name, one.Alike(other), other.Alike(one))
		}
	}
}
