package profile

import (
	"reflect"
	"slices"
)

// Steps returns the names of the measured steps, in the order of the file.
func (p *Profile) Steps() []string {
	var names []string
	for _, s := range p.Scenarios {
		for r := range requests(s.Steps) {
			names = appendNew(names, r.Name)
		}
	}
	return names
}

// Transactions returns the names of what is timed beside the steps: named groups
// of them, and the scenarios that are [Scenario.Timed].
func (p *Profile) Transactions() []string {
	var names []string
	for _, s := range p.Scenarios {
		if s.Timed() {
			names = appendNew(names, s.Name)
		}
		walk("", s.Steps, func(_ string, s Step) {
			if s.Transaction != "" {
				names = appendNew(names, s.Transaction)
			}
		})
	}
	return names
}

// Parts returns the names of steps and transactions, which are all different.
func (p *Profile) Parts() []string { return append(p.Steps(), p.Transactions()...) }

// Timed says whether the scenario is timed as a whole. One that has no name, or
// consists of one request, whose step tells the same, is not.
func (s *Scenario) Timed() bool {
	n := 0
	walk("", s.Steps, func(_ string, s Step) {
		switch {
		case s.Request != nil:
			n++
		case s.Loop != nil:
			n += 2 // it may go round more than once
		}
	})
	return s.Name != "" && n > 1
}

func appendNew(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

// A part is what has a name under which it is measured.
type part struct {
	kind  string // step, transaction or scenario
	value any    // of the same name and kind, only one that is equal may follow
	told  string // what it is, for the message
}

// checkNames reports what has the same name and is not the same: it would be
// measured as one.
func (r *reader) checkNames(n *node, scenarios []Scenario) {
	first := map[string]part{}
	check := func(path, name string, p part) {
		other, ok := first[name]
		switch {
		case !ok:
			first[name] = p
		case other.kind != p.kind:
			r.badAt(path, "a %s %q, and there is a %s of this name: name them differently", p.kind, name, other.kind)
		case !reflect.DeepEqual(other.value, p.value):
			r.badAt(path, "a second %s %q, and the first is %s: name them differently", p.kind, name, other.told)
		}
	}
	for i, s := range scenarios {
		walk(index(n.path, i)+".steps", s.Steps, func(path string, s Step) {
			if q := s.Request; q != nil {
				target := q.Method + " " + q.Path
				check(path, q.Name, part{"step", target, target})
			}
			if s.Transaction != "" {
				check(path+".transaction", s.Transaction, part{"transaction", spelled(s.Steps), "of other steps"})
			}
		})
	}
	for i, s := range scenarios {
		if s.Timed() {
			check(index(n.path, i)+".name", s.Name, part{kind: "scenario"})
		}
	}
}

// spelled returns steps with those of flows in place of their uses.
func spelled(steps []Step) (out []Step) {
	for _, s := range steps {
		if s.Use != "" {
			out = append(out, spelled(s.Steps)...)
			continue
		}
		s.Steps, s.Else = spelled(s.Steps), spelled(s.Else)
		out = append(out, s)
	}
	return out
}
