package report

import (
	"testing"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// A gate whose metric nothing measured is no metric without a gate, and has no zeros.
func TestNothingToJudge(t *testing.T) {
	unjudged := compare.Delta{Threshold: 0.15, Unit: bench.Seconds}
	if got := lookOfDelta(&unjudged).word; got != "not judged" {
		t.Errorf("a gate without values is %s", got)
	}
	if got := value(&unjudged, unjudged.Base); got != none {
		t.Errorf("the median of no values is %s", got)
	}
	for _, d := range []compare.Delta{{}, {Threshold: 0.15, Blocks: 8, Verdict: compare.Pass}} { // the second is advisory
		if got := lookOfDelta(&d).word; got != "not gated" {
			t.Errorf("%+v is %s", d, got)
		}
	}
}
