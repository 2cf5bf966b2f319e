package profile

import (
	"cmp"
	"net/textproto"
	"slices"
	"strings"
)

func (r *reader) request(n *node, method string) *Request {
	q := &Request{Method: method}
	r.fields(n, map[string]func(*node){
		method:    func(n *node) { q.Path = r.path(n) },
		"name":    func(n *node) { q.Name = r.text(n) },
		"headers": func(n *node) { q.Headers = r.headers(n) },
		"json":    func(n *node) { q.JSON = r.json(n) },
		"form":    func(n *node) { q.Form = r.texts(n) },
		"body":    func(n *node) { q.Body = r.str(n) },
		"expect":  func(n *node) { q.Expect = r.expect(n) },
		"capture": func(n *node) { q.Capture = r.captures(n) },
		"timeout": func(n *node) { q.Timeout = r.duration(n) },
	})
	q.Name = cmp.Or(q.Name, q.Method+" "+q.Path)
	var bodies []string
	for _, key := range []string{"json", "form", "body"} {
		if n.field(key) != nil {
			bodies = append(bodies, key)
		}
	}
	if len(bodies) > 1 {
		r.bad(n, "want one body, got %s", strings.Join(bodies, " and "))
	}
	return q
}

func (r *reader) json(n *node) any {
	v := n.plain()
	if v == nil {
		r.bad(n, "want a value, got %s", n)
	}
	return v
}

// ownHeaders are those that the load engine writes itself.
var ownHeaders = []string{"Connection", "Content-Length", "Host", "Transfer-Encoding"}

func (r *reader) headers(n *node) map[string]string {
	out := r.texts(n)
	for _, f := range n.fields {
		name := textproto.CanonicalMIMEHeaderKey(f.name)
		switch {
		case slices.Contains(ownHeaders, name):
			r.bad(f.node, "perfcheck sets this header itself: remove it")
		case !isToken(f.name):
			r.bad(f.node, "want a header's name, got %q", f.name)
		case strings.ContainsAny(f.node.text, "\r\n"):
			r.bad(f.node, "want a value of one line")
		}
	}
	return out
}

// isToken says whether s is one by RFC 9110, section 5.6.2.
func isToken(s string) bool {
	for _, c := range s {
		alphanumeric := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !alphanumeric && !strings.ContainsRune("!#$%&'*+-.^_`|~", c) {
			return false
		}
	}
	return s != ""
}

func (r *reader) expect(n *node) Expect {
	var e Expect
	r.fields(n, map[string]func(*node){
		"status": func(n *node) { e.Status = r.status(n) },
		"json":   func(n *node) { e.JSON = r.checks(n) },
		"body":   func(n *node) { e.Body = r.str(n) },
	})
	return e
}

func (r *reader) status(n *node) []int {
	if n.kind != list {
		return []int{int(r.integer(n, 100, 599))}
	}
	var codes []int
	for _, item := range r.elements(n) {
		codes = append(codes, int(r.integer(item, 100, 599)))
	}
	return codes
}

func (r *reader) checks(n *node) []Check {
	var out []Check
	for _, f := range r.entries(n) {
		out = append(out, Check{f.name, f.node.plain()})
	}
	slices.SortFunc(out, func(a, b Check) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

func (r *reader) captures(n *node) []Capture {
	var out []Capture
	for _, f := range r.entries(n) {
		out = append(out, r.capture(f))
	}
	slices.SortFunc(out, func(a, b Capture) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// capture reads a JSONPath, which may end in "| first" or "| random". A
// JSONPath itself can hold || but no single bar outside of quotes.
func (r *reader) capture(f field) Capture {
	if f.node.kind == mapping {
		r.bad(f.node, "want a JSONPath such as $.id: other kinds of captures are not supported yet")
		return Capture{}
	}
	c := Capture{Name: f.name, Path: r.str(f.node), Pick: First}
	bar := strings.LastIndexByte(c.Path, '|')
	if bar < 0 || strings.ContainsAny(c.Path[bar:], `)]'"`) {
		return c
	}
	pick := strings.TrimSpace(c.Path[bar+1:])
	if pick != First && pick != Random {
		r.bad(f.node, "want first or random after the bar, got %q", pick)
	}
	c.Path, c.Pick = strings.TrimSpace(c.Path[:bar]), pick
	return c
}
