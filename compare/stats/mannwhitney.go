package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// exactValues is the largest number of values, of both samples together, for
// which the law of U is counted out.
const exactValues = 50

// MannWhitney tests two independent samples without NaN. U counts the pairs in
// which x is larger, ties as half; less and greater are the one-sided p-values
// that speak for x being so. They are exact and conditional on the ties up to 50
// values in all (Streitberg and Röhmel 1986), else by the normal law with
// corrections for ties and continuity, and 1 where a sample is empty.
func MannWhitney(x, y []float64) (u, less, greater float64) {
	if len(x) == 0 || len(y) == 0 {
		return 0, 1, 1
	}
	ranks := doubledRanks(slices.Concat(x, y))
	sum := 0
	for _, r := range ranks[:len(x)] {
		sum += r
	}
	tails := normalTails
	if len(ranks) <= exactValues {
		tails = exactTails
	}
	less, greater = tails(ranks, len(x), sum)
	return float64(sum)/2 - float64(len(x)*(len(x)+1))/2, less, greater
}

// doubledRanks returns twice the midranks of v, which are whole numbers.
func doubledRanks(v []float64) []int {
	sorted := slices.Sorted(slices.Values(v))
	ranks := make([]int, len(v))
	for i, value := range v {
		first, _ := slices.BinarySearch(sorted, value)
		last := first
		for last < len(sorted) && sorted[last] == value {
			last++
		}
		ranks[i] = first + 1 + last
	}
	return ranks
}

// exactTails returns the chances that n of the ranks, drawn without
// replacement, add up to at most and to at least sum.
func exactTails(ranks []int, n, sum int) (less, greater float64) {
	counts := subsetSums(ranks, n)
	total := 0.0
	for s, c := range counts {
		total += c
		if s <= sum {
			less += c
		}
		if s >= sum {
			greater += c
		}
	}
	return less / total, greater / total
}

// subsetSums returns for each number how many subsets of n ranks add up to it.
// The counts are exact while the number of all subsets is below 2^53.
func subsetSums(ranks []int, n int) []float64 {
	highest := 0
	for _, r := range ranks {
		highest += r
	}
	counts := make([][]float64, n+1)
	for k := range counts {
		counts[k] = make([]float64, highest+1)
	}
	counts[0][0] = 1
	for i, r := range ranks {
		for k := min(i+1, n); k > 0; k-- {
			for s := r; s <= highest; s++ {
				counts[k][s] += counts[k-1][s-r]
			}
		}
	}
	return counts[n]
}

// normalTails is the approximation of exactTails for large samples.
func normalTails(ranks []int, n, sum int) (less, greater float64) {
	total := len(ranks)
	mean := float64(n*(total+1)) / 2
	variance := 0.0
	for _, r := range ranks {
		d := float64(r)/2 - float64(total+1)/2
		variance += d * d
	}
	variance *= float64(n*(total-n)) / float64(total*(total-1))
	if variance == 0 {
		return 1, 1
	}
	z := func(sum float64) float64 { return (sum - mean) / math.Sqrt(variance) }
	return distuv.UnitNormal.CDF(z(float64(sum)/2 + 0.5)), distuv.UnitNormal.Survival(z(float64(sum)/2 - 0.5))
}
