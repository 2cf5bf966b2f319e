package profile

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

func (r *reader) expect(n *node) Expect {
	var e Expect
	r.fields(n, map[string]func(*node){
		"status":  func(n *node) { r.status(n, &e) },
		"headers": func(n *node) { e.Headers = r.headerChecks(n) },
		"json":    func(n *node) { e.JSON = r.checks(n) },
		"body":    func(n *node) { e.Body = r.bodyChecks(n) },
		"size":    func(n *node) { e.Size = r.size(n) },
		"time":    func(n *node) { e.Time = r.timeLimit(n) },
	})
	return e
}

// status reads a code, a class such as 2xx, a range such as 200..204, or a
// list of them.
func (r *reader) status(n *node, e *Expect) {
	items := []*node{n}
	if n.kind == list {
		items = r.elements(n)
	}
	for _, item := range items {
		if code, ok := item.value.(int64); ok && code >= 100 && code <= 599 {
			e.Status = append(e.Status, int(code))
		} else if codes, ok := statusRange(item.text); ok {
			e.Classes = append(e.Classes, codes)
		} else {
			r.bad(item, "want a code from 100 to 599, a class such as 2xx or a range such as 200..204, got %s", item)
		}
	}
}

var (
	statusClass = regexp.MustCompile(`^([1-5])xx$`)
	statusSpan  = regexp.MustCompile(`^([1-5]\d\d)\s*\.\.\s*([1-5]\d\d)$`)
)

func statusRange(text string) (StatusRange, bool) {
	if m := statusClass.FindStringSubmatch(text); m != nil {
		low := int(m[1][0]-'0') * 100
		return StatusRange{low, low + 99}, true
	}
	if m := statusSpan.FindStringSubmatch(text); m != nil {
		low, _ := strconv.Atoi(m[1]) // three digits
		high, _ := strconv.Atoi(m[2])
		return StatusRange{low, high}, low <= high
	}
	return StatusRange{}, false
}

func (r *reader) checks(n *node) []Check {
	var out []Check
	for _, f := range r.entries(n) {
		out = append(out, Check{f.name, f.node.plain()})
	}
	slices.SortFunc(out, func(a, b Check) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// headerChecks takes values as they are written: a header has only text.
func (r *reader) headerChecks(n *node) []Check {
	var out []Check
	for _, f := range r.entries(n) {
		if !isToken(f.name) {
			r.bad(f.node, "want a header's name, got %q", f.name)
		}
		out = append(out, Check{f.name, r.text(f.node)})
	}
	slices.SortFunc(out, func(a, b Check) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// Texts are one text or several. In the digest one is itself: once there could
// be only one.
type Texts []string

// MarshalJSON implements [json.Marshaler].
func (t Texts) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

func (r *reader) bodyChecks(n *node) Texts {
	if n.kind != list {
		return Texts{r.str(n)}
	}
	return r.strs(n)
}

// size reads a comparison with an amount, as in "< 10kB".
func (r *reader) size(n *node) Size {
	op, amount := comparison(n)
	bytes, ok := inUnits(amount, bench.Bytes)
	if op == "" || !ok || bytes >= 1<<62 {
		r.bad(n, `want <, <=, > or >= and an amount, as in "< 10kB", got %s`, n)
		return Size{}
	}
	return Size{op, int64(bytes)}
}

// timeLimit reads a comparison with a duration, as in "< 200ms".
func (r *reader) timeLimit(n *node) time.Duration {
	op, limit := comparison(n)
	d, err := time.ParseDuration(limit)
	if op != "<" || err != nil || d <= 0 {
		r.bad(n, `want < and a duration, as in "< 200ms", got %s`, n)
		return 0
	}
	return d
}

// comparison splits "< 10" into its sign and the rest; op is empty where there is none.
func comparison(n *node) (op, rest string) {
	s, _ := n.value.(string)
	for _, op := range []string{"<=", ">=", "<", ">"} {
		if rest, ok := strings.CutPrefix(s, op); ok {
			return op, strings.TrimSpace(rest)
		}
	}
	return "", s
}
