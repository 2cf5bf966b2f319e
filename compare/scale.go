package compare

import (
	"math"
	"slices"

	"github.com/perfcheck/perfcheck/bench"
)

// sign is 1 for metrics that get worse by growing, else -1.
func sign(m bench.Metric) float64 {
	if m.Better == bench.HigherIsBetter {
		return -1
	}
	return 1
}

// worsening returns D: by how much head is worse than base, as a logarithm of
// their ratio or as their difference. It is NaN where one of them is, and
// where the scale is Ratio and one of them is not above zero. Differences are
// rounded to 1e-12, below which rates cannot differ: 0.15 - 0.1 is to tie with 0.1 - 0.05.
func worsening(m bench.Metric, base, head float64) float64 {
	if m.Scale == bench.Difference {
		return sign(m) * math.Round((head-base)*1e12) / 1e12
	}
	if !(base > 0 && head > 0) {
		return math.NaN()
	}
	return sign(m) * (math.Log(head) - math.Log(base))
}

// scaled returns values on the scale of D: as worsenings of 1, or of 0 where they
// are compared by their difference. What has no place on it is left out.
func scaled(m bench.Metric, values []float64) []float64 {
	unit := 1.0
	if m.Scale == bench.Difference {
		unit = 0
	}
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = worsening(m, unit, v)
	}
	return present(out)
}

// present returns the values that are there.
func present(values []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(values), math.IsNaN)
}

// change turns a worsening into what is shown: a share of base or a
// difference, positive where head's value is larger.
func change(m bench.Metric, d float64) float64 {
	if m.Scale == bench.Difference {
		return sign(m)*d + 0 // no -0
	}
	return math.Expm1(sign(m)*d) + 0
}

// limits returns the worsenings beyond which a change of the given size
// counts: for the worse (above 0) and for the better (below 0). A fall by 100 %
// or more cannot be; its limit is infinite.
func limits(m bench.Metric, size float64) (worse, better float64) {
	if m.Scale == bench.Difference {
		return size, -size
	}
	rise, fall := math.Log1p(size), math.Inf(-1)
	if size < 1 {
		fall = math.Log1p(-size)
	}
	if m.Better == bench.HigherIsBetter {
		return -fall, -rise
	}
	return rise, fall
}

// limitSize returns the size of change that a gate allows; base is the median
// of base's values.
func limitSize(m bench.Metric, g bench.Gate, base float64) float64 {
	switch {
	case m.Scale == bench.Difference:
		return max(g.Threshold, g.AtLeast)
	case base > 0:
		return max(g.Threshold, g.AtLeast/base)
	default:
		return g.Threshold
	}
}
