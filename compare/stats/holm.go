package stats

import (
	"cmp"
	"slices"
)

// Holm returns the p-values adjusted by the step-down procedure of Holm (1979):
// whatever depends on whatever, calling all that are at most a level errs at
// all with no more chance than that level.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted := make([]float64, len(p))
	floor := 0.0
	for rank, i := range order {
		floor = max(floor, min(1, float64(len(p)-rank)*p[i]))
		adjusted[i] = floor
	}
	return adjusted
}
