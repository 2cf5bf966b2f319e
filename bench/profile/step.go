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

// blocks are the keys of steps that hold steps.
var blocks = []string{"if", "chance", "repeat", "each", "while", "until", "transaction"}

// kinds are the keys that tell what a step is.
var kinds = slices.Concat(methods, []string{"think", "set", "use"}, blocks)

// step reads what a user does, told by the one of the kinds that it has.
func (r *reader) step(n *node) Step {
	var is []string
	for _, f := range n.fields {
		if slices.Contains(kinds, f.name) {
			is = append(is, f.name)
		}
	}
	switch {
	case len(is) != 1:
		r.noStep(n, is)
		return Step{}
	case is[0] == "think":
		return r.think(n)
	case is[0] == "set":
		return r.set(n)
	case is[0] == "use":
		return r.use(n)
	case slices.Contains(blocks, is[0]):
		return r.block(n, is[0])
	}
	return Step{Request: r.request(n, is[0])}
}

func (r *reader) noStep(n *node, is []string) {
	switch {
	case n.kind != mapping:
		r.bad(n, "want a step such as {GET: /path}, got %s", n)
	case len(is) > 1:
		r.bad(n, "a step does one thing, this one has %s: start a new step with a dash", strings.Join(is, " and "))
	default:
		for _, f := range n.fields {
			if near := meant(f.name, kinds); near != "" {
				r.bad(f.node, "unknown key: did you mean %s?", near)
				return
			}
		}
		r.bad(n, "want a step with one of %s", choices(kinds))
	}
}

// walk visits steps and those that they hold, in the order of the file. Paths
// lead to each from where the path of the steps does.
func walk(path string, steps []Step, visit func(path string, s Step)) {
	for i, s := range steps {
		at := index(path, i)
		visit(at, s)
		walk(at+".steps", s.Steps, visit)
		walk(at+".else", s.Else, visit)
	}
}

// requests yields the requests among steps and those that they hold.
func requests(steps []Step) iter.Seq[*Request] {
	return func(yield func(*Request) bool) { eachRequest(steps, yield) }
}

func eachRequest(steps []Step, yield func(*Request) bool) bool {
	for _, s := range steps {
		if s.Request != nil && !yield(s.Request) {
			return false
		}
		if !eachRequest(s.Steps, yield) || !eachRequest(s.Else, yield) {
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
