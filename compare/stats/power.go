package stats

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"
)

// power is the chance of being decided that Visible and Clear plan for.
const power = 0.80

// rankLoss is how much wider a signed-rank estimate spreads than a mean of
// normal values: the root of 1 over the asymptotic relative efficiency 3/π.
var rankLoss = math.Sqrt(math.Pi / 3)

// Visible returns the smallest change of D that one paired test over n ≥ 2
// blocks calls larger than limit in 80 % of all cases, when D is normal with
// the given spread and level is the one-sided level. It is +Inf where even
// 2^-n, the smallest p-value, is above the level. The formula is that of the
// t-test, widened for ranks and for the coarseness of their law with few
// blocks; the factor was fitted to simulated tests over 8 to 34 blocks at
// levels from 0.001 to 0.004, and is within 6 % of them.
func Visible(spread float64, n int, level, limit float64) float64 {
	if math.Ldexp(1, -n) > level {
		return math.Inf(1)
	}
	blocks := float64(n)
	se := rankLoss * spread / math.Sqrt(blocks)
	seen := studentQuantile(n-1, power) * se
	significant := (studentQuantile(n-1, 1-level)*se + seen) * (1 + 10/(blocks*blocks))
	return max(significant, limit+seen)
}

// Clear returns the largest change of D for which the two-sided interval of
// the given confidence over n ≥ 2 blocks ends below limit in 80 % of all
// cases, by the same approximation as [Visible].
func Clear(spread float64, n int, confidence, limit float64) float64 {
	se := rankLoss * spread / math.Sqrt(float64(n))
	return limit - (studentQuantile(n-1, (1+confidence)/2)+studentQuantile(n-1, power))*se
}

// A quantile is the point of a law below which it falls with chance p.
type quantile struct {
	freedom int // degrees of freedom
	p       float64
}

// quantiles remembers those of Student's law: each takes longer than the test
// of a metric, and a comparison asks for few different ones.
var quantiles sync.Map // quantile to float64

func studentQuantile(freedom int, p float64) float64 {
	key := quantile{freedom, p}
	if known, ok := quantiles.Load(key); ok {
		return known.(float64)
	}
	v := distuv.StudentsT{Sigma: 1, Nu: float64(freedom)}.Quantile(p)
	quantiles.Store(key, v)
	return v
}
