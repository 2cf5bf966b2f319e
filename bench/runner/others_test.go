package runner

import (
	"strings"
	"testing"
	"time"
)

func TestOthers(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name                  string
		busy, all, self, ours time.Duration
		want                  string
	}{
		{"nothing known", 0, 0, 0, 0, ""},
		{"nobody else", 9 * s, 20 * s, 2 * s, 6 * s, ""},
		{"somebody", 10 * s, 20 * s, 2 * s, 6 * s, "used 10 % of"},
		{"everybody", 20 * s, 20 * s, 1 * s, 3 * s, "used 80 % of"},
		{"ticks of one and nanoseconds of the other", 1 * s, 20 * s, 1 * s, 3 * s, ""},
	}
	for _, test := range tests {
		var o others
		before := machine{5 * s, 50 * s, s}
		for range 2 { // as for two blocks
			o.charge(before, machine{before.busy + test.busy, before.all + test.all, before.self + test.self}, test.ours)
		}
		if got := o.note(); got == "" != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
