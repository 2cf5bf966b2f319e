package scenario

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// An answer is what a request's step expects and captures.
type answer struct {
	status   []int // empty: 200 to 399
	body     template
	checks   []check
	captures []capture
}

// A check is a condition on the values that a path selects.
type check struct {
	path jsonPath
	want want
}

// A want is what selected values must be beside being there at all.
type want struct {
	notEmpty bool
	equal    bool        // to the value of expr or text, else to value
	value    any         // a literal
	expr     *expression // not nil for a string that is wholly an expression
	text     template    // not empty for a string that has expressions in it
}

type capture struct {
	name   string
	path   jsonPath
	random bool
}

// judge returns the first thing that is wrong with r, and captures variables
// when nothing is.
func (a *answer) judge(u *User, r *Response) error {
	if !a.accepts(r.Status) {
		return &StatusError{r.Status, a.status}
	}
	if len(a.body) > 0 {
		if err := a.judgeBody(u, r.Body); err != nil {
			return err
		}
	}
	if len(a.checks) == 0 && len(a.captures) == 0 {
		return nil
	}
	d, err := parseDocument(r.Body)
	if err != nil {
		return fmt.Errorf("%v: %s", err, excerpt(r.Body))
	}
	for i := range a.checks {
		if err := a.checks[i].judge(u, d); err != nil {
			return err
		}
	}
	return a.capture(u, d)
}

func (a *answer) accepts(status int) bool {
	if len(a.status) == 0 {
		return status >= 200 && status < 400
	}
	return slices.Contains(a.status, status)
}

func (a *answer) judgeBody(u *User, body []byte) error {
	text, err := a.body.append(u.scratch[:0], u)
	u.scratch = text
	if err != nil {
		return err
	}
	if !bytes.Contains(body, text) {
		return fmt.Errorf("body: want %q in it, got %s", text, excerpt(body))
	}
	return nil
}

// excerpt shortens a body for a message.
func excerpt(body []byte) string {
	const most = 60
	if len(body) > most {
		return fmt.Sprintf("%q…", body[:most])
	}
	return fmt.Sprintf("%q", body)
}

func (c *check) judge(u *User, d document) error {
	values := c.path.all(d)
	if len(values) == 0 {
		return fmt.Errorf("%s matches nothing", c.path.source)
	}
	switch {
	case c.want.notEmpty:
		return c.judgeNotEmpty(values)
	case c.want.equal:
		return c.judgeEqual(u, values)
	}
	return nil
}

func (c *check) judgeNotEmpty(values []any) error {
	for _, v := range values {
		if empty(v) {
			return fmt.Errorf("%s is empty", c.path.source)
		}
	}
	return nil
}

func (c *check) judgeEqual(u *User, values []any) error {
	wanted, err := c.want.of(u)
	if err != nil {
		return err
	}
	for _, v := range values {
		if v = keep(v); !equal(v, wanted) {
			return fmt.Errorf("%s is %s, want %s", c.path.source, show(v), show(wanted))
		}
	}
	return nil
}

// of returns the value to equal.
func (w *want) of(u *User) (any, error) {
	if w.expr != nil {
		return w.expr.value(u)
	}
	if len(w.text) > 0 {
		text, err := w.text.append(nil, u)
		return string(text), err
	}
	return w.value, nil
}

// show writes a value for a message.
func show(v any) string {
	text, err := jsonValue(nil, v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case list:
		return len(v) == 0
	case object:
		return len(v.Keys()) == 0
	}
	return false
}

// equal compares values of JSON, in which 1 and 1.0 are the same number.
func equal(a, b any) bool {
	switch a := a.(type) {
	case list:
		b, ok := b.(list)
		return ok && slices.EqualFunc(a, b, equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, value := range a {
			other, ok := b[name]
			if !ok || !equal(value, other) {
				return false
			}
		}
		return true
	}
	if a == b {
		return true
	}
	_, aWhole := a.(int64)
	_, bWhole := b.(int64)
	if aWhole && bWhole {
		return false // as floats they could be equal beyond 53 bits
	}
	x, err1 := float(a)
	y, err2 := float(b)
	return err1 == nil && err2 == nil && x == y
}

func (a *answer) capture(u *User, d document) error {
	for _, c := range a.captures {
		var v any
		var ok bool
		if c.random {
			v, ok = c.path.random(d, u.rng)
		} else {
			v, ok = c.path.first(d)
		}
		if !ok {
			return fmt.Errorf("capture %s: %s matches nothing", c.name, c.path.source)
		}
		u.vars[c.name] = keep(v)
	}
	return nil
}

func (c *compiler) answer(path string, q *profile.Request) answer {
	a := answer{status: q.Expect.Status}
	a.body = c.text(path+".expect.body", q.Expect.Body, plain)
	for _, k := range q.Expect.JSON {
		at := path + ".expect.json." + k.Path
		p, err := parsePath(k.Path)
		if err != nil {
			c.bad(at, "%v", err)
		}
		a.checks = append(a.checks, check{p, c.want(at, k.Want)})
	}
	for _, k := range q.Capture {
		at := path + ".capture." + k.Name
		p, err := parsePath(k.Path)
		if err != nil {
			c.bad(at, "%v", err)
		}
		a.captures = append(a.captures, capture{k.Name, p, k.Pick == profile.Random})
	}
	return a
}

func (c *compiler) want(path string, v any) want {
	switch v {
	case profile.Exists:
		return want{}
	case profile.NotEmpty:
		return want{notEmpty: true}
	}
	s, ok := v.(string)
	if !ok {
		return want{equal: true, value: v}
	}
	segments := c.split(path, s)
	if len(segments) == 1 && segments[0].isExpr {
		return want{equal: true, expr: c.expression(path, segments[0].text)}
	}
	t := c.text(path, s, plain)
	if fixed, ok := t.fixed(); ok {
		return want{equal: true, value: fixed}
	}
	return want{equal: true, text: t}
}
