package profile

import (
	"math"
	"time"
)

// maxUsers bounds the users at once: more than a machine has ports.
const maxUsers = 100_000

func (r *reader) arrival(n *node) Arrival {
	var a Arrival
	r.fields(n, map[string]func(*node){
		"rate":      func(n *node) { a.Rate = r.rate(n) },
		"users":     func(n *node) { a.Users = int(r.integer(n, 1, maxUsers)) },
		"stages":    func(n *node) { a.Stages = r.stages(n) },
		"spacing":   func(n *node) { a.Spacing = r.spacing(n) },
		"max_users": func(n *node) { a.MaxUsers = int(r.integer(n, 1, maxUsers)) },
		"sessions":  func(n *node) { a.Sessions = int(r.integer(n, 1, maxUsers)) },
	})
	models := 0
	for _, model := range []string{"rate", "users", "stages"} {
		if n.field(model) != nil {
			models++
		}
	}
	switch {
	case n.kind != mapping:
	case models != 1:
		r.bad(n, "want exactly one of rate, users and stages")
	case a.Steady() > 0 && !a.Open():
		r.openOnly(n, "spacing", "max_users", "sessions")
	}
	return a
}

// openOnly reports keys that mean nothing to users who wait for the service.
func (r *reader) openOnly(n *node, keys ...string) {
	for _, key := range keys {
		if at := n.field(key); at != nil {
			r.bad(at, "has no effect with users: remove it, or write a rate")
		}
	}
}

// checkSessions reports a number of sessions where nobody logs in.
func (r *reader) checkSessions(n *node, p *Profile) {
	if p.Arrival.Sessions > 0 && n.field("login") == nil {
		r.bad(n.field("arrival").field("sessions"), "has no effect without login: every arrival is a user of its own")
	}
}

// spacing reads how arrivals follow each other; even is the zero value.
func (r *reader) spacing(n *node) string {
	if s := r.oneOf(n, "even", Poisson); s == Poisson {
		return Poisson
	}
	return ""
}

// rate reads scenarios a time and returns them per second.
func (r *reader) rate(n *node) float64 {
	f, ok := perSecond(n.text)
	if !ok || f == 0 {
		r.bad(n, "want N/s or N/m, up to %d/s, got %s", maxRate, n)
		return 0
	}
	return f
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
	if n.value == int64(0) {
		return 0
	}
	s, _ := n.value.(string)
	d, ok := parseDuration(s)
	if !ok {
		r.bad(n, "want a duration up to 24h, such as 0s, 500ms or 2s, got %s", n)
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
	case p.Interleave == Auto && len(p.Arrival.Stages) > 0:
		r.bad(at, "has no effect with stages, of which whole trials alternate: remove it, or write interleave: slices")
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

// maxWeight keeps the sum of all weights a number.
const maxWeight = math.MaxInt32

func (r *reader) weight(n *node) float64 {
	var w float64
	switch v := n.value.(type) {
	case int64:
		w = float64(v)
	case float64:
		w = v
	}
	if w <= 0 || w > maxWeight {
		r.bad(n, "want a number above 0 and up to %d, got %s", maxWeight, n)
	}
	return w
}
