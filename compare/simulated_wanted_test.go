package compare

import (
	"math"
	"slices"
	"testing"
)

// A bound is on what was recorded, for all cells that it is about.
type bound struct {
	what    string
	about   func(world) bool
	verdict Verdict
	least   float64 // share of comparisons with the verdict
	most    float64
	blocks  float64 // the most, in the mean
}

// wanted is what makes the verdict one to trust.
var wanted = []bound{
	{"nothing changed and called", func(w world) bool { return w.Change == 0 }, Regression, 0, 0.01, MaxBlocks},
	{"nothing changed, little noise", func(w world) bool { return w.Change == 0 && w.Noise <= 2 }, Pass, 0.97, 1, MaxBlocks},
	{"5 % at noise ×1", func(w world) bool { return w.Change == 0.05 && w.Noise == 1 }, Regression, 0.99, 1, 9},
	{"5 % at noise ×2", func(w world) bool { return w.Change == 0.05 && w.Noise == 2 }, Regression, 0.99, 1, 12},
	{"5 % at noise ×4", func(w world) bool { return w.Change == 0.05 && w.Noise == 4 }, Regression, 0.95, 1, MaxBlocks},
	{"10 % up to noise ×4", func(w world) bool { return w.Change == 0.10 && w.Noise <= 4 }, Regression, 0.99, 1, MaxBlocks},
	{"10 % at noise ×8", func(w world) bool { return w.Change == 0.10 && w.Noise == 8 }, Regression, 0.92, 1, MaxBlocks},
	{"5 % or more and passed", func(w world) bool { return w.Change >= 0.05 }, Pass, 0, 0.005, MaxBlocks},
}

// seldom is a chance so small that a bound is taken to be exceeded and not
// only by luck: the share of a sample spreads around the true one, and there
// are more than a hundred cells.
const seldom = 1e-4

// TestSimulatedAsWanted asserts of each cell that its bounds hold but for
// luck, and of all cells together that they hold.
func TestSimulatedAsWanted(t *testing.T) {
	r := readSimulated(t)
	for _, b := range wanted {
		all := cell{}
		for _, c := range r.Cells {
			if !b.about(c.world) {
				continue
			}
			n, k := c.Comparisons, *c.count(b.verdict)
			share := c.share(b.verdict)
			if share > b.most && binomialTail(n, k, b.most) < seldom || share < b.least && binomialTail(n, n-k, 1-b.least) < seldom {
				t.Errorf("%s: %s in %.2f %% of %+v", b.what, b.verdict, 100*share, c)
			}
			if c.Blocks > b.blocks {
				t.Errorf("%s: %.1f blocks of %+v, want at most %g", b.what, c.Blocks, c, b.blocks)
			}
			all.Comparisons += n
			*all.count(b.verdict) += k
		}
		if share := all.share(b.verdict); math.IsNaN(share) || share > b.most || share < b.least {
			t.Errorf("%s: %s in %.2f %% of all %d comparisons", b.what, b.verdict, 100*share, all.Comparisons)
		}
	}
}

// TestSimulatedIsWhole: the record is of the rule as it is now, and has every
// cell that is simulated, with enough comparisons.
func TestSimulatedIsWhole(t *testing.T) {
	r := readSimulated(t)
	if !slices.Equal(r.Levels, levels()) || r.NullShare != nullShare {
		t.Errorf("recorded with levels %v and a null share of %g, which are %v and %g: make simulate", r.Levels, r.NullShare, levels(), nullShare)
	}
	recorded := make(map[world]int)
	for _, c := range r.Cells {
		recorded[c.world] = c.Comparisons
	}
	for _, w := range worlds() {
		if recorded[w] < 2000 {
			t.Errorf("%+v: %d comparisons are recorded, want 2000 at least: make simulate", w, recorded[w])
		}
	}
	if want := len(rules) * len(ruleWorlds) * len(ruleChanges); len(r.Rules) != want {
		t.Errorf("%d cells of rules are recorded, want %d: make simulate", len(r.Rules), want)
	}
}
