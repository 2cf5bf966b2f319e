package compare

import (
	"testing"

	"github.com/perfcheck/perfcheck/bench"
)

// Thinning one side changes no verdict: a quantile for which it had too few
// requests is still one of that kind, and not one that only the other side has.
func TestThinnedSide(t *testing.T) {
	p := Pair{Gates: append([]bench.Gate{gate("", "p99", 0.15), gate("pay", "p90", 0.05)}, gates...)}
	for name, thin := range map[string]func(){
		"none": func() {},
		"base": func() { p.Base = bench.Thin(p.Base) },
		"head": func() { p.Head = bench.Thin(p.Head) },
	} {
		p.Base, p.Head = makeRun(bench.Base, 8, nil), makeRun(bench.Head, 8, nil)
		thin()
		c, err := Judge([]Pair{p}, Options{Final: true})
		if err != nil {
			t.Fatal(err)
		}
		if c.Verdict != Pass {
			t.Errorf("%s thinned: %s: %q", name, c.Verdict, c.Reasons)
		}
	}
	enough := makeRun(bench.Head, 8, func(_ int, p *plan) { p.requests = 600 })
	p.Base, p.Head = bench.Thin(makeRun(bench.Base, 8, nil)), enough
	c, err := Judge([]Pair{p}, Options{Final: true})
	if err != nil {
		t.Fatal(err)
	}
	if c.Verdict == Invalid {
		t.Errorf("too few requests on the thinned side only: %q", c.Reasons)
	}
}
