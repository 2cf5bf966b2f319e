package profile

import (
	"strings"
	"time"
)

// Think is a pause between Min and Max. It is drawn evenly where it has no
// Mean; else by the normal law, or, where it has no Spread, by the exponential
// one. Both are cut at Min and Max and keep their shape in between.
type Think struct {
	Min, Max time.Duration
	Mean     time.Duration `json:",omitzero"` // before the cut
	Spread   time.Duration `json:",omitzero"` // standard deviation, before the cut
}

// widest is where an exponential law is cut that names no max, in units of its
// mean: that takes 0.05 % off the mean.
const widest = 10

func (r *reader) think(n *node) Step {
	t := &Think{}
	r.fields(n, map[string]func(*node){
		"think": func(n *node) { *t = r.thinkTime(n) },
	})
	return Step{Think: t}
}

func (r *reader) thinkTime(n *node) Think {
	if n.kind == mapping {
		return r.thinkLaw(n)
	}
	return r.thinkRange(n)
}

// thinkRange reads 100ms or 100ms..300ms.
func (r *reader) thinkRange(n *node) Think {
	s, _ := n.value.(string)
	first, last, isRange := strings.Cut(s, "..")
	if !isRange {
		last = first
	}
	low, ok := parseDuration(strings.TrimSpace(first))
	high, okToo := parseDuration(strings.TrimSpace(last))
	if !ok || !okToo || high < low {
		r.bad(n, "want a duration or a range of them, up to 24h, as in 100ms..300ms, got %s", n)
		return Think{}
	}
	return Think{Min: low, Max: high}
}

// thinkLaw reads {normal: 200ms, spread: 50ms} or {exponential: 200ms}, both
// with max: 1s where they are to be cut elsewhere.
func (r *reader) thinkLaw(n *node) Think {
	var t Think
	before := len(r.problems)
	mean := func(n *node) { t.Mean = r.duration(n) }
	r.fields(n, map[string]func(*node){
		"normal":      mean,
		"exponential": mean,
		"spread":      func(n *node) { t.Spread = r.duration(n) },
		"max":         func(n *node) { t.Max = r.duration(n) },
	})
	normal := n.field("normal") != nil
	switch {
	case len(r.problems) > before:
		return Think{}
	case normal == (n.field("exponential") != nil):
		r.bad(n, "want one law: {normal: 200ms, spread: 50ms} or {exponential: 200ms}")
	case normal && t.Spread == 0:
		r.bad(n, "spread is missing: the standard deviation, as in {normal: 200ms, spread: 50ms}")
	case !normal && t.Spread > 0:
		r.bad(n.field("spread"), "has no effect with exponential, whose spread is its mean: remove it")
	case n.field("max") != nil && t.Max <= t.Mean:
		r.bad(n.field("max"), "want more than the mean of %v", t.Mean)
	case t.Max == 0 && normal:
		t.Max = 2 * t.Mean // cut alike on both sides, which leaves the mean where it is
	case t.Max == 0:
		t.Max = widest * t.Mean
	}
	return t
}
