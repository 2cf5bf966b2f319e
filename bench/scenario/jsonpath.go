package scenario

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/ohler55/ojg/jp"
	"github.com/ohler55/ojg/oj"
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
func (p jsonPath) all(document any) []any { return p.expr.Get(document) }

// first returns the first of the selected values.
func (p jsonPath) first(document any) (any, bool) { return p.expr.FirstFound(document) }

// random returns one of the selected values.
func (p jsonPath) random(document any, rng *rand.Rand) (any, bool) {
	values := p.expr.Get(document)
	if len(values) == 0 {
		return nil, false
	}
	return values[rng.IntN(len(values))], true
}

// parsers are shared by all users, since a parser keeps buffers and few users
// read an answer at the same time.
var parsers = sync.Pool{New: func() any { return &oj.Parser{Reuse: true} }}

// withDocument calls use with the parsed body. The document is valid during
// the call only: see keep.
func withDocument(body []byte, use func(document any) error) error {
	p := parsers.Get().(*oj.Parser)
	defer parsers.Put(p)
	document, err := p.Parse(body)
	if err != nil {
		return fmt.Errorf("the body is no JSON: %v", err)
	}
	return use(document)
}

// keep returns a value that outlives its document.
func keep(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, value := range v {
			out[name] = keep(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = keep(value)
		}
		return out
	}
	return v
}
