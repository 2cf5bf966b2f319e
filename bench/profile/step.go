package profile

import (
	"iter"
	"slices"
	"strings"
)

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

func (r *reader) steps(n *node) []Step {
	var out []Step
	for _, item := range r.elements(n) {
		out = append(out, r.step(item))
	}
	return out
}

// step reads a request, a think time or a condition, told apart by their keys.
func (r *reader) step(n *node) Step {
	var kinds []string
	for _, f := range n.fields {
		if slices.Contains(methods, f.name) || f.name == "think" || f.name == "if" {
			kinds = append(kinds, f.name)
		}
	}
	if len(kinds) != 1 {
		r.noStep(n, kinds)
		return Step{}
	}
	switch kinds[0] {
	case "think":
		return r.think(n)
	case "if":
		return r.condition(n)
	}
	return Step{Request: r.request(n, kinds[0])}
}

func (r *reader) noStep(n *node, kinds []string) {
	all := append(slices.Clone(methods), "think", "if")
	switch {
	case n.kind != mapping:
		r.bad(n, "want a step such as {GET: /path}, got %s", n)
	case len(kinds) > 1:
		r.bad(n, "a step does one thing, this one has %s: start a new step with a dash", strings.Join(kinds, " and "))
	default:
		for _, f := range n.fields {
			if near := Nearest(f.name, all); near != "" {
				r.bad(f.node, "unknown key: did you mean %s?", near)
				return
			}
		}
		r.bad(n, "want a step with one of %s", choices(all))
	}
}

func (r *reader) condition(n *node) Step {
	var s Step
	r.fields(n, map[string]func(*node){
		"if":    func(n *node) { s.If = r.text(n) },
		"steps": func(n *node) { s.Steps = r.steps(n) },
	})
	if n.field("steps") == nil {
		r.bad(n, "steps are missing: what is to be done if %s?", s.If)
	}
	return s
}

// checkNames reports steps of equal name that differ in what they request:
// they would be measured as one.
func (r *reader) checkNames(n *node, scenarios []Scenario) {
	first := map[string]*Request{}
	for i, s := range scenarios {
		r.walkRequests(n.items[i].field("steps"), s.Steps, func(n *node, q *Request) {
			other, ok := first[q.Name]
			if !ok {
				first[q.Name] = q
			} else if q.Method != other.Method || q.Path != other.Path {
				r.bad(n, "a second step %q, and the first is %s %s: name them differently", q.Name, other.Method, other.Path)
			}
		})
	}
}

func (r *reader) walkRequests(n *node, steps []Step, visit func(*node, *Request)) {
	for i, s := range steps {
		if s.Request != nil {
			visit(n.items[i], s.Request)
		} else if len(s.Steps) > 0 {
			r.walkRequests(n.items[i].field("steps"), s.Steps, visit)
		}
	}
}

// requests yields the requests among steps, those under conditions included.
func requests(steps []Step) iter.Seq[*Request] {
	return func(yield func(*Request) bool) { eachRequest(steps, yield) }
}

func eachRequest(steps []Step, yield func(*Request) bool) bool {
	for _, s := range steps {
		if s.Request != nil && !yield(s.Request) {
			return false
		}
		if !eachRequest(s.Steps, yield) {
			return false
		}
	}
	return true
}

func anyRequest(steps []Step) bool {
	for range requests(steps) {
		return true
	}
	return false
}
