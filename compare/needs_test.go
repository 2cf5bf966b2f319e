package compare

import (
	"testing"
	"time"
)

// TestNeeds: what would decide a metric is said of those that a look left open.
func TestNeeds(t *testing.T) {
	open := func(edit func(*Delta)) Delta {
		d := Delta{Gated: true, Verdict: Inconclusive, Blocks: 12}
		edit(&d)
		return d
	}
	tests := []struct {
		name string
		c    Comparison
		d    Delta
		want string
	}{
		{"in time", Comparison{Blocks: 12, Level: 0.002}, open(func(d *Delta) { d.NeedBlocks, d.NeedTime = 17, 137*time.Second }), "about 17 blocks would decide it, 2m17s in all"},
		{"in a time unknown", Comparison{Blocks: 12, Level: 0.002}, open(func(d *Delta) { d.NeedBlocks = 17 }), "about 17 blocks would decide it"},
		{"never", Comparison{Blocks: 12, Level: 0.002}, open(func(*Delta) {}), "not even 34 blocks would decide it: make trials longer or the machine quieter"},
		{"no more looks", Comparison{Blocks: 34, Level: 0.001}, open(func(*Delta) {}), "after 34 blocks no more are looked at: make trials longer or the machine quieter"},
		{"few values", Comparison{Blocks: 12, Level: 0.002}, open(func(d *Delta) { d.Blocks = 5 }), "it has a value in 5 of 12 blocks, and needs 8"},
		{"no look yet", Comparison{Blocks: 5}, open(func(d *Delta) { d.Blocks = 5 }), ""},
		{"apart", Comparison{Blocks: 12, Level: 0.01, Apart: true}, open(func(*Delta) {}), ""},
		{"decided", Comparison{Blocks: 12, Level: 0.002}, open(func(d *Delta) { d.Verdict = Pass }), ""},
		{"not gated", Comparison{Blocks: 12, Level: 0.002}, open(func(d *Delta) { d.Gated = false }), ""},
	}
	for _, test := range tests {
		if got := test.c.Needs(&test.d); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
