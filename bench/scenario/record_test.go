package scenario_test

import (
	"reflect"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// recording is a profile whose one step records orders and an amount.
func recording(amount any) *profile.Profile {
	r := get("/", profile.Capture{Name: "total", Regex: `total=(\S+)`, Pick: "first", Default: "0"})
	r.Record = []profile.Record{{Metric: "amount", Value: amount}, {Metric: "orders", Value: int64(1)}}
	p := oneScenario(r)
	p.Metrics = []bench.Custom{{Name: "amount", Take: bench.TakeP50}, {Name: "orders", Take: bench.TakePerSecond}}
	return p
}

func TestRecord(t *testing.T) {
	tests := []struct {
		amount any
		body   string
		want   []scenario.Recorded
		err    string
	}{
		{"${total}", "total=2.5", []scenario.Recorded{{Metric: 0, Value: 2.5}, {Metric: 1, Value: 1}}, ""},
		{"${int(total) * 2}", "total=4", []scenario.Recorded{{Metric: 0, Value: 8}, {Metric: 1, Value: 1}}, ""},
		{3.5, "", []scenario.Recorded{{Metric: 0, Value: 3.5}, {Metric: 1, Value: 1}}, ""},
		{"7", "", []scenario.Recorded{{Metric: 0, Value: 7}, {Metric: 1, Value: 1}}, ""},
		{"${total}", "total=many", nil, `record amount: want a number, got "many"`},
		{"${total}", "total=NaN", nil, `record amount: want a number from -1e15 to 1e15, got NaN`},
		{"${total}", "total=-1", nil, `record amount: want a number from 0 to 600000000 for a quantile, got -1`},
		{"${1 == 1}", "", nil, `record amount: want a number, got true`},
	}
	for _, test := range tests {
		u := compile(t, recording(test.amount)).User(0)
		for range 2 { // nothing is left of the first one
			u.Begin(0)
			u.Next()
			got := ""
			if err := u.Accept(ok(test.body)); err != nil {
				got = err.Error()
			}
			if got != test.err || len(u.Recorded())+len(test.want) > 0 && !reflect.DeepEqual(u.Recorded(), test.want) {
				t.Errorf("%v of %q: recorded %v, error %q", test.amount, test.body, u.Recorded(), got)
			}
		}
		u.Begin(1)
		u.Next()
		if err := u.Accept(&scenario.Response{Status: 500}); err == nil || len(u.Recorded()) > 0 {
			t.Errorf("a failed request: recorded %v, error %v", u.Recorded(), err)
		}
	}
}

func TestRecordProblems(t *testing.T) {
	p := recording("many")
	p.Scenarios[0].Steps[0].Request.Record[1].Metric = "order"
	p.Login = steps(&profile.Request{Name: "l", Method: "GET", Path: "/", Record: []profile.Record{{Metric: "orders", Value: int64(1)}}})
	want := `profiles.p.login[0].record.orders: setup, login and teardown are not measured: record in a scenario's steps
profiles.p.scenarios[0].steps[0].record.amount: want a number, got "many"
profiles.p.scenarios[0].steps[0].record.order: the profile defines no metric of this name: add it to metrics, as in {order: {take: per_second, better: higher}}`
	if _, err := scenario.Compile(p); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
