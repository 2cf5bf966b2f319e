package scenario

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
)

// Recorded is a number that a step adds to a metric of the profile's own.
type Recorded struct {
	Metric int // index into Program.Metrics
	Value  float64
}

// Metrics returns the metrics that the profile defines.
func (p *Program) Metrics() []bench.Custom { return slices.Clone(p.metrics) }

// Recorded returns what the answer that was accepted last adds to the profile's
// metrics. It is valid until the next call of Accept.
func (u *User) Recorded() []Recorded {
	if u.draft == nil {
		return nil
	}
	return u.recorded
}

type record struct {
	metric int
	value  operand
}

// record fails where a value cannot be recorded, and then records none.
func (a *answer) record(u *User) error {
	if len(a.records) == 0 {
		return nil
	}
	d := u.drafted()
	for i := range a.records {
		r := &a.records[i]
		metric := &u.program.metrics[r.metric]
		v, err := r.value.number(u)
		if err == nil {
			err = metric.Check(v)
		}
		if err != nil {
			d.recorded = d.recorded[:0]
			return fmt.Errorf("record %s: %v", metric.Name, err)
		}
		d.recorded = append(d.recorded, Recorded{r.metric, v})
	}
	return nil
}

// number returns the operand as a number. What was captured as text may be one.
func (o *operand) number(u *User) (float64, error) {
	v, err := o.of(u)
	if err != nil {
		return 0, err
	}
	if s, ok := v.(string); ok {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return 0, fmt.Errorf("want a number, got %q", s)
		}
		return f, nil
	}
	return float(v)
}

func (c *compiler) records(path string, records []profile.Record, measured bool) []record {
	var out []record
	for _, r := range records {
		at := path + ".record." + r.Metric
		i := slices.IndexFunc(c.program.metrics, func(m bench.Custom) bool { return m.Name == r.Metric })
		switch {
		case i < 0:
			c.bad(at, "the profile defines no metric of this name: add it to metrics, as in {%s: {take: per_second, better: higher}}", r.Metric)
			continue
		case !measured:
			c.bad(at, "setup, login and teardown are not measured: record in a scenario's steps")
		}
		k := record{metric: i, value: operand{value: r.Value}}
		if text, ok := r.Value.(string); ok {
			k.value = c.operand(at, text, asNumber)
		}
		out = append(out, k)
	}
	return out
}
