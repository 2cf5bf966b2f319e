package scenario

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/ohler55/ojg/jp"
	"github.com/tidwall/gjson"
)

// A jsonPath selects values of a document.
type jsonPath struct {
	source string
	expr   jp.Expr
	plain  jp.Expr // expr without its root, where it is of plain steps only
}

func parsePath(source string) (jsonPath, error) {
	if !strings.HasPrefix(source, "$") {
		return jsonPath{}, fmt.Errorf("want a JSONPath such as $.id, got %q", source)
	}
	if strings.Contains(source, "${") {
		return jsonPath{}, fmt.Errorf("a template cannot stand in a JSONPath: capture the list around it, and choose in an expression, as in ${find(items, .name == wanted).id}")
	}
	x, err := jp.ParseString(source)
	switch {
	case err != nil && strings.Contains(source, "-"):
		return jsonPath{}, fmt.Errorf("%q is no JSONPath: %v: write a name with a dash as ['x-y']", source, err)
	case err != nil:
		return jsonPath{}, fmt.Errorf("%q is no JSONPath: %v", source, err)
	}
	return jsonPath{source, x, plainSteps(x)}, nil
}

// plainSteps returns the steps of a path that has only names, indexes from 0
// and [*], as most have: a [walk] follows them in the answer's text. It returns
// nil for other paths.
func plainSteps(x jp.Expr) jp.Expr {
	if _, ok := x[0].(jp.Root); !ok {
		return nil
	}
	for _, step := range x[1:] {
		switch step := step.(type) {
		case jp.Child, jp.Wildcard:
		case jp.Nth:
			if step < 0 {
				return nil
			}
		default:
			return nil
		}
	}
	return x[1:]
}

// all returns the selected values.
func (p jsonPath) all(d document) (values []any) {
	if p.plain == nil {
		return p.expr.Get(d.value())
	}
	p.walk(d, func(raw string) bool {
		values = append(values, lazy(gjson.Parse(raw)))
		return true
	})
	return values
}

// first returns the first of the selected values.
func (p jsonPath) first(d document) (value any, ok bool) {
	if p.plain == nil {
		return p.expr.FirstFound(d.value())
	}
	p.walk(d, func(raw string) bool {
		value, ok = lazy(gjson.Parse(raw)), true
		return false
	})
	return value, ok
}

// random returns one of the selected values.
func (p jsonPath) random(d document, rng *rand.Rand) (value any, ok bool) {
	if p.plain == nil {
		values := p.expr.Get(d.value())
		if len(values) == 0 {
			return nil, false
		}
		return values[rng.IntN(len(values))], true
	}
	n := 0
	p.walk(d, func(string) bool {
		n++
		return true
	})
	if n == 0 {
		return nil, false
	}
	skip := rng.IntN(n)
	p.walk(d, func(raw string) bool {
		if skip == 0 {
			value = lazy(gjson.Parse(raw))
		}
		skip--
		return skip >= 0
	})
	return value, true
}

// empties says whether the path selects anything, and whether any of it is empty.
func (p jsonPath) empties(d document) (found, anyEmpty bool) {
	if p.plain == nil {
		values := p.expr.Get(d.value())
		return len(values) > 0, slices.ContainsFunc(values, empty)
	}
	p.walk(d, func(raw string) bool {
		found, anyEmpty = true, emptyText(raw)
		return !anyEmpty
	})
	return found, anyEmpty
}

func (p jsonPath) walk(d document, yield func(raw string) bool) {
	w := walk{d.text, yield}
	w.value(space(d.text, 0), p.plain)
}
