package profile

import (
	"cmp"
	"maps"
	"slices"
)

// maxYAML bounds perfcheck.yml and each other file of YAML, in bytes.
const maxYAML = 4 << 20

// readFlows reads the flows of the configuration and of the files that it
// includes, so that steps can use them, and reports their mistakes.
func (r *reader) readFlows(root *node) {
	r.flows = map[string]*node{}
	if n := root.field("include"); n != nil {
		names := []*node{n}
		if n.kind == list {
			names = r.elements(n)
		}
		for _, name := range names {
			r.include(name)
		}
	}
	if n := root.field("flows"); n != nil {
		r.addFlows(n)
	}
	for _, name := range slices.Sorted(maps.Keys(r.flows)) {
		r.using = []string{name}
		r.steps(r.flows[name])
	}
	r.using = nil
}

// include reads a file of flows; its name is relative to the configuration's.
func (r *reader) include(n *node) {
	name := r.str(n)
	if name == "" {
		return
	}
	path := beside(r.dir, name)
	data, err := readBeside(r.dir, name, maxYAML)
	if err != nil {
		r.bad(n, "%v", err)
		return
	}
	in := newReader(path)
	root := in.parseYAML(data, "flows, named lists of steps")
	for _, p := range in.problems {
		p.Pos.File = path
		r.problems = append(r.problems, p)
	}
	if root == nil {
		return
	}
	r.fields(r.graft(root, "", path), map[string]func(*node){
		"flows": r.addFlows,
	})
}

func (r *reader) addFlows(n *node) {
	for _, f := range r.entries(n) {
		if first, ok := r.flows[f.name]; ok {
			r.bad(f.node, "a second flow %q: the first is in %s:%d", f.name, cmp.Or(first.File, r.file), first.Line)
			continue
		}
		r.flows[f.name] = f.node
	}
}

// use reads a step that stands for those of a flow.
func (r *reader) use(n *node) Step {
	var s Step
	r.fields(n, map[string]func(*node){
		"use": func(n *node) {
			if s.Use = r.str(n); s.Use != "" {
				s.Steps = r.flow(n, s.Use)
			}
		},
	})
	return s
}

// flow returns the steps of a flow where n uses it.
func (r *reader) flow(n *node, name string) []Step {
	flow, ok := r.flows[name]
	switch {
	case !ok && len(r.flows) == 0:
		r.bad(n, "there are no flows: write flows at the top of the file, or include a file that has some")
		return nil
	case !ok:
		r.noSuch("flow", n, name, slices.Sorted(maps.Keys(r.flows)))
		return nil
	case slices.Contains(r.using, name):
		r.bad(n, "a flow must not use itself, by way of others or not")
		return nil
	}
	r.using = append(r.using, name)
	steps := r.steps(r.graft(flow, n.path[:len(n.path)-len("use")]+"steps", flow.File))
	r.using = r.using[:len(r.using)-1]
	return steps
}

// graft returns a copy of a node that stands at another path of the
// configuration and comes from a file; "" is the configuration itself.
func (r *reader) graft(n *node, path, file string) *node {
	out := *n
	out.path, out.File = path, file
	if r.grafted++; r.grafted > maxNodes {
		if r.grafted == maxNodes+1 {
			r.bad(&out, "the flows unfold to more than %d values: use fewer of them", maxNodes)
		}
		return &node{Position: out.Position, path: path, broken: true}
	}
	out.fields = slices.Clone(n.fields)
	for i := range out.fields {
		f := &out.fields[i]
		f.key.File = file
		f.node = r.graft(f.node, join(path, f.name), file)
	}
	out.items = slices.Clone(n.items)
	for i := range out.items {
		out.items[i] = r.graft(out.items[i], index(path, i), file)
	}
	r.positions[path] = out.Position
	return &out
}
