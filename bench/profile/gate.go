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
	parts := p.Parts()
	set := defaultGates(p)
	if n != nil {
		r.gateMap(n, set, p, parts)
	}
	var out []bench.Gate
	for _, step := range append([]string{""}, parts...) {
		for _, metric := range bench.MetricNamesIn(p.Metrics) {
			if g, ok := set[bench.Key{Step: step, Metric: metric}]; ok {
				out = append(out, g)
			}
		}
	}
	return out
}

type gateSet map[bench.Key]bench.Gate

// defaultGates returns the gates of a profile that names none. Transactions have
// none: their steps are gated, and what they take is the sum of theirs.
func defaultGates(p *Profile) gateSet {
	set := gateSet{}
	for metric, threshold := range bench.DefaultThresholds {
		if metric == "throughput" && p.Arrival.Open() { // it is the plan
			continue
		}
		k := bench.Key{Metric: metric}
		set[k] = bench.Gate{Key: k, Threshold: threshold}
	}
	if k := (bench.Key{Metric: "retry_rate"}); p.retries() {
		set[k] = bench.Gate{Key: k, Threshold: bench.DefaultThreshold(k)}
	}
	for metric, threshold := range bench.DefaultAdvisory {
		k := bench.Key{Metric: metric}
		advisory := metric != "memory_growth" || p.Trial < bench.LongTrial || !p.Arrival.Open()
		set[k] = bench.Gate{Key: k, Threshold: threshold, Advisory: advisory}
	}
	for _, step := range p.Steps() {
		for metric, threshold := range bench.DefaultStepThresholds {
			k := bench.Key{Step: step, Metric: metric}
			set[k] = bench.Gate{Key: k, Threshold: threshold}
		}
	}
	return set
}

func (r *reader) gateMap(n *node, set gateSet, p *Profile, steps []string) {
	for _, f := range r.entries(n) {
		if f.name == "steps" {
			r.stepGates(f.node, set, p, steps)
			continue
		}
		r.gate(f, "", set, p)
	}
}

func (r *reader) stepGates(n *node, set gateSet, p *Profile, steps []string) {
	for _, f := range r.entries(n) {
		if !slices.Contains(steps, f.name) {
			r.noSuch("step", &node{Position: f.key, path: f.node.path}, f.name, steps)
			continue
		}
		for _, metric := range r.entries(f.node) {
			r.gate(metric, f.name, set, p)
		}
	}
}

// noSuch reports a name that none of what there is has.
func (r *reader) noSuch(what string, at *node, name string, names []string) {
	if near := Nearest(name, names); near != "" {
		r.bad(at, "no %s has this name: did you mean %q?", what, near)
		return
	}
	r.bad(at, "no %s has this name: there are %s", what, strings.Join(names, ", "))
}

func (r *reader) noSuchMetric(at *node, name string, custom []bench.Custom, err error) {
	if near := Nearest(name, bench.MetricNamesIn(custom)); near != "" {
		r.bad(at, "%v; did you mean %s?", err, near)
		return
	}
	r.bad(at, "%v", err)
}

// gate changes, adds or removes one gate of the set.
func (r *reader) gate(f field, step string, set gateSet, p *Profile) {
	at := &node{Position: f.key, path: f.node.path}
	m, err := p.Metric(f.name)
	if err != nil {
		r.noSuchMetric(at, f.name, p.Metrics, err)
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
	g := bench.Gate{Key: k, Threshold: bench.DefaultThreshold(k), Named: true}
	if f.node.kind == scalar {
		g.Threshold = r.threshold(f.node, m)
	} else {
		r.fields(f.node, map[string]func(*node){
			"threshold": func(n *node) { g.Threshold = r.threshold(n, m) },
			"at_least":  func(n *node) { g.AtLeast = r.atLeast(n, m) },
			"advisory":  func(n *node) { g.Advisory = r.boolean(n) },
		})
		if g.Threshold == 0 && f.node.field("threshold") == nil {
			r.bad(f.node, "threshold is missing: how much worse may %s get?", m.Name)
		}
	}
	set[k] = g
}

// atLeast reads an amount in the unit of the metric and returns base units.
func (r *reader) atLeast(n *node, m bench.Metric) float64 {
	unit := m.Unit
	if unit == bench.Fraction {
		unit = "" // a share of the profile's own that is compared by ratio: a number
	}
	v, ok := inUnits(n.text, unit)
	switch {
	case m.Scale == bench.Difference:
		r.bad(n, "has no effect here: the threshold of %s is an amount already", m.Name)
	case ok:
		return v
	default:
		r.bad(n, "want %s, got %s", amount(unit), n)
	}
	return 0
}

// amount says how at_least is written for a metric of a unit.
func amount(u bench.Unit) string {
	if text, ok := amounts[u]; ok {
		return text
	}
	return "a number, as in 0.5"
}

var amounts = map[bench.Unit]string{
	bench.Seconds:         "a duration, as in 200us",
	bench.CPUTime:         "a duration, as in 200us",
	bench.PerSecond:       "an amount, as in 100/s",
	bench.Bytes:           "an amount, as in 10MB",
	bench.BytesPerSecond:  "an amount, as in 256KiB/s",
	bench.BytesPerRequest: "an amount, as in 1KiB",
}

var byteUnits = map[string]float64{
	"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
}

// inUnits reads an amount above 0 and returns base units.
func inUnits(s string, unit bench.Unit) (float64, bool) {
	switch unit {
	case bench.Seconds, bench.CPUTime:
		d, err := time.ParseDuration(s)
		return d.Seconds(), err == nil && d > 0
	case bench.PerSecond:
		return number(s, "/s")
	case bench.BytesPerSecond:
		amount, ok := strings.CutSuffix(s, "/s")
		v, known := inBytes(amount)
		return v, ok && known
	case bench.Bytes, bench.BytesPerRequest:
		return inBytes(s)
	case bench.Fraction:
		return 0, false // a share: it is in percentage points
	}
	return number(s, "")
}

func inBytes(s string) (float64, bool) {
	for sign, factor := range byteUnits {
		if f, ok := number(s, sign); ok {
			return f * factor, true
		}
	}
	return 0, false
}
