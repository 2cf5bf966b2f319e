package stats

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.9, 0.01), "holm") in R 4.2.
func TestHolmAgainstR(t *testing.T) {
	p := []float64{0.01, 0.04, 0.03, 0.005, 0.9, 0.01}
	got := Holm(p)
	for i, want := range []float64{0.05, 0.09, 0.09, 0.03, 0.9, 0.05} {
		near(t, "adjusted p", got[i], want)
	}
	if !slices.Equal(p, []float64{0.01, 0.04, 0.03, 0.005, 0.9, 0.01}) {
		t.Errorf("the p-values given were changed: %v", p)
	}
	if one := Holm([]float64{0.3}); one[0] != 0.3 {
		t.Errorf("one alone: %v", one)
	}
}

// TestHolmErrsNoMoreThanItsLevel: p-values that are one and the same, and ones
// that know nothing of each other.
func TestHolmErrsNoMoreThanItsLevel(t *testing.T) {
	const runs, level = 20_000, 0.05
	r := rand.New(rand.NewPCG(5, 1))
	for _, dependent := range []bool{false, true} {
		errors := 0
		for range runs {
			p := make([]float64, 10)
			for i := range p {
				if p[i] = r.Float64(); dependent {
					p[i] = p[0]
				}
			}
			if slices.Min(Holm(p)) <= level {
				errors++
			}
		}
		if share := float64(errors) / runs; share > level+0.005 {
			t.Errorf("dependent %v: %.3f of all err", dependent, share)
		}
	}
}
