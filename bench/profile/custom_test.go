package profile

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
)

func TestCustomMetrics(t *testing.T) {
	c, err := parse("x.yml", []byte(small("arrival: {users: 1}", `metrics:
      orders: {take: per_second, better: higher}
      misses: {take: per_request, better: lower, compare: difference}
      amount: {take: p90, unit: EUR, better: lower}
      hits: {take: mean, unit: "1", better: higher}
    gate: {hits: {threshold: 7%, at_least: 0.5}, misses: 0.5, orders: {threshold: 5%, at_least: 2}, amount: {advisory: true, threshold: 8%}}`)))
	if err != nil {
		t.Fatal(err)
	}
	p := c.Profiles[0]
	want := []bench.Custom{
		{Name: "amount", Take: bench.TakeP90, Unit: "EUR", Better: bench.LowerIsBetter, Scale: bench.Ratio},
		{Name: "hits", Take: bench.TakeMean, Unit: "1", Better: bench.HigherIsBetter, Scale: bench.Ratio},
		{Name: "misses", Take: bench.TakePerRequest, Better: bench.LowerIsBetter, Scale: bench.Difference},
		{Name: "orders", Take: bench.TakePerSecond, Better: bench.HigherIsBetter, Scale: bench.Ratio},
	}
	if !reflect.DeepEqual(p.Metrics, want) {
		t.Errorf("got %+v, want %+v", p.Metrics, want)
	}
	for _, g := range []bench.Gate{
		{Key: bench.Key{Metric: "hits"}, Threshold: 0.07, AtLeast: 0.5, Named: true},
		{Key: bench.Key{Metric: "orders"}, Threshold: 0.05, AtLeast: 2, Named: true},
		{Key: bench.Key{Metric: "misses"}, Threshold: 0.5, Named: true},
		{Key: bench.Key{Metric: "amount"}, Threshold: 0.08, Advisory: true, Named: true},
	} {
		if !slices.Contains(p.Gates, g) {
			t.Errorf("gates %+v, want %+v", p.Gates, g)
		}
	}
}

func TestCustomMetricProblems(t *testing.T) {
	tests := []struct{ metrics, gate, want string }{
		{"{p50: {take: mean, better: lower}}", "{}", "metrics.p50: perfcheck has a metric of this name: choose another"},
		{"{steps: {take: mean, better: lower}}", "{}", `metrics.steps: want a name of letters, digits, dots, dashes and underscores, and not steps, got "steps"`},
		{"{a: {better: lower}}", "{}", "metrics.a: take is missing: write all of {take: per_second, better: higher}"},
		{"{a: {take: mean}}", "{}", "metrics.a: better is missing: write all of {take: per_second, better: higher}"},
		{"{a: {take: sum, better: lower}}", "{}", `metrics.a.take: want per_second, per_request, last, max, mean, p50, p90 or p99, got "sum"`},
		{"{a: {take: mean, better: more}}", "{}", `metrics.a.better: want lower or higher, got "more"`},
		{`{a: {take: mean, better: lower, unit: "a b"}}`, "{}", `metrics.a.unit: want a word of at most 12 bytes, got "a b"`},
		{"{orders: {take: mean, better: lower}}", "{order: 5%}", "gate.order: no metric \"order\": there are " + strings.Join(bench.MetricNames(), ", ") + ", orders; did you mean orders?"},
		{"{a: {take: mean, better: lower, compare: difference}}", "{a: 3%}", `gate.a: want a number, as in 0.5, got "3%"`},
		{"{a: {take: mean, better: lower, compare: difference}}", "{a: {threshold: 3, at_least: 1}}", `gate.a.at_least: has no effect here: the threshold of a is an amount already`},
		{"{a: {take: mean, better: lower}}", "{a: 3}", `gate.a: want more than 0 and at most 100 percent, as in 3%, got 3: a limit in units stands beside one in percent, and the larger holds: write {threshold: 3%, at_least: 3}`},
		{"{orders: {take: mean, better: lower}}", "{orders: {advisory: true}}", "gate.orders: threshold is missing: how much worse may orders get?"},
		{"{orders: {take: mean, better: lower}}", "{steps: {GET /: {orders: 5%}}}", "gate.steps.GET /.orders: orders is not known for single steps: gate it for the whole profile"},
	}
	for _, test := range tests {
		gate := ""
		if test.gate != "{}" {
			gate = "\n    gate: " + test.gate
		}
		_, err := parse("x.yml", []byte(small("arrival: {users: 1}", "metrics: "+test.metrics+gate)))
		if err == nil || !strings.Contains(err.Error(), " profiles.p."+test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %s:\n got %v\nwant %s", test.metrics, test.gate, err, test.want)
		}
	}
	for record, want := range map[string]string{"{}": "want a map of names, got an empty map", "{a: true}": "want a number or an expression such as ${total}, got true"} {
		_, err := parse("x.yml", []byte(small("arrival: {users: 1}", "login: [{GET: /, record: "+record+"}]")))
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("record: %s:\n got %v\nwant %s", record, err, want)
		}
	}
}
