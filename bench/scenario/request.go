package scenario

import (
	"errors"
	"fmt"
	"maps"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// A request is a compiled step: the parts of its Request that are templates,
// and proto, which holds the others.
type request struct {
	proto  Request
	path   template
	header []headerTemplate // by name
	body   template
	answer answer
	retry  *profile.Retry // nil: it is sent once

	redirects int // that are followed at most
}

type headerTemplate struct {
	name  string
	value template
}

// prebuild fills proto with everything that has no expressions.
func (r *request) prebuild() {
	r.proto.Fixed = true
	text := func(t template) string {
		s, ok := t.fixed()
		r.proto.Fixed = r.proto.Fixed && ok
		return s
	}
	r.proto.Path = text(r.path)
	for _, h := range r.header {
		r.proto.Header = append(r.proto.Header, Field{h.name, text(h.value)})
	}
	if body := text(r.body); body != "" {
		r.proto.Body = []byte(body)
	}
}

func (r *request) do(u *User) (Action, error) {
	if u.attempt > 0 || u.hops > 0 {
		return Action{Request: u.last}, nil
	}
	u.current = r
	made, err := r.make(u)
	if err == nil && u.jar != nil {
		u.sent, u.added = made.Path, ""
		if i := slices.IndexFunc(made.Header, isCookie); i >= 0 {
			u.added = made.Header[i].Value
		}
		made = u.withCookies(made)
	}
	u.last = made
	return Action{Request: made}, err
}

// make returns the request for a user.
func (r *request) make(u *User) (*Request, error) {
	if r.proto.Fixed {
		return &r.proto, nil
	}
	u.drafted().made = r.proto
	u.made.Fixed = false
	if err := errors.Join(r.makePath(u), r.makeHeader(u), r.makeBody(u)); err != nil {
		return nil, fmt.Errorf("%s: %v", r.proto.Name, err)
	}
	return &u.made, nil
}

func (r *request) makePath(u *User) (err error) {
	if _, fixed := r.path.fixed(); fixed {
		return nil
	}
	u.scratch, err = r.path.append(u.scratch[:0], u)
	u.made.Path = string(u.scratch)
	if err == nil && !r.path[0].fixed() {
		u.made.Path, err = u.program.link(u.made.Path)
	}
	return err
}

func (r *request) makeHeader(u *User) (err error) {
	u.header = append(u.header[:0], r.proto.Header...)
	u.made.Header = u.header
	for i := range r.header {
		h := &r.header[i]
		if _, fixed := h.value.fixed(); fixed {
			continue
		}
		if u.scratch, err = h.value.append(u.scratch[:0], u); err != nil {
			return fmt.Errorf("header %s: %v", h.name, err)
		}
		u.header[i].Value = string(u.scratch)
	}
	return nil
}

func (r *request) makeBody(u *User) (err error) {
	if _, fixed := r.body.fixed(); fixed {
		return nil
	}
	if u.body, err = r.body.append(u.body[:0], u); err != nil {
		return fmt.Errorf("body: %v", err)
	}
	u.made.Body = u.body
	return nil
}

// split parses a template's source and reports its mistakes.
func (c *compiler) split(path, s string) []segment {
	segments, err := split(s)
	if err != nil {
		c.bad(path, "%v", err)
	}
	return segments
}

// text compiles a template whose literal text stands as it is.
func (c *compiler) text(path, s string, write writer) template {
	var t template
	for _, g := range c.split(path, s) {
		if g.isExpr {
			t = append(t, part{expr: c.expression(path, g.text), write: write})
		} else {
			t.literal(g.text)
		}
	}
	return t
}

// path compiles a request's path. Values are escaped for the part of it, path
// or query, that they stand in, but for one that it begins with: a link.
func (c *compiler) path(path, s string) template {
	var t template
	write := pathSegment
	for i, g := range c.split(path, s) {
		if g.isExpr {
			t = append(t, part{expr: c.expression(path, g.text), write: write})
			if i == 0 {
				t[0].write = plain
			}
			continue
		}
		if foreign := foreignTemplate.FindString(g.text); foreign != "" {
			c.bad(path, "%q cannot stand in a path: an expression is written ${…}", foreign)
		} else if i := strings.IndexFunc(g.text, notInTarget); i >= 0 {
			c.bad(path, "%q cannot stand in a path: write it percent-encoded", []rune(g.text[i:])[0])
		}
		if strings.Contains(g.text, "?") {
			write = queryValue
		}
		t.literal(g.text)
	}
	return t
}

// foreignTemplate finds what begins an expression in other tools.
var foreignTemplate = regexp.MustCompile(`\{\{|#\{`)

// notInTarget says whether a rune would break the request line or, as a
// fragment, is never sent.
func notInTarget(r rune) bool { return r <= ' ' || r > '~' || r == '#' }

// headers compiles header lines, by canonical name.
func (c *compiler) headers(path string, header map[string]string) map[string]template {
	out := map[string]template{}
	for name, value := range header {
		out[textproto.CanonicalMIMEHeaderKey(name)] = c.text(path+"."+name, value, headerValue)
	}
	return out
}

// header merges a step's header lines over the profile's.
func (c *compiler) header(path string, q *profile.Request) []headerTemplate {
	values := map[string]template{}
	if kind := c.contentType(q); kind != "" {
		values["Content-Type"] = template{{text: kind}}
	}
	maps.Copy(values, c.common)
	own := c.headers(path+".headers", q.Headers)
	maps.Copy(values, own)
	if q.Multipart != nil { // none but perfcheck knows the boundary
		values["Content-Type"] = template{{text: c.contentType(q)}}
		if own["Content-Type"] != nil {
			c.bad(path+".headers", "perfcheck sets the Content-Type of a multipart body itself: remove it")
		}
	}
	if a := c.auth(path+".auth", q.Auth); a != nil {
		values["Authorization"] = a
	}
	var out []headerTemplate
	for _, name := range slices.Sorted(maps.Keys(values)) {
		out = append(out, headerTemplate{name, values[name]})
	}
	return out
}

func (c *compiler) contentType(q *profile.Request) string {
	switch {
	case q.JSON != nil:
		return "application/json"
	case q.Form != nil:
		return "application/x-www-form-urlencoded"
	case q.Multipart != nil:
		return "multipart/form-data; boundary=" + c.boundary(q)
	}
	return ""
}

func (c *compiler) body(path string, q *profile.Request) template {
	var t template
	switch {
	case q.JSON != nil:
		c.json(&t, path+".json", q.JSON)
	case q.Form != nil:
		c.form(&t, path+".form", q.Form)
	case q.Multipart != nil:
		c.multipart(&t, path+".multipart", q)
	case q.File != nil:
		t.literal(string(q.File))
	default:
		t = c.text(path+".body", q.Body, plain)
	}
	return t
}

func (c *compiler) form(t *template, path string, form map[string]string) {
	for i, name := range slices.Sorted(maps.Keys(form)) {
		if i > 0 {
			t.literal("&")
		}
		t.literal(url.QueryEscape(name) + "=")
		for _, g := range c.split(path+"."+name, form[name]) {
			if g.isExpr {
				*t = append(*t, part{expr: c.expression(path+"."+name, g.text), write: queryValue})
			} else {
				t.literal(url.QueryEscape(g.text))
			}
		}
	}
}

// json compiles a JSON body, maps sorted by key.
func (c *compiler) json(t *template, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		t.literal("{")
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				t.literal(",")
			}
			t.literal(`"` + quoted(name) + `":`)
			c.json(t, path+"."+name, v[name])
		}
		t.literal("}")
	case []any:
		t.literal("[")
		for i, item := range v {
			if i > 0 {
				t.literal(",")
			}
			c.json(t, fmt.Sprintf("%s[%d]", path, i), item)
		}
		t.literal("]")
	case string:
		c.jsonString(t, path, v)
	default:
		text, err := marshal(v)
		if err != nil {
			c.bad(path, "%v", err)
		}
		t.literal(string(text))
	}
}

func (c *compiler) jsonString(t *template, path, s string) {
	segments := c.split(path, s)
	if len(segments) == 1 && segments[0].isExpr {
		*t = append(*t, part{expr: c.expression(path, segments[0].text), write: jsonValue})
		return
	}
	t.literal(`"`)
	for _, g := range segments {
		if g.isExpr {
			*t = append(*t, part{expr: c.expression(path, g.text), write: jsonText})
		} else {
			t.literal(quoted(g.text))
		}
	}
	t.literal(`"`)
}
