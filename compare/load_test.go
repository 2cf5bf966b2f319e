package compare

import (
	"testing"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
)

// What copies of a scaled service got, and why requests were sent again, is told of
// both sides once the comparison is decided.
func TestLoadOfBothSides(t *testing.T) {
	scaled := func(side bench.Side, blocks int) *bench.Run {
		r := makeRun(side, blocks, nil)
		for i := range r.Trials {
			r.Trials[i].Targets = []bench.Target{{Name: "api-1", Requests: 300, Failed: 1, Service: r.Trials[i].Steps[0].Service}, {Name: "api-2", Requests: 100, Service: hist.New()}}
		}
		return r
	}
	pair := Pair{Base: scaled(bench.Base, 8), Head: scaled(bench.Head, 8), Gates: gates}
	for i := range 2 {
		pair.Head.Trials[i].Steps[1].Retries = []bench.Failure{{Kind: "5xx", Count: 3, Example: "503"}}
	}
	c, err := Judge([]Pair{pair}, Options{Final: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Targets) != 4 || c.Targets[0].Side != bench.Base || c.Targets[3].Side != bench.Head {
		t.Fatalf("%+v", c.Targets)
	}
	if one, two := c.Targets[2], c.Targets[3]; one.Requests != 8*300 || one.Failed != 8 || one.P50 < 0.0009 || one.P99 < one.P50 || two.P50 != 0 {
		t.Errorf("%+v, %+v", one, two)
	}
	if len(c.Retries) != 1 || c.Retries[0].Side != bench.Head || c.Retries[0].Step != "pay" || c.Retries[0].Count != 6 {
		t.Errorf("%+v", c.Retries)
	}
	roundTrip(t, c)
	pair.Base, pair.Head = scaled(bench.Base, 9), scaled(bench.Head, 9)
	if c, err := Judge([]Pair{pair}, Options{}); err != nil || c.Decided || c.Targets != nil {
		t.Errorf("open: %+v, %v", c.Targets, err)
	}
}
