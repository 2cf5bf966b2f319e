package scenario

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/ohler55/ojg/jp"
)

// A jsonPath selects values of a document.
type jsonPath struct {
	source string
	expr   jp.Expr
}

func parsePath(source string) (jsonPath, error) {
	if !strings.HasPrefix(source, "$") {
		return jsonPath{}, fmt.Errorf("want a JSONPath such as $.id, got %q", source)
	}
	x, err := jp.ParseString(source)
	if err != nil {
		return jsonPath{}, fmt.Errorf("%q is no JSONPath: %v", source, err)
	}
	return jsonPath{source, x}, nil
}

// all returns the selected values.
func (p jsonPath) all(d document) []any { return p.expr.Get(d) }

// first returns the first of the selected values.
func (p jsonPath) first(d document) (any, bool) { return p.expr.FirstFound(d) }

// random returns one of the selected values.
func (p jsonPath) random(d document, rng *rand.Rand) (any, bool) {
	values := p.expr.Get(d)
	if len(values) == 0 {
		return nil, false
	}
	return values[rng.IntN(len(values))], true
}
