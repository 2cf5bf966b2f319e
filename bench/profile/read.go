package profile

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A reader turns nodes into values and keeps the problems that it meets. Its
// methods return the zero value for what they have reported.
type reader struct {
	source
	dir      string // relative paths start here
	env      string // but those of env files here
	problems Problems

	flows   map[string]*node // by name
	using   []string         // the flows that are being read, each used by the one before
	grafted int              // nodes of flows where they are used
}

func newReader(path string) *reader {
	dir := filepath.Dir(path)
	return &reader{source: source{file: path, positions: map[string]Position{}}, dir: dir, env: dir}
}

// bad reports a problem with n.
func (r *reader) bad(n *node, format string, args ...any) {
	if n.broken {
		return
	}
	file := cmp.Or(n.Position.File, r.file)
	r.problems = append(r.problems, Problem{file, n.Position, n.path, fmt.Sprintf(format, args...)})
}

// badAt reports a problem with the key at path.
func (r *reader) badAt(path, format string, args ...any) {
	r.problems = append(r.problems, r.problem(path, format, args...))
}

// fields hands the value of each key of n to the function of that name and
// reports the keys that have none.
func (r *reader) fields(n *node, known map[string]func(*node)) {
	if n.kind != mapping {
		r.bad(n, "want a map of %s, got %s", choices(slices.Sorted(maps.Keys(known))), n)
		return
	}
	for _, f := range n.fields {
		if read, ok := known[f.name]; ok {
			read(f.node)
			continue
		}
		r.unknown(f, slices.Collect(maps.Keys(known)))
	}
}

func (r *reader) unknown(f field, known []string) {
	at := &node{Position: f.key, path: f.node.path}
	if near := meant(f.name, known); near != "" {
		r.bad(at, "unknown key: did you mean %s?", near)
	} else {
		slices.Sort(known)
		r.bad(at, "unknown key: want %s", choices(known))
	}
}

// elsewhere has words of other tools, and what says the same here.
var elsewhere = map[string]string{
	"check": "expect", "duration": "for", "extract": "capture", "foreach": "each", "group": "transaction",
	"loop": "repeat", "pause": "think", "sleep": "think", "vus": "users", "wait": "think",
}

// meant returns the key that was probably meant, or "".
func meant(name string, known []string) string {
	if here := elsewhere[strings.ToLower(name)]; slices.Contains(known, here) {
		return here
	}
	return Nearest(name, known)
}

// entries returns the keys of a mapping that may have any names, at least one.
func (r *reader) entries(n *node) []field {
	if n.kind != mapping || len(n.fields) == 0 {
		r.bad(n, "want a map of names, got %s", n)
		return nil
	}
	return n.fields
}

// elements returns the elements of a list, at least one.
func (r *reader) elements(n *node) []*node {
	if n.kind != list || len(n.items) == 0 {
		r.bad(n, "want a list, got %s", n)
		return nil
	}
	return n.items
}

// str reads a string that is not empty.
func (r *reader) str(n *node) string {
	s, ok := n.value.(string)
	if !ok || s == "" {
		r.bad(n, "want a string, got %s", n)
	}
	return s
}

// text reads any scalar as it is written, so that numbers and booleans need no
// quotes where only strings make sense.
func (r *reader) text(n *node) string {
	if n.kind != scalar || n.value == nil {
		r.bad(n, "want a string, got %s", n)
		return ""
	}
	return n.text
}

func (r *reader) texts(n *node) map[string]string {
	out := map[string]string{}
	for _, f := range r.entries(n) {
		out[f.name] = r.text(f.node)
	}
	return out
}

func (r *reader) strs(n *node) []string {
	var out []string
	for _, item := range r.elements(n) {
		out = append(out, r.text(item))
	}
	return out
}

func (r *reader) boolean(n *node) bool {
	b, ok := n.value.(bool)
	if !ok {
		r.bad(n, "want true or false, got %s", n)
	}
	return b
}

func (r *reader) oneOf(n *node, words ...string) string {
	if s, ok := n.value.(string); ok && slices.Contains(words, s) {
		return s
	}
	r.bad(n, "want %s, got %s", choices(words), n)
	return ""
}

// integer reads a whole number between low and high.
func (r *reader) integer(n *node, low, high int64) int64 {
	i, ok := n.value.(int64)
	if !ok || i < low || i > high {
		r.bad(n, "want a whole number from %d to %d, got %s", low, high, n)
		return 0
	}
	return i
}

// maxDuration bounds each duration, so that no sum or product of them overflows:
// nobody measures for days.
const maxDuration = 24 * time.Hour

// parseDuration reads a duration up to maxDuration.
func parseDuration(s string) (d time.Duration, ok bool) {
	d, err := time.ParseDuration(s)
	return d, err == nil && d >= 0 && d <= maxDuration
}

// duration reads a duration that is longer than 0.
func (r *reader) duration(n *node) time.Duration {
	s, _ := n.value.(string)
	d, ok := parseDuration(s)
	if !ok || d == 0 {
		r.bad(n, "want a duration above 0 and up to 24h, such as 500ms or 2s, got %s", n)
		return 0
	}
	return d
}

// number reads the number before a unit; ok says whether s is a finite number
// above 0, followed by the unit.
func number(s, unit string) (f float64, ok bool) {
	digits, found := strings.CutSuffix(s, unit)
	if !found {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	return f, err == nil && f > 0 && !math.IsInf(f, 0)
}

// plain returns the value of n as encoding/json would decode it, but for
// integers, which stay integers.
func (n *node) plain() any {
	switch n.kind {
	case mapping:
		m := make(map[string]any, len(n.fields))
		for _, f := range n.fields {
			m[f.name] = f.node.plain()
		}
		return m
	case list:
		items := make([]any, len(n.items))
		for i, item := range n.items {
			items[i] = item.plain()
		}
		return items
	}
	return n.value
}

// String describes the value for a message.
func (n *node) String() string {
	switch {
	case n.kind == mapping && len(n.fields) == 0:
		return "an empty map"
	case n.kind == mapping:
		return "a map"
	case n.kind == list && len(n.items) == 0:
		return "an empty list"
	case n.kind == list:
		return "a list"
	case n.value == nil:
		return "nothing"
	}
	if s, ok := n.value.(string); ok {
		return strconv.Quote(s)
	}
	return n.text
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// word is what a profile may be called: it becomes part of file names and of
// the name of a status check.
var word = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
