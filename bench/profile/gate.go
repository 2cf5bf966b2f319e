package profile

import (
	"slices"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// gates returns the limits that apply to p: the defaults, and over them what n
// says, which is nil where the file says nothing.
func (r *reader) gates(n *node, p *Profile) []bench.Gate {
	steps := p.Steps()
	set := defaultGates(p, steps)
	if n != nil {
		r.gateMap(n, set, steps)
	}
	var out []bench.Gate
	for _, step := range append([]string{""}, steps...) {
		for _, metric := range bench.MetricNames() {
			if g, ok := set[bench.Key{Step: step, Metric: metric}]; ok {
				out = append(out, g)
			}
		}
	}
	return out
}

type gateSet map[bench.Key]bench.Gate

func defaultGates(p *Profile, steps []string) gateSet {
	set := gateSet{}
	for metric, threshold := range bench.DefaultThresholds {
		// In an open model throughput is the plan.
		if metric == "throughput" && p.Arrival.Users == 0 {
			continue
		}
		k := bench.Key{Metric: metric}
		set[k] = bench.Gate{Key: k, Threshold: threshold}
	}
	for _, step := range steps {
		for metric, threshold := range bench.DefaultStepThresholds {
			k := bench.Key{Step: step, Metric: metric}
			set[k] = bench.Gate{Key: k, Threshold: threshold}
		}
	}
	return set
}

// defaultThreshold is what a gate has that the file names without a threshold.
func defaultThreshold(k bench.Key) float64 {
	if t, ok := bench.DefaultStepThresholds[k.Metric]; ok && k.Step != "" {
		return t
	}
	return bench.DefaultThresholds[k.Metric]
}

func (r *reader) gateMap(n *node, set gateSet, steps []string) {
	for _, f := range r.entries(n) {
		if f.name == "steps" {
			r.stepGates(f.node, set, steps)
			continue
		}
		r.gate(f, "", set)
	}
}

func (r *reader) stepGates(n *node, set gateSet, steps []string) {
	for _, f := range r.entries(n) {
		if !slices.Contains(steps, f.name) {
			r.noSuchStep(f, steps)
			continue
		}
		for _, metric := range r.entries(f.node) {
			r.gate(metric, f.name, set)
		}
	}
}

func (r *reader) noSuchStep(f field, steps []string) {
	at := &node{Position: f.key, path: f.node.path}
	if near := nearest(f.name, steps); near != "" {
		r.bad(at, "no step has this name: did you mean %q?", near)
		return
	}
	r.bad(at, "no step has this name: there are %s", strings.Join(steps, ", "))
}

// gate changes, adds or removes one gate of the set.
func (r *reader) gate(f field, step string, set gateSet) {
	at := &node{Position: f.key, path: f.node.path}
	m, err := bench.MetricByName(f.name)
	if err != nil {
		r.bad(at, "%v", err)
		return
	}
	if step != "" && !m.PerStep {
		r.bad(at, "%s is not known for single steps: gate it for the whole profile", m.Name)
		return
	}
	k := bench.Key{Step: step, Metric: m.Name}
	if off(f.node) {
		delete(set, k)
		return
	}
	g := bench.Gate{Key: k, Threshold: defaultThreshold(k)}
	if f.node.kind == scalar {
		g.Threshold = r.threshold(f.node, m)
	} else {
		r.fields(f.node, map[string]func(*node){
			"threshold": func(n *node) { g.Threshold = r.threshold(n, m) },
			"at_least":  func(n *node) { g.AtLeast = r.atLeast(n, m) },
			"advisory":  func(n *node) { g.Advisory = r.boolean(n) },
		})
	}
	set[k] = g
}

// threshold reads a share in percent for a metric that is compared by ratio,
// percentage points for one that is compared by difference: the two are never
// mixed up silently.
func (r *reader) threshold(n *node, m bench.Metric) float64 {
	s, _ := n.value.(string)
	points, isPoints := number(s, "pp")
	percent, isPercent := number(s, "%")
	difference := m.Scale == bench.Difference
	switch {
	case difference && isPoints && points <= 100:
		return points / 100
	case !difference && isPercent && percent <= 100:
		return percent / 100
	case difference:
		r.bad(n, "want percentage points above 0 and up to 100, as in 0.1pp, got %s", n)
	default:
		r.bad(n, "want a percentage above 0 and up to 100, as in 3%%, got %s", n)
	}
	return 0
}

// atLeast reads an amount in the unit of the metric and returns base units.
func (r *reader) atLeast(n *node, m bench.Metric) float64 {
	switch m.Unit {
	case bench.Seconds, bench.CPUTime:
		s, _ := n.value.(string)
		if d, err := time.ParseDuration(s); err == nil && d > 0 {
			return d.Seconds()
		}
		r.bad(n, "want a duration, as in 200us, got %s", n)
	case bench.PerSecond:
		return r.amount(n, "100/s", map[string]float64{"/s": 1})
	case bench.Bytes:
		return r.amount(n, "10MB", byteUnits)
	default:
		r.bad(n, "has no effect here: the threshold of %s is an amount already", m.Name)
	}
	return 0
}

var byteUnits = map[string]float64{
	"kB": 1e3, "MB": 1e6, "GB": 1e9,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
}

func (r *reader) amount(n *node, example string, units map[string]float64) float64 {
	s, _ := n.value.(string)
	for unit, factor := range units {
		if f, ok := number(s, unit); ok {
			return f * factor
		}
	}
	r.bad(n, "want an amount, as in %s, got %s", example, n)
	return 0
}
