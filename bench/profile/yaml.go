package profile

import (
	"bytes"
	"errors"
	"math"
	"regexp"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// A node is a value of the file with its place. Aliases are replaced by what
// they stand for and merge keys are merged.
type node struct {
	Position
	path   string
	kind   kind
	value  any    // of a scalar: nil, bool, int64, uint64, float64 or string
	text   string // of a scalar, as written
	fields []field
	items  []*node
	broken bool // reported already: what is made of it is no further problem
}

type kind int

const (
	scalar kind = iota
	mapping
	list
)

type field struct {
	name string
	key  Position
	node *node
}

// maxNodes bounds what a file unfolds to: aliases of aliases grow exponentially.
const maxNodes = 100_000

// A converter turns the syntax tree of the YAML library into nodes.
type converter struct {
	r       *reader
	anchors map[string]ast.Node
	count   int
}

// parseYAML returns the value of the file's one document, or nil when the
// file cannot be read at all. Begins says what an empty one lacks.
func (r *reader) parseYAML(data []byte, begins string) *node {
	// The library stops at the first duplicate key; we report all of them.
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.problems = append(r.problems, syntaxProblem(r.file, data, err))
		return nil
	}
	var bodies []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil {
			bodies = append(bodies, d.Body)
		}
	}
	switch {
	case len(bodies) == 0:
		r.problems = append(r.problems, Problem{File: r.file, Message: "the file is empty: it begins with " + begins})
		return nil
	case len(bodies) > 1:
		r.problems = append(r.problems, Problem{File: r.file, Pos: start(bodies[1]), Message: "a second YAML document: want only one"})
		return nil
	}
	c := &converter{r: r, anchors: map[string]ast.Node{}}
	return c.convert(bodies[0], "", start(bodies[0]))
}

func syntaxProblem(file string, data []byte, err error) Problem {
	p := Problem{File: file, Message: err.Error()}
	if syntax, ok := errors.AsType[yaml.Error](err); ok {
		p.Message = syntax.GetMessage()
		p.Pos = position(syntax.GetToken())
	}
	if lines := bytes.Split(data, []byte("\n")); p.Pos.Line > 0 && p.Pos.Line <= len(lines) && unquoted.Match(lines[p.Pos.Line-1]) {
		p.Message += ": between { and } or [ and ], a text with ${…} needs quotes"
	}
	return p
}

// unquoted finds a template without quotes where its braces are YAML's.
var unquoted = regexp.MustCompile(`[{\[].*[:,\[]\s*\$\{`)

func position(t *token.Token) Position {
	if t == nil || t.Position == nil {
		return Position{}
	}
	return Position{Line: t.Position.Line, Column: t.Position.Column}
}

// start returns the place of a value's first character. The token of a block
// map is its first colon.
func start(n ast.Node) Position {
	if m, ok := n.(ast.MapNode); ok {
		if it := m.MapRange(); it.Next() && position(it.Key().GetToken()).Column < position(n.GetToken()).Column {
			return position(it.Key().GetToken())
		}
	}
	return position(n.GetToken())
}

// convert converts n. A collection is found at its key, a scalar where it is.
func (c *converter) convert(n ast.Node, path string, key Position) *node {
	out := &node{Position: key, path: path}
	if c.count++; c.count > maxNodes {
		if c.count == maxNodes+1 {
			c.r.bad(out, "the file unfolds to more than %d values: use fewer aliases", maxNodes)
		}
		out.broken = true
		return out
	}
	switch n := n.(type) {
	case *ast.AnchorNode:
		out = c.convert(n.Value, path, key)
		// Known only from here on, so that no anchor contains itself.
		c.anchors[n.Name.GetToken().Value] = n.Value
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		if target, ok := c.anchors[name]; ok {
			return c.convert(target, path, key)
		}
		c.reject(out, "no anchor &%s before this alias", name)
	case ast.MapNode:
		out.kind = mapping
		c.convertMap(n, out)
	case *ast.SequenceNode:
		out.kind = list
		for i, item := range n.Values {
			out.items = append(out.items, c.convert(item, index(path, i), start(item)))
		}
	case *ast.TagNode:
		c.reject(out, "perfcheck does not read the tag %s: write a plain value", n.GetToken().Value)
	case ast.ScalarNode:
		out.Position = position(n.GetToken())
		c.convertScalar(n, out)
	default:
		c.reject(out, "perfcheck does not read %s here: write a plain value", n.Type())
	}
	c.r.positions[path] = out.Position
	return out
}

func (c *converter) convertMap(n ast.MapNode, out *node) {
	var merged []*node
	for it := n.MapRange(); it.Next(); {
		if it.Key().IsMergeKey() {
			merged = append(merged, c.convert(it.Value(), out.path, position(it.Key().GetToken())))
			continue
		}
		name := it.Key().GetToken().Value
		key := position(it.Key().GetToken())
		if _, ok := it.Key().(ast.ScalarNode); !ok {
			c.r.bad(&node{Position: key, path: out.path}, "want a plain word as key")
			continue
		}
		value := c.convert(it.Value(), join(out.path, name), key)
		if first := out.field(name); first != nil {
			c.r.bad(&node{Position: key, path: value.path}, "written twice, first in line %d", first.Line)
			continue
		}
		out.fields = append(out.fields, field{name, key, value})
	}
	for _, m := range merged {
		c.merge(out, m)
	}
}

// merge adds the fields of m, which `<<` names, that out does not have.
func (c *converter) merge(out, m *node) {
	switch m.kind {
	case mapping:
		for _, f := range m.fields {
			if out.field(f.name) == nil {
				out.fields = append(out.fields, f)
			}
		}
	case list:
		for _, item := range m.items {
			c.merge(out, item)
		}
	default:
		c.r.bad(m, "want a map after <<, got %s", m)
	}
}

func (c *converter) convertScalar(n ast.ScalarNode, out *node) {
	out.text = n.GetToken().Value
	switch v := n.GetValue().(type) {
	case uint64:
		out.value = v
		if v <= math.MaxInt64 {
			out.value = int64(v)
		}
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			c.reject(out, "want a finite number, got %s", out.text)
			return
		}
		out.value = v
	case string:
		out.value, out.text = v, v
	case nil, bool, int64:
		out.value = v
	default:
		c.reject(out, "perfcheck does not read %s here: write a plain value", n.Type())
	}
}

// reject reports a problem with a value that has no meaning.
func (c *converter) reject(out *node, format string, args ...any) {
	c.r.bad(out, format, args...)
	out.broken = true
}

// field returns the value of a mapping's key, or nil.
func (n *node) field(name string) *node {
	for _, f := range n.fields {
		if f.name == name {
			return f.node
		}
	}
	return nil
}
