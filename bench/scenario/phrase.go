package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// The words of conditions.
const (
	exists   = profile.Exists
	notEmpty = profile.NotEmpty
	absent   = "absent"
	typed    = "type"
	contains = "contains"
	matches  = "matches"
	equals   = "="
	differs  = "!="
)

var (
	signs     = []string{"<", "<=", ">", ">=", equals, differs}
	jsonTypes = []string{"array", "boolean", "null", "number", "object", "string"}
)

// A phrase is a condition as it is written, taken apart.
type phrase struct {
	word, operand string
	not, length   bool
}

// parsePhrase reads a condition's words. What begins like none of them is a
// text to equal, and its word is empty.
func parsePhrase(s string) phrase {
	if s == exists || s == notEmpty || s == absent {
		return phrase{word: s}
	}
	if rest, ok := strings.CutPrefix(s, "length "); ok {
		if p := parseSign(rest); p.word != "" {
			p.length = true
			return p
		}
	}
	if rest, ok := strings.CutPrefix(s, typed+" "); ok && slices.Contains(jsonTypes, rest) {
		return phrase{word: typed, operand: rest}
	}
	positive, not := strings.CutPrefix(s, "not ")
	for _, word := range []string{contains, matches} {
		if rest, ok := strings.CutPrefix(positive, word+" "); ok {
			return phrase{word: word, operand: rest, not: not}
		}
	}
	return parseSign(s)
}

// parseSign reads a sign, which a space sets apart from what follows.
func parseSign(s string) phrase {
	for _, sign := range signs {
		if rest, ok := strings.CutPrefix(s, sign+" "); ok {
			return phrase{word: sign, operand: strings.TrimSpace(rest)}
		}
	}
	return phrase{operand: s}
}

// An operand is what a value is compared with.
type operand struct {
	value any         // a literal
	expr  *expression // not nil for a string that is wholly an expression
	text  template    // not empty for a string that has expressions in it
}

// of returns the operand for a user.
func (o *operand) of(u *User) (any, error) {
	if o.expr != nil {
		return o.expr.value(u)
	}
	if len(o.text) > 0 {
		text, err := o.text.append(nil, u)
		return string(text), err
	}
	return o.value, nil
}

// operand compiles a template, or reads a literal.
func (c *compiler) operand(path, s string, read func(string) (any, error)) operand {
	segments := c.split(path, s)
	if len(segments) == 1 && segments[0].isExpr {
		return operand{expr: c.expression(path, segments[0].text)}
	}
	t := c.text(path, s, plain)
	fixed, ok := t.fixed()
	if !ok {
		return operand{text: t}
	}
	v, err := read(fixed)
	if err != nil {
		c.bad(path, "%v", err)
	}
	return operand{value: v}
}

func asText(s string) (any, error) { return s, nil }

// asJSON takes a number, true, false, null or a quoted string as what it is in
// JSON, and all else as text.
func asJSON(s string) (any, error) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, nil
	}
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		return s, nil
	}
	return v, nil
}

func asNumber(s string) (any, error) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f-f != 0 {
		return nil, fmt.Errorf("want a number, got %q", s)
	}
	return f, nil
}
