package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A condition is what a check says of a value.
type condition struct {
	word    string // as in words; equal where the check names none
	not     bool   // with contains and matches
	length  bool   // it is about the value's length
	operand operand
	regex   *regexp.Regexp
}

// check compiles what a check wants. In text, as headers are, every operand
// is a string, but for those of numbers' signs.
func (c *compiler) check(path string, v any, text bool) condition {
	s, ok := v.(string)
	if !ok {
		return condition{word: equals, operand: operand{value: v}}
	}
	p := parsePhrase(s)
	k := condition{word: p.word, not: p.not, length: p.length}
	switch p.word {
	case exists, notEmpty, absent, typed:
		k.operand.value = p.operand
	case matches:
		k.regex = c.regex(path, p.operand)
	case contains:
		k.operand = c.operand(path, p.operand, asText)
	case "":
		k.word = equals
		k.operand = c.operand(path, p.operand, asText)
	case equals, differs:
		read := asJSON
		switch {
		case p.length:
			read = asNumber
		case text:
			read = asText
		}
		k.operand = c.operand(path, p.operand, read)
	default:
		k.operand = c.operand(path, p.operand, asNumber)
	}
	return k
}

// regex compiles a regular expression, which has no templates.
func (c *compiler) regex(path, source string) *regexp.Regexp {
	if strings.Contains(source, "${") {
		c.bad(path, "a template cannot stand in a regular expression: capture all that match by pick: all, and choose in an expression")
	}
	r, err := regexp.Compile(source)
	if err != nil {
		c.bad(path, "%v: perfcheck reads regular expressions of Go (RE2)", err)
	}
	return r
}

// judge says what is wrong with the values that what selected; text says that
// they are those of a header.
func (k *condition) judge(u *User, what string, values []any, text bool) error {
	switch {
	case k.word == absent && len(values) > 0:
		return fmt.Errorf("%s is there: %s", what, show(values[0]))
	case k.word == absent:
		return nil
	case len(values) == 0:
		return fmt.Errorf("%s matches nothing", what)
	case k.word == exists:
		return nil
	}
	wanted, err := k.operand.of(u)
	if err != nil {
		return err
	}
	for _, v := range values {
		if err := k.judgeOne(v, wanted, text); err != nil {
			return fmt.Errorf("%s %v", what, err)
		}
	}
	return nil
}

func (k *condition) judgeOne(v, wanted any, text bool) error {
	if k.word == notEmpty {
		if empty(v) {
			return errors.New("is empty")
		}
		return nil
	}
	v = keep(v)
	if k.length {
		n, ok := length(v)
		if !ok {
			return fmt.Errorf("is %s, which has no length", brief(v))
		}
		if !compareNumbers(k.word, n, wanted) {
			return fmt.Errorf("has length %d, want %s %s", n, k.word, show(wanted))
		}
		return nil
	}
	if k.holds(v, wanted, text) {
		return nil
	}
	return fmt.Errorf("is %s, want %s", brief(v), k.describe(wanted))
}

func (k *condition) holds(v, wanted any, text bool) bool {
	switch k.word {
	case equals:
		return equal(v, wanted) || text && fmt.Sprint(wanted) == v
	case differs:
		return !equal(v, wanted) && !(text && fmt.Sprint(wanted) == v)
	case typed:
		return jsonType(v) == wanted
	case contains:
		return k.not != strings.Contains(asString(v), asString(wanted))
	case matches:
		return k.not != k.regex.MatchString(asString(v))
	}
	if s, ok := v.(string); ok && text {
		number, err := asNumber(s)
		if err != nil {
			return false
		}
		v = number
	}
	return compareNumbers(k.word, v, wanted)
}

// describe writes what is wanted for a message.
func (k *condition) describe(wanted any) string {
	not := ""
	if k.not {
		not = "not "
	}
	switch k.word {
	case equals:
		return show(wanted)
	case matches:
		return not + matches + " " + k.regex.String()
	case typed:
		return fmt.Sprintf("%s %s", typed, wanted)
	}
	return not + k.word + " " + show(wanted)
}

// judgeBody says what is wrong with a whole body, which it does not copy.
func (k *condition) judgeBody(u *User, body []byte) error {
	if k.word == matches {
		if k.regex.Match(body) == k.not {
			return fmt.Errorf("body: want %s, got %s", k.describe(nil), excerpt(body))
		}
		return nil
	}
	wanted, err := k.operand.of(u)
	if err != nil {
		return err
	}
	text := asString(wanted)
	if bytes.Contains(body, []byte(text)) == k.not {
		not := ""
		if k.not {
			not = "no "
		}
		return fmt.Errorf("body: want %s%q in it, got %s", not, text, excerpt(body))
	}
	return nil
}

// compareNumbers says whether a sign holds between two numbers. What is no number
// compares with nothing.
func compareNumbers(sign string, a, b any) bool {
	switch sign {
	case equals:
		return equal(a, b)
	case differs:
		return !equal(a, b)
	}
	x, err1 := float(a)
	y, err2 := float(b)
	if err1 != nil || err2 != nil {
		return false
	}
	switch sign {
	case "<":
		return x < y
	case "<=":
		return x <= y
	case ">":
		return x > y
	}
	return x >= y
}

// length is in characters, items or members.
func length(v any) (int64, bool) {
	switch v := v.(type) {
	case string:
		return int64(utf8.RuneCountInString(v)), true
	case list:
		return int64(len(v)), true
	case map[string]any:
		return int64(len(v)), true
	}
	return 0, false
}

func jsonType(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case list:
		return "array"
	case map[string]any:
		return "object"
	}
	return "number"
}

// asString returns a string as it is, and other values as JSON.
func asString(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return show(v)
}

// brief is show, cut short.
func brief(v any) string {
	const most = 120
	text := show(v)
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
