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
		method:      func(n *node) { q.Path = r.requestPath(n) },
		"name":      func(n *node) { q.Name = r.name(n, r.text(n)) },
		"headers":   func(n *node) { q.Headers = r.headers(n) },
		"json":      func(n *node) { q.JSON = r.json(n) },
		"form":      func(n *node) { q.Form = r.texts(n) },
		"multipart": func(n *node) { q.Multipart = r.multipart(n) },
		"file":      func(n *node) { q.File = r.content(n) },
		"auth":      func(a *node) { q.Auth = r.auth(a, n.field("headers")) },
		"body":      func(n *node) { q.Body = r.str(n) },
		"expect":    func(n *node) { q.Expect = r.expect(n) },
		"capture":   func(n *node) { q.Capture = r.captures(n) },
		"record":    func(n *node) { q.Record = r.records(n) },
		"timeout":   func(n *node) { q.Timeout = r.duration(n) },
		"retry":     func(n *node) { q.Retry = r.retry(n) },
		"redirects": func(n *node) { q.Redirects = new(r.redirects(n)) },
	})
	q.Name = cmp.Or(q.Name, q.Method+" "+q.Path)
	r.checkBody(n)
	return q
}

// requestPath reads a path, which an expression can begin.
func (r *reader) requestPath(n *node) string {
	if strings.HasPrefix(n.text, "${") {
		return r.str(n)
	}
	return r.path(n)
}

// name checks under which name something is measured.
func (r *reader) name(n *node, s string) string {
	if strings.Contains(s, "${") {
		r.bad(n, "a name has no templates: all that has it is measured as one")
	}
	return s
}

// maxRedirects bounds those of a request: browsers follow as many.
const maxRedirects = 20

func (r *reader) redirects(n *node) int { return int(r.integer(n, 0, maxRedirects)) }

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
		case strings.ContainsFunc(f.node.text, notInHeader):
			r.bad(f.node, "want a value of one line, without control characters")
		}
	}
	return out
}

// notInHeader says of what may stand in no header's value (RFC 9110, section 5.5).
func notInHeader(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }

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
