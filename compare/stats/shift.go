package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Shift is a Hodges–Lehmann estimate with its two-sided confidence interval.
type Shift struct{ Estimate, Low, High float64 }

// Median returns the median of v, the mean of the middle two where there are
// two, and NaN of nothing.
func Median(v []float64) float64 { return middle(slices.Sorted(slices.Values(v))) }

func middle(sorted []float64) float64 {
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// OneSample estimates the centre of d, which holds no NaN: the median of its
// Walsh averages, and the interval of the centres that Wilcoxon's signed-rank
// test does not reject at the level 1-confidence (Hollander and Wolfe 1999,
// 3.2 and 3.3). With ties the interval is conservative. Where there are too
// few values for the confidence (fewer than 6 for 0.95), it is their range;
// of no values, all is NaN.
func OneSample(d []float64, confidence float64) Shift {
	walsh := make([]float64, 0, len(d)*(len(d)+1)/2)
	for i, a := range d {
		for _, b := range d[i:] {
			walsh = append(walsh, (a+b)/2)
		}
	}
	slices.Sort(walsh)
	return between(walsh, quantileIndex(signedRankLaw(len(d)), (1-confidence)/2))
}

// TwoSample estimates how far head's values lie above base's, neither with
// NaN: the median of all differences, and the interval of the shifts that the
// Mann-Whitney test does not reject at the level 1-confidence. Where there are
// too few values for the confidence, it is the range of the differences; where
// a sample is empty, all is NaN.
func TwoSample(head, base []float64, confidence float64) Shift {
	differences := make([]float64, 0, len(head)*len(base))
	for _, h := range head {
		for _, b := range base {
			differences = append(differences, h-b)
		}
	}
	slices.Sort(differences)
	return between(differences, mannWhitneyIndex(len(head), len(base), (1-confidence)/2))
}

// between reads a Shift off sorted estimates, leaving out k of them at each end.
func between(sorted []float64, k int) Shift {
	if len(sorted) == 0 {
		return Shift{math.NaN(), math.NaN(), math.NaN()}
	}
	return Shift{Estimate: middle(sorted), Low: sorted[k], High: sorted[len(sorted)-1-k]}
}

// signedRankLaw returns the chance of each value of the signed-rank statistic
// of n values without ties.
func signedRankLaw(n int) []float64 {
	law := make([]float64, n*(n+1)/2+1)
	law[0] = 1
	for rank := 1; rank <= n; rank++ {
		for s := rank * (rank + 1) / 2; s >= 0; s-- {
			law[s] /= 2
			if s >= rank {
				law[s] += law[s-rank] / 2
			}
		}
	}
	return law
}

// quantileIndex returns the largest value of a law that it stays at or below
// with no more chance than tail, and 0 where there is none.
func quantileIndex(law []float64, tail float64) int {
	k, sum := 0, law[0]
	for sum <= tail*(1+1e-9) && k+1 < len(law) {
		k++
		sum += law[k]
	}
	return max(0, k-1)
}

func mannWhitneyIndex(m, n int, tail float64) int {
	if m+n > exactValues {
		mean, sd := float64(m*n)/2, math.Sqrt(float64(m*n*(m+n+1))/12)
		return max(0, int(mean+sd*distuv.UnitNormal.Quantile(tail)-0.5))
	}
	ranks := make([]int, m+n)
	for i := range ranks {
		ranks[i] = i + 1
	}
	law := subsetSums(ranks, m)[m*(m+1)/2:]
	total := 0.0
	for _, c := range law {
		total += c
	}
	for i := range law {
		law[i] /= total
	}
	return quantileIndex(law, tail)
}
