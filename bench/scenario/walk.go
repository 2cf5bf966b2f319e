package scenario

import (
	"github.com/ohler55/ojg/jp"
	"github.com/tidwall/gjson"
)

// A walk goes through the text of a document, which is valid JSON, once and
// calls yield with the text of what plain steps select, until that returns
// false. What it steps over is not parsed.
type walk struct {
	text  string
	yield func(raw string) bool
}

// stopped is returned in place of an index when yield returned false.
const stopped = -1

// value follows steps from the value at i, and returns where the value ends.
func (w *walk) value(i int, steps jp.Expr) int {
	if len(steps) == 0 {
		end := skip(w.text, i)
		if !w.yield(w.text[i:end]) {
			return stopped
		}
		return end
	}
	switch w.text[i] {
	case '{':
		return w.object(i, steps[0], steps[1:])
	case '[':
		return w.list(i, steps[0], steps[1:])
	}
	return skip(w.text, i)
}

// list takes a step into the list at i.
func (w *walk) list(i int, step jp.Frag, rest jp.Expr) int {
	nth, one := step.(jp.Nth)
	_, all := step.(jp.Wildcard)
	i = space(w.text, i+1)
	for k := jp.Nth(0); w.text[i] != ']'; k++ {
		if all || one && k == nth {
			i = w.value(i, rest)
		} else {
			i = skip(w.text, i)
		}
		if i == stopped {
			return stopped
		}
		i = next(w.text, i)
	}
	return i + 1
}

// object takes a step into the object at begin. Of members with one name the
// first counts.
func (w *walk) object(begin int, step jp.Frag, rest jp.Expr) int {
	wanted, one := step.(jp.Child)
	_, all := step.(jp.Wildcard)
	i := space(w.text, begin+1)
	for w.text[i] != '}' {
		name, at := member(w.text, i)
		end := stopped
		switch {
		case one && name == string(wanted):
			one = false
			end = w.value(at, rest)
		case !all || w.value(find(w.text, begin, name), rest) != stopped:
			end = skip(w.text, at)
		}
		if end == stopped {
			return stopped
		}
		i = next(w.text, end)
	}
	return i + 1
}

// find returns where the value of the first member of a name begins, in an
// object that has one.
func find(text string, object int, name string) int {
	i := space(text, object+1)
	for {
		n, at := member(text, i)
		if n == name {
			return at
		}
		i = next(text, skip(text, at))
	}
}

// member reads a member's name and returns where its value begins.
func member(text string, i int) (name string, at int) {
	end, escaped := i+1, false
	for ; text[end] != '"'; end++ {
		if text[end] == '\\' {
			escaped = true
			end++
		}
	}
	name = text[i+1 : end]
	if escaped {
		name = gjson.Parse(text[i : end+1]).Str
	}
	return name, space(text, space(text, end+1)+len(":"))
}

// next returns where the next element or member begins, or the closing bracket.
func next(text string, end int) int {
	i := space(text, end)
	if text[i] == ',' {
		return space(text, i+1)
	}
	return i
}

// space returns where the white space at i ends.
func space(text string, i int) int {
	for text[i] <= ' ' {
		i++
	}
	return i
}

// skip returns where the value at i ends.
func skip(text string, i int) int {
	switch text[i] {
	case '"':
		return skipString(text, i)
	case '{', '[':
		return skipNested(text, i)
	}
	for i < len(text) && text[i] > ' ' && text[i] != ',' && text[i] != '}' && text[i] != ']' {
		i++
	}
	return i
}

func skipString(text string, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func skipNested(text string, i int) int {
	for depth := 0; ; i++ {
		switch text[i] {
		case '"':
			i = skipString(text, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}

// emptyText says of a value's text what empty says of the value.
func emptyText(raw string) bool {
	switch raw[0] {
	case 'n':
		return true
	case '"':
		return len(raw) == len(`""`)
	case '[', '{':
		return space(raw, 1) == len(raw)-1
	}
	return false
}
