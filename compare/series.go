package compare

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/perfcheck/perfcheck/bench"
)

// A role says what a metric is there for.
type role int

const (
	shown    role = iota // no gate names it
	advisory             // its gate is advisory
	gated                // it takes part in the verdict
)

// A series is one metric of one profile: what both sides measured of it, block
// by block, NaN where a block has no number.
type series struct {
	profile string
	where   string // before what is said of it; empty where there is one profile
	metric  bench.Metric
	gate    bench.Gate
	role    role
	upTo    float64 // accepted for the worse, in place of the gate's threshold; 0 where nothing is

	blocks     []int
	base, head []float64
	why        [2]error  // why the first block without a number has none: base's, head's
	sessions   []float64 // where base and head were measured apart: what earlier sessions measured, base units
}

// stepMetrics are shown for every step, gated or not.
var stepMetrics = []string{"p50", "p99", "error_rate"}

// collect reads from the runs of all pairs the series that are judged or shown.
func collect(pairs []Pair, blocks judgeable) (all []series) {
	for _, p := range pairs {
		for _, s := range p.series(blocks) {
			s.where = where(pairs, p)
			all = append(all, s)
		}
	}
	return all
}

// series reads from a pair's runs all metrics that its gates name and all
// others that reports show, in the order of reports: the whole trial's first,
// then step by step. What only default gates name, if any, is left out where it
// is not judged and nobody measured it, or nothing but zeros.
func (p Pair) series(blocks judgeable) (all []series) {
	gates := make(map[bench.Key]bench.Gate, len(p.Gates))
	for _, g := range p.Gates {
		gates[g.Key] = g
	}
	for _, key := range keys(p) {
		m, _ := p.metric(key.Metric) // of a gate check has made sure
		s := series{profile: p.Base.Profile, metric: m, gate: bench.Gate{Key: key}, blocks: blocks(p.Base)}
		if g, ok := gates[key]; ok {
			s.gate, s.role = g, gated
			if g.Advisory {
				s.role = advisory
			}
		}
		s.base, s.why[0] = p.Base.Series(key, blocks(p.Base))
		s.head, s.why[1] = p.Head.Series(key, blocks(p.Head))
		s.sessions = s.sessionValues(p.History)
		if !s.silent() {
			all = append(all, s)
		}
	}
	return all
}

// keys returns what is to be compared, each once: all metrics of the whole
// trial, then for each step those that are shown and those that a gate names.
func keys(p Pair) []bench.Key {
	var out []bench.Key
	seen := make(map[bench.Key]bool)
	add := func(k bench.Key) {
		if !seen[k] {
			seen[k] = true
			out = append(out, k)
		}
	}
	for _, r := range []*bench.Run{p.Base, p.Head} {
		for _, name := range bench.MetricNamesIn(r.Custom) {
			add(bench.Key{Metric: name})
		}
	}
	for _, step := range slices.Concat(p.Base.StepNames(), p.Head.StepNames()) { // add leaves out what both have
		for _, name := range stepMetrics {
			add(bench.Key{Step: step, Metric: name})
		}
		for _, g := range p.Gates {
			if g.Step == step {
				add(g.Key)
			}
		}
	}
	for _, g := range p.Gates {
		add(g.Key)
	}
	return out
}

// metric finds a metric of base's or head's.
func (p Pair) metric(name string) (bench.Metric, error) {
	m, err := p.Head.Metric(name)
	if err != nil {
		m, err = p.Base.Metric(name)
	}
	return m, err
}

// changes returns D for each block, NaN where a side has no number.
func (s *series) changes() []float64 {
	d := make([]float64, len(s.base))
	for i := range d {
		d[i] = worsening(s.metric, s.base[i], s.head[i])
	}
	return d
}

// unmeasured says whether neither side has a number in any block.
func (s *series) unmeasured() bool { return none(s.base) && none(s.head) }

// silent says whether the series has nothing to tell, and nobody asked for it.
func (s *series) silent() bool {
	return !s.asked() && (s.unmeasured() || !s.metric.Failures && zero(s.base) && zero(s.head))
}

// asked says whether the metric is gated, or the profile names it.
func (s *series) asked() bool {
	return s.role == gated || s.role == advisory && s.gate.Named
}

// owed says whether nobody measured what the profile asks to be gated: passing by
// it would be green for nothing. A gate that is there by default is not owed, nor
// a metric for which there were too few requests.
func (s *series) owed() bool {
	few := errors.Is(s.why[0], bench.ErrTooFew) || errors.Is(s.why[1], bench.ErrTooFew)
	return s.role == gated && s.gate.Named && s.unmeasured() && !few
}

// judged says whether the series gets a verdict.
func (s *series) judged() bool {
	return s.role != shown && (!s.unmeasured() || s.owed())
}

// oneSided returns the only side on which the metric exists, and "" where it
// exists on both or on none. A metric for which there were too few requests exists.
func (s *series) oneSided() bench.Side {
	base := !none(s.base) || errors.Is(s.why[0], bench.ErrTooFew)
	head := !none(s.head) || errors.Is(s.why[1], bench.ErrTooFew)
	switch {
	case base && !head:
		return bench.Base
	case head && !base:
		return bench.Head
	default:
		return ""
	}
}

// leftOut says why a block has no number, and is empty where all have one.
func (s *series) leftOut() string {
	for i, side := range []bench.Side{bench.Base, bench.Head} {
		if s.why[i] != nil {
			return fmt.Sprintf("%s: %v", side, s.why[i])
		}
	}
	if s.metric.Scale == bench.Ratio && slices.ContainsFunc(slices.Concat(s.base, s.head), func(v float64) bool { return v <= 0 }) {
		return "a value that is not above zero has no ratio"
	}
	return ""
}

func zero(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return v != 0 && !math.IsNaN(v) })
}

func none(values []float64) bool { return len(present(values)) == 0 }
