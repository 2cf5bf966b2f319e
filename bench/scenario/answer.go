package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// An answer is what a request's step expects and captures.
type answer struct {
	status   []int // with classes empty: 200 to 399
	classes  []profile.StatusRange
	statuses string // all that are accepted, for messages
	size     profile.Size
	time     time.Duration // 0: any
	headers  []check
	body     []condition
	checks   []check
	captures []capture
	records  []record
	encoded  bool // the body may come encoded, and something looks at it
}

// A check is a condition on the values that a header or a path has.
type check struct {
	what string // path or header, for messages
	path jsonPath
	want condition
}

// A parsed answer is read as JSON at most once.
type parsed struct {
	response *Response
	document document
	done     bool
}

// errNoJSON is returned for a body that is none.
var errNoJSON = errors.New("the body is no JSON")

func (p *parsed) json() (document, error) {
	if p.done {
		return p.document, nil
	}
	d, err := parseDocument(p.response.Body)
	if err != nil {
		return document{}, fmt.Errorf("%w: %s", err, excerpt(p.response.Body))
	}
	p.document, p.done = d, true
	return d, nil
}

// judge returns the first thing that is wrong with r, and captures variables
// when nothing is.
func (a *answer) judge(u *User, r *Response) error {
	if !a.accepts(r.Status) {
		return refused(r, a.statuses)
	}
	if a.time > 0 && r.Time >= a.time {
		return &SlowError{r.Time, a.time}
	}
	if a.size.Op != "" && !compareNumbers(a.size.Op, int64(len(r.Body)), a.size.Bytes) {
		return fmt.Errorf("size: the body has %d bytes, want %s %d", len(r.Body), a.size.Op, a.size.Bytes)
	}
	for i := range a.headers {
		if err := a.headers[i].judgeHeader(u, r.Header); err != nil {
			return err
		}
	}
	var err error
	if a.encoded {
		err = a.examineEncoded(u, r)
	} else {
		err = a.examine(u, r)
	}
	if err != nil {
		return err
	}
	return a.record(u)
}

// examine judges and captures what is in the body, among others.
func (a *answer) examine(u *User, r *Response) error {
	for i := range a.body {
		if err := a.body[i].judgeBody(u, r.Body); err != nil {
			return err
		}
	}
	if len(a.checks) == 0 && len(a.captures) == 0 {
		return nil
	}
	return a.read(u, parsed{response: r})
}

// read judges and captures what is in the answer's JSON, among others.
func (a *answer) read(u *User, p parsed) error {
	for i := range a.checks {
		d, err := p.json()
		if err != nil {
			return err
		}
		k := &a.checks[i]
		if k.holdsInText(d) {
			continue
		}
		if err := k.want.judge(u, k.what, k.path.all(d), false); err != nil {
			return err
		}
	}
	for i := range a.captures {
		if err := a.captures[i].take(u, &p); err != nil {
			return err
		}
	}
	return nil
}

// holdsInText says yes where no value needs to be parsed for it.
func (k *check) holdsInText(d document) bool {
	if k.want.word != exists && k.want.word != notEmpty {
		return false
	}
	found, empty := k.path.empties(d)
	return found && !(empty && k.want.word == notEmpty)
}

func (a *answer) accepts(status int) bool {
	if len(a.status) == 0 && len(a.classes) == 0 {
		return status >= 200 && status < 400
	}
	return among(status, a.status, a.classes)
}

// among says whether a status is one of the codes, or of a class.
func among(status int, codes []int, classes []profile.StatusRange) bool {
	return slices.Contains(codes, status) || slices.ContainsFunc(classes, func(c profile.StatusRange) bool {
		return c.Low <= status && status <= c.High
	})
}

// excerpt shortens a body for a message.
func excerpt(body []byte) string {
	const most = 100
	if len(body) > most {
		return fmt.Sprintf("%#q…", body[:most])
	}
	return fmt.Sprintf("%#q", body)
}

// refused returns the error of a status that is not accepted, with what the
// service says of it in plain text.
func refused(r *Response, want string) error {
	err := &StatusError{Got: r.Status, Want: want}
	if said := bytes.TrimSpace(r.Body); len(said) > 0 && r.encoding() == "" {
		err.Body = excerpt(said)
	}
	return err
}

func (k *check) judgeHeader(u *User, raw []byte) error {
	var values []any
	for value := range headerValues(raw, k.what) {
		values = append(values, value)
	}
	return k.want.judge(u, "header "+k.what, values, true)
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
		b, ok := elements(b)
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
	switch b.(type) {
	case list, map[string]any:
		return false // not comparable by ==
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

func (c *compiler) answer(path string, q *profile.Request) answer {
	e := &q.Expect
	a := answer{status: e.Status, classes: e.Classes, statuses: statuses(e), size: e.Size, time: e.Time}
	for _, k := range e.Headers {
		a.headers = append(a.headers, check{what: k.Path, want: c.check(path+".expect.headers."+k.Path, k.Want, true)})
	}
	for i, text := range e.Body {
		a.body = append(a.body, c.bodyCondition(path, e.Body, i, text))
	}
	for _, k := range e.JSON {
		at := path + ".expect.json." + k.Path
		p, err := parsePath(k.Path)
		if err != nil {
			c.bad(at, "%v", err)
		}
		a.checks = append(a.checks, check{p.source, p, c.check(at, k.Want, false)})
	}
	for _, k := range q.Capture {
		a.captures = append(a.captures, c.capture(path+".capture."+k.Name, k))
	}
	return a
}

// bodyCondition compiles a condition on a whole body. It contains or matches,
// and contains what is plain text.
func (c *compiler) bodyCondition(path string, all []string, i int, text string) condition {
	at := path + ".expect.body"
	if len(all) > 1 {
		at = fmt.Sprintf("%s[%d]", at, i)
	}
	switch p := parsePhrase(text); p.word {
	case contains, matches:
		return c.check(at, text, true)
	}
	return condition{word: contains, operand: c.operand(at, text, asText)}
}

// statuses lists the accepted codes for a message.
func statuses(e *profile.Expect) string {
	var words []string
	for _, code := range e.Status {
		words = append(words, strconv.Itoa(code))
	}
	for _, c := range e.Classes {
		words = append(words, fmt.Sprintf("%d to %d", c.Low, c.High))
	}
	if len(words) == 0 {
		return "200 to 399"
	}
	return strings.Join(words, " or ")
}
