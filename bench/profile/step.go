package profile

import (
	"cmp"
	"iter"
	"net/textproto"
	"slices"
	"strings"
	"time"
)

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

func (r *reader) steps(n *node) []Step {
	var out []Step
	for _, item := range r.elements(n) {
		out = append(out, r.step(item))
	}
	return out
}

// step reads a request, a think time or a condition, told apart by their keys.
func (r *reader) step(n *node) Step {
	var kinds []string
	for _, f := range n.fields {
		if slices.Contains(methods, f.name) || f.name == "think" || f.name == "if" {
			kinds = append(kinds, f.name)
		}
	}
	if len(kinds) != 1 {
		r.noStep(n, kinds)
		return Step{}
	}
	switch kinds[0] {
	case "think":
		return r.think(n)
	case "if":
		return r.condition(n)
	}
	return Step{Request: r.request(n, kinds[0])}
}

func (r *reader) noStep(n *node, kinds []string) {
	all := append(slices.Clone(methods), "think", "if")
	switch {
	case n.kind != mapping:
		r.bad(n, "want a step such as {GET: /path}, got %s", n)
	case len(kinds) > 1:
		r.bad(n, "a step does one thing, this one has %s: start a new step with a dash", strings.Join(kinds, " and "))
	default:
		for _, f := range n.fields {
			if near := Nearest(f.name, all); near != "" {
				r.bad(f.node, "unknown key: did you mean %s?", near)
				return
			}
		}
		r.bad(n, "want a step with one of %s", choices(all))
	}
}

func (r *reader) think(n *node) Step {
	t := &Think{}
	r.fields(n, map[string]func(*node){
		"think": func(n *node) { *t = r.thinkTime(n) },
	})
	return Step{Think: t}
}

// thinkTime reads 100ms or 100ms..300ms.
func (r *reader) thinkTime(n *node) Think {
	s, _ := n.value.(string)
	first, last, isRange := strings.Cut(s, "..")
	low, err := time.ParseDuration(strings.TrimSpace(first))
	high := low
	if isRange && err == nil {
		high, err = time.ParseDuration(strings.TrimSpace(last))
	}
	if err != nil || low < 0 || high < low {
		r.bad(n, "want a duration or a range of them, as in 100ms..300ms, got %s", n)
		return Think{}
	}
	return Think{low, high}
}

func (r *reader) condition(n *node) Step {
	var s Step
	r.fields(n, map[string]func(*node){
		"if":    func(n *node) { s.If = r.text(n) },
		"steps": func(n *node) { s.Steps = r.steps(n) },
	})
	if n.field("steps") == nil {
		r.bad(n, "steps are missing: what is to be done if %s?", s.If)
	}
	return s
}

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

// checkNames reports steps of equal name that differ in what they request:
// they would be measured as one.
func (r *reader) checkNames(n *node, scenarios []Scenario) {
	first := map[string]*Request{}
	for i, s := range scenarios {
		r.walkRequests(n.items[i].field("steps"), s.Steps, func(n *node, q *Request) {
			other, ok := first[q.Name]
			if !ok {
				first[q.Name] = q
			} else if q.Method != other.Method || q.Path != other.Path {
				r.bad(n, "a second step %q, and the first is %s %s: name them differently", q.Name, other.Method, other.Path)
			}
		})
	}
}

func (r *reader) walkRequests(n *node, steps []Step, visit func(*node, *Request)) {
	for i, s := range steps {
		if s.Request != nil {
			visit(n.items[i], s.Request)
		} else if len(s.Steps) > 0 {
			r.walkRequests(n.items[i].field("steps"), s.Steps, visit)
		}
	}
}

// requests yields the requests among steps, those under conditions included.
func requests(steps []Step) iter.Seq[*Request] {
	return func(yield func(*Request) bool) { eachRequest(steps, yield) }
}

func eachRequest(steps []Step, yield func(*Request) bool) bool {
	for _, s := range steps {
		if s.Request != nil && !yield(s.Request) {
			return false
		}
		if !eachRequest(s.Steps, yield) {
			return false
		}
	}
	return true
}

func anyRequest(steps []Step) bool {
	for range requests(steps) {
		return true
	}
	return false
}
