package compare

import (
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
)

func TestTold(t *testing.T) {
	all := func(edit func(*plan)) func(int, *plan) { return func(_ int, p *plan) { edit(p) } }
	for name, test := range map[string]struct {
		blocks int
		head   func(int, *plan)
		want   bool
	}{
		"slower":         {8, all(func(p *plan) { p.slower *= 1.2 }), true},
		"faster":         {8, all(func(p *plan) { p.slower *= 0.8 }), true},
		"the same":       {8, nil, false},
		"too few blocks": {5, all(func(p *plan) { p.slower *= 2 }), false},
		"died": {8, func(block int, p *plan) {
			if p.slower *= 1.2; block < 3 {
				p.invalid, p.died = "the service died", true
			}
		}, false},
	} {
		base, head := makeRun(bench.Base, test.blocks, nil), makeRun(bench.Head, test.blocks, test.head)
		c, err := Judge([]Pair{{Base: base, Head: head, Gates: gates}}, Options{Final: true, Now: start})
		if err != nil {
			t.Fatal(err)
		}
		told := c.Told()
		if (len(told) > 0) != test.want {
			t.Errorf("%s: %s: %d deltas tell of %q", name, c.Verdict, len(told), c.Reasons)
		}
		for i, d := range told {
			if !strings.HasPrefix(c.Reasons[i], d.name()+" ") || d.Verdict != c.Verdict {
				t.Errorf("%s: %s tells %q", name, d.name(), c.Reasons[i])
			}
		}
	}
}
