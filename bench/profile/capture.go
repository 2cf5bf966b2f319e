package profile

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

func (r *reader) captures(n *node) []Capture {
	var out []Capture
	for _, f := range r.entries(n) {
		out = append(out, r.capture(f))
	}
	slices.SortFunc(out, func(a, b Capture) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// capture reads the short form: the word status or body, or a JSONPath, which
// may end in a bar and what to pick. A JSONPath itself can hold || but no
// single bar outside of quotes.
func (r *reader) capture(f field) Capture {
	if f.node.kind == mapping {
		return r.longCapture(f)
	}
	c := Capture{Name: f.name, Path: r.str(f.node), Pick: First}
	if c.Path == StatusCode || c.Path == WholeBody {
		c.Part, c.Path = c.Path, ""
		return c
	}
	bar := strings.LastIndexByte(c.Path, '|')
	if bar < 0 || strings.ContainsAny(c.Path[bar:], `)]'"`) {
		return c
	}
	r.pick(f.node, strings.TrimSpace(c.Path[bar+1:]), &c)
	c.Path = strings.TrimSpace(c.Path[:bar])
	return c
}

func (r *reader) longCapture(f field) Capture {
	n, c := f.node, Capture{Name: f.name, Pick: First}
	r.fields(n, map[string]func(*node){
		"json":    func(n *node) { c.Path = r.str(n) },
		"header":  func(n *node) { c.Header = r.str(n) },
		"cookie":  func(n *node) { c.Cookie = r.str(n) },
		"regex":   func(n *node) { c.Regex = r.str(n) },
		"pick":    func(n *node) { r.pick(n, r.text(n), &c) },
		"default": func(n *node) { c.Default = r.json(n) },
	})
	var from []string
	for _, key := range []string{"json", "header", "cookie"} {
		if n.field(key) != nil {
			from = append(from, key)
		}
	}
	regex := n.field("regex") != nil
	switch {
	case len(from) > 1:
		r.bad(n, "want one of %s", choices(from))
	case len(from) == 0 && !regex:
		r.bad(n, "want json, regex, header or cookie: which part of the answer is kept?")
	case regex && len(from) == 1 && from[0] != "header":
		r.bad(n, "a regex takes a piece of a header or, alone, of the body: remove %s or regex", from[0])
	}
	if c.Pick == Count && c.Default != nil {
		r.bad(n.field("default"), "has no effect with pick: count, which is 0 where nothing matches")
	}
	return c
}

// set reads the values of variables, which no answer holds.
func (r *reader) set(n *node) Step {
	var s Step
	r.fields(n, map[string]func(*node){
		"set": func(n *node) { s.Set = r.values(n) },
	})
	return s
}

func (r *reader) values(n *node) []Value {
	var out []Value
	for _, f := range r.entries(n) {
		if f.node.kind != scalar || f.node.value == nil {
			r.bad(f.node, "want a text, number or boolean, or an expression such as ${[1, 2]}, got %s", f.node)
		}
		out = append(out, Value{f.name, f.node.value})
	}
	slices.SortFunc(out, func(a, b Value) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// pick reads which of several matches is kept: a word, or a number counted from 0.
func (r *reader) pick(n *node, text string, c *Capture) {
	c.Pick = text
	if slices.Contains(picks, text) {
		return
	}
	i, err := strconv.Atoi(text)
	if err != nil || i < 0 || i > math.MaxInt32 {
		r.bad(n, "want %s or a number from 0, got %q", strings.Join(picks, ", "), text)
	}
	c.Pick, c.Index = Nth, i
}

var picks = []string{First, Last, Random, All, Count}
