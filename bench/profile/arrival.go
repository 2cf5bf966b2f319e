package profile

import (
	"math"
	"time"
)

// maxUsers bounds the users of a closed model: more than a machine has ports.
const maxUsers = 100_000

func (r *reader) arrival(n *node) Arrival {
	var a Arrival
	r.fields(n, map[string]func(*node){
		"rate":  func(n *node) { a.Rate = r.rate(n) },
		"users": func(n *node) { a.Users = int(r.integer(n, 1, maxUsers)) },
	})
	if n.kind == mapping && len(n.fields) != 1 {
		r.bad(n, "want exactly one of rate and users")
	}
	return a
}

// rate reads scenarios a time and returns them per second.
func (r *reader) rate(n *node) float64 {
	s, _ := n.value.(string)
	for unit, seconds := range map[string]float64{"/s": 1, "/m": 60} {
		if f, ok := number(s, unit); ok {
			return f / seconds
		}
	}
	r.bad(n, "want N/s or N/m, got %s", n)
	return 0
}

// warmup reads a fixed length or how long to wait for steadiness.
func (r *reader) warmup(n *node) Warmup {
	if n.kind == scalar {
		d := r.pause(n)
		return Warmup{Min: d, Max: d}
	}
	w := DefaultProfile.Warmup
	r.fields(n, map[string]func(*node){
		"until": func(n *node) { r.oneOf(n, "steady") },
		"min":   func(n *node) { w.Min = r.pause(n) },
		"max":   func(n *node) { w.Max = r.duration(n) },
	})
	if w.Min > w.Max {
		r.bad(n, "min %v is longer than max %v", w.Min, w.Max)
	}
	return w
}

// pause reads a duration that may be 0.
func (r *reader) pause(n *node) time.Duration {
	s, _ := n.value.(string)
	d, err := time.ParseDuration(s)
	if n.value == int64(0) {
		return 0
	}
	if err != nil || d < 0 {
		r.bad(n, "want a duration such as 0s, 500ms or 2s, got %s", n)
		return 0
	}
	return d
}

func (r *reader) slice(n *node) time.Duration {
	if n.value == Auto {
		return 0
	}
	return r.duration(n)
}

func (r *reader) checkSlice(n *node, p *Profile) {
	at := n.field("slice")
	switch {
	case p.Slice == 0:
	case p.Interleave == Trials:
		r.bad(at, "has no effect with interleave: trials: remove one of them")
	case p.Slice > p.Trial:
		r.bad(at, "%v is longer than the trial of %v", p.Slice, p.Trial)
	}
}

func (r *reader) scenarios(n *node) []Scenario {
	var out []Scenario
	names := map[string]bool{}
	for _, item := range r.elements(n) {
		s := r.scenario(item)
		if names[s.Name] && s.Name != "" {
			r.bad(item.field("name"), "a second scenario %q", s.Name)
		}
		names[s.Name] = true
		out = append(out, s)
	}
	r.checkNames(n, out)
	return out
}

func (r *reader) scenario(n *node) Scenario {
	s := Scenario{Weight: 1}
	r.fields(n, map[string]func(*node){
		"name":   func(n *node) { s.Name = r.text(n) },
		"weight": func(n *node) { s.Weight = r.weight(n) },
		"steps":  func(n *node) { s.Steps = r.steps(n) },
	})
	if n.kind != mapping {
		return s
	}
	steps := n.field("steps")
	if steps == nil {
		r.bad(n, "steps are missing: write at least one request, as in [{GET: /}]")
	} else if len(s.Steps) > 0 && !anyRequest(s.Steps) {
		r.bad(steps, "no request among the steps: this scenario would send nothing")
	}
	return s
}

func (r *reader) weight(n *node) float64 {
	var w float64
	switch v := n.value.(type) {
	case int64:
		w = float64(v)
	case float64:
		w = v
	}
	if w <= 0 || w > math.MaxInt32 {
		r.bad(n, "want a number above 0, got %s", n)
	}
	return w
}
