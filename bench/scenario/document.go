package scenario

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	"github.com/tidwall/gjson"
)

// A document is an answer that was found to be JSON. Most of it is never looked
// at, so values are parsed when a path asks for them.
type document struct{ text string }

// parseDocument returns a document that is body itself: only what [keep]
// returns may be used once body is gone.
func parseDocument(body []byte) (document, error) {
	if tooDeep(body) {
		return document{}, errTooDeep
	}
	if !gjson.ValidBytes(body) {
		return document{}, errNoJSON
	}
	return document{unsafe.String(unsafe.SliceData(body), len(body))}, nil
}

// maxDepth is how deep lists and objects may lie in each other. Reading them calls
// itself for each, and what is too deep for the stack cannot be recovered from.
const maxDepth = 1000

// errTooDeep is returned for a body that nobody can mean.
var errTooDeep = fmt.Errorf("the body is nested deeper than %d lists and objects", maxDepth)

// tooDeep looks at a body that may be no JSON: it says so of all that would be
// read deeper than maxDepth.
func tooDeep(body []byte) bool {
	if bytes.Count(body, []byte("["))+bytes.Count(body, []byte("{")) <= maxDepth {
		return false
	}
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > maxDepth {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}

// value returns the document as paths that are not plain read it: nil, bool,
// int64, float64, string, object or list. Objects keep the order of the answer:
// what is drawn from a map's values would differ from run to run.
func (d document) value() any { return lazy(gjson.Parse(d.text)) }

// lazy returns a value; the members of its objects are not parsed yet.
func lazy(r gjson.Result) any {
	switch {
	case r.IsObject():
		return object{r}
	case r.IsArray():
		var items list
		r.ForEach(func(_, item gjson.Result) bool {
			items = append(items, lazy(item))
			return true
		})
		return items
	case r.Type == gjson.Number:
		return number(r)
	}
	return r.Value()
}

// number keeps integers exact: an id may need all 64 bits.
func number(r gjson.Result) any {
	if i, err := strconv.ParseInt(r.Raw, 10, 64); err == nil {
		return i
	}
	return r.Num
}

// An object implements jp.Keyed.
type object struct{ raw gjson.Result }

// ValueForKey returns a member.
func (o object) ValueForKey(key string) (value any, ok bool) {
	o.raw.ForEach(func(k, v gjson.Result) bool {
		if ok = k.Str == key; ok {
			value = lazy(v)
		}
		return !ok
	})
	return value, ok
}

// Keys returns the names of the members in the order of the answer.
func (o object) Keys() []string {
	var keys []string
	o.raw.ForEach(func(k, _ gjson.Result) bool {
		keys = append(keys, k.Str)
		return true
	})
	return keys
}

// SetValueForKey is never called: answers are only read.
func (object) SetValueForKey(string, any) {}

// RemoveValueForKey is never called: answers are only read.
func (object) RemoveValueForKey(string) {}

// A list is a JSON array.
type list = []any

// keep returns a value that stands alone: parsed in full, in maps and lists of
// its own, holding on to no part of the answer.
func keep(v any) any {
	switch v := v.(type) {
	case object:
		out := map[string]any{}
		for _, key := range v.Keys() {
			member, _ := v.ValueForKey(key)
			out[strings.Clone(key)] = keep(member)
		}
		return out
	case list:
		out := make(list, len(v))
		for i, item := range v {
			out[i] = keep(item)
		}
		return out
	case string:
		return strings.Clone(v)
	}
	return v
}
