package profile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
)

// metrics reads those that the profile defines.
func (r *reader) metrics(n *node) []bench.Custom {
	var out []bench.Custom
	for _, f := range r.entries(n) {
		out = append(out, r.metric(f))
	}
	slices.SortFunc(out, func(a, b bench.Custom) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func (r *reader) metric(f field) bench.Custom {
	n, c := f.node, bench.Custom{Name: f.name, Scale: bench.Ratio}
	_, err := bench.MetricByName(f.name)
	switch {
	case f.name == "steps" || !word.MatchString(f.name):
		r.bad(n, "want a name of letters, digits, dots, dashes and underscores, and not steps, got %q", f.name)
	case err == nil:
		r.bad(n, "perfcheck has a metric of this name: choose another")
	}
	r.fields(n, map[string]func(*node){
		"take":    func(n *node) { c.Take = bench.Take(r.oneOf(n, takes()...)) },
		"unit":    func(n *node) { c.Unit = r.unit(n) },
		"compare": func(n *node) { c.Scale = bench.Scale(r.oneOf(n, "ratio", "difference")) },
		"better":  func(n *node) { c.Better = bench.Direction(r.oneOf(n, "lower", "higher")) },
	})
	for _, key := range []string{"take", "better"} {
		if n.kind == mapping && n.field(key) == nil {
			r.bad(n, "%s is missing: write all of {take: per_second, better: higher}", key)
		}
	}
	return c
}

func takes() (words []string) {
	for _, t := range bench.Takes {
		words = append(words, string(t))
	}
	return words
}

// unit reads a short name that stands in tables.
func (r *reader) unit(n *node) string {
	const most = 12
	s := r.text(n)
	if len(s) > most || strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		r.bad(n, "want a word of at most %d bytes, got %q", most, s)
	}
	return s
}

func (r *reader) records(n *node) []Record {
	var out []Record
	for _, f := range r.entries(n) {
		switch f.node.value.(type) {
		case int64, float64, string:
		default:
			r.bad(f.node, "want a number or an expression such as ${total}, got %s", f.node)
		}
		out = append(out, Record{f.name, f.node.value})
	}
	slices.SortFunc(out, func(a, b Record) int { return cmp.Compare(a.Metric, b.Metric) })
	return out
}

// Metric finds one that the profile can be gated by.
func (p *Profile) Metric(name string) (bench.Metric, error) { return bench.MetricIn(p.Metrics, name) }
