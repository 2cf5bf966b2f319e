package scenario

import (
	"math"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// A pause is a think time. It costs its user one draw, whatever its law.
type pause profile.Think

func (p *pause) do(u *User) (Action, error) { return Action{Think: p.draw(u)}, nil }

func (p *pause) draw(u *User) time.Duration {
	if p.Min == p.Max {
		return p.Min
	}
	if p.Mean == 0 {
		return p.Min + time.Duration(u.rng().Int64N(int64(p.Max-p.Min)+1))
	}
	drawn := p.quantile(u.rng().Float64())
	return min(max(time.Duration(drawn), p.Min), p.Max) // rounding may pass a bound
}

// quantile returns the pause, in nanoseconds, that a share x of all pauses is
// shorter than: the law is taken between its bounds only.
func (p *pause) quantile(x float64) float64 {
	if p.Spread == 0 {
		cut := func(d time.Duration) float64 { return -math.Expm1(-float64(d) / float64(p.Mean)) }
		low, high := cut(p.Min), cut(p.Max)
		return -float64(p.Mean) * math.Log1p(-(low + x*(high-low)))
	}
	scale := float64(p.Spread) * math.Sqrt2
	cut := func(d time.Duration) float64 { return math.Erf(float64(d-p.Mean) / scale) }
	low, high := cut(p.Min), cut(p.Max)
	return float64(p.Mean) + scale*math.Erfinv(low+x*(high-low))
}
