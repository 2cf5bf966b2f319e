package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// A template is text with expressions in it, compiled for one place.
type template []part

// A part is literal text or, where expr is set, a value and how it is written, or
// where basic is set, credentials.
type part struct {
	text  string
	expr  *expression
	write writer
	basic *basic
}

// fixed says that the part is literal text.
func (p *part) fixed() bool { return p.expr == nil && p.basic == nil }

// A writer appends a value to dst in the way that its place demands.
type writer func(dst []byte, v any) ([]byte, error)

// literal adds text, which is already written as its place demands.
func (t *template) literal(text string) {
	if text == "" {
		return
	}
	if last := len(*t) - 1; last >= 0 && (*t)[last].fixed() {
		(*t)[last].text += text
		return
	}
	*t = append(*t, part{text: text})
}

// fixed returns the template's text when it has no expressions.
func (t template) fixed() (string, bool) {
	switch {
	case len(t) == 0:
		return "", true
	case len(t) == 1 && t[0].fixed():
		return t[0].text, true
	}
	return "", false
}

// append writes the template for a user.
func (t template) append(dst []byte, u *User) ([]byte, error) {
	for i := range t {
		p := &t[i]
		if p.fixed() {
			dst = append(dst, p.text...)
			continue
		}
		var err error
		if dst, err = p.append(dst, u); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// append writes a part that is not fixed.
func (p *part) append(dst []byte, u *User) ([]byte, error) {
	if p.basic != nil {
		return p.basic.append(dst, u)
	}
	v, err := p.expr.value(u)
	if err != nil {
		return dst, err
	}
	if dst, err = p.write(dst, v); err != nil {
		return dst, fmt.Errorf("%s: %v", p.expr.source, err)
	}
	return dst, nil
}

// A segment is a piece of a template's source.
type segment struct {
	text   string // literal, or the source of an expression
	isExpr bool
}

// split parses a template's source.
func split(s string) ([]segment, error) {
	var out []segment
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			out = append(out, segment{text: text.String()})
			text.Reset()
		}
	}
	for {
		start := strings.Index(s, "${")
		if start < 0 {
			text.WriteString(s)
			flush()
			return out, nil
		}
		if start > 0 && s[start-1] == '$' {
			text.WriteString(s[:start-1] + "${")
			s = s[start+2:]
			continue
		}
		text.WriteString(s[:start])
		flush()
		rest := s[start+2:]
		end := closing(rest)
		if end < 0 {
			return nil, errors.New("${ without its }: write $${ for a plain ${")
		}
		source := strings.TrimSpace(rest[:end])
		if source == "" {
			return nil, errors.New("${} is empty: write an expression in it")
		}
		out = append(out, segment{source, true})
		s = rest[end+1:]
	}
}

// isLiteral says whether a template's source has no expressions.
func isLiteral(s string) bool {
	segments, err := split(s)
	return err == nil && !slices.ContainsFunc(segments, func(g segment) bool { return g.isExpr })
}

// closing returns the index of the brace that ends an expression, or -1.
// Braces in nested maps and in strings do not.
func closing(s string) int {
	depth := 0
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == '\\' && quote != '`' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '{':
			depth++
		case c == '}' && depth == 0:
			return i
		case c == '}':
			depth--
		}
	}
	return -1
}

// plain writes a value as text.
func plain(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return append(dst, v...), nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case float64:
		return strconv.AppendFloat(dst, v, 'f', -1, 64), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case json.Number:
		return append(dst, v...), nil
	}
	return dst, fmt.Errorf("want a string, number or boolean, got %s", brief(v))
}

// escaped writes a value as text through escape.
func escaped(escape func(string) string) writer {
	return func(dst []byte, v any) ([]byte, error) {
		start := len(dst)
		dst, err := plain(dst, v)
		if err != nil {
			return dst, err
		}
		return append(dst[:start], escape(string(dst[start:]))...), nil
	}
}

var (
	pathSegment = escaped(url.PathEscape)
	queryValue  = escaped(url.QueryEscape)
)

// headerValue writes a value that must stay on its line.
func headerValue(dst []byte, v any) ([]byte, error) {
	start := len(dst)
	dst, err := plain(dst, v)
	if err == nil && strings.ContainsAny(string(dst[start:]), "\r\n") {
		err = errors.New("a header's value must not hold line breaks")
	}
	return dst, err
}

// jsonValue writes a value as JSON of its own type.
func jsonValue(dst []byte, v any) ([]byte, error) {
	switch v.(type) {
	case int, int64, bool:
		return plain(dst, v)
	}
	text, err := marshal(v)
	return append(dst, text...), err
}

// jsonText writes a value as a part of a JSON string.
func jsonText(dst []byte, v any) ([]byte, error) {
	text, err := plain(nil, v)
	if err != nil {
		return dst, err
	}
	return append(dst, quoted(string(text))...), nil
}

// quoted returns s as it stands between the quotes of a JSON string.
func quoted(s string) string {
	text, err := marshal(s)
	if err != nil {
		panic(err) // no string fails
	}
	return string(text[1 : len(text)-1])
}

// marshal is json.Marshal but for <, > and &, which stay what they are: a
// request is to be as long as its author wrote it.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
