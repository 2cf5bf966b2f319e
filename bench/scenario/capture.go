package scenario

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// A capture keeps a part of the answer in a variable.
type capture struct {
	name     string
	what     string // it is taken from, for messages
	from     source
	path     jsonPath       // of source fromJSON
	key      string         // name of the header or cookie
	regex    *regexp.Regexp // nil: the whole of it
	pick     string
	index    int
	fallback *operand // nil: a miss is a failure
}

// A source is the part of an answer that a capture looks at.
type source int

const (
	fromJSON source = iota
	fromHeader
	fromCookie
	fromBody
	fromStatus
)

func (c *capture) take(u *User, a *parsed) error {
	v, ok, err := c.value(u, a)
	if err != nil {
		return err
	}
	if !ok && c.fallback == nil {
		return fmt.Errorf("capture %s: %s matches nothing", c.name, c.what)
	}
	if !ok {
		if v, err = c.fallback.of(u); err != nil {
			return err
		}
	}
	u.set(c.name, v)
	return nil
}

// value returns what is kept; ok says whether there is any.
func (c *capture) value(u *User, a *parsed) (v any, ok bool, err error) {
	if c.from != fromJSON {
		v, ok = c.choose(u, c.texts(a.response))
		return v, ok, nil
	}
	d, err := a.json()
	if errors.Is(err, errNoJSON) && c.fallback != nil {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	switch c.pick { // the most common ones need not select all
	case profile.First:
		v, ok = c.path.first(d)
	case profile.Random:
		v, ok = c.path.random(d, u.rng())
	default:
		v, ok = c.choose(u, c.path.all(d))
	}
	return keep(v), ok, nil
}

// texts returns all that the capture matches outside of JSON.
func (c *capture) texts(r *Response) (matches []any) {
	switch c.from {
	case fromStatus:
		return []any{int64(r.Status)}
	case fromCookie:
		for cookie := range setCookies(r.Header) {
			if cookie.Name == c.key {
				matches = append(matches, cookie.Value)
			}
		}
	case fromHeader:
		for value := range headerValues(r.Header, c.key) {
			matches = append(matches, c.pieces([]byte(value))...)
		}
	case fromBody:
		return c.pieces(r.Body)
	}
	return matches
}

// pieces returns what the regular expression matches: its group, or all of it
// where it has none.
func (c *capture) pieces(text []byte) (pieces []any) {
	if c.regex == nil {
		return []any{string(text)}
	}
	most := -1
	if c.pick == profile.First {
		most = 1
	}
	for _, m := range c.regex.FindAllSubmatch(text, most) {
		pieces = append(pieces, string(m[len(m)-1]))
	}
	return pieces
}

func (c *capture) choose(u *User, matches []any) (v any, ok bool) {
	n := len(matches)
	switch {
	case c.pick == profile.Count:
		return int64(n), true
	case n == 0:
		return nil, false
	case c.pick == profile.All:
		return slices.Clone(matches), true
	}
	i := 0
	switch c.pick {
	case profile.Last:
		i = n - 1
	case profile.Random:
		i = u.rng().IntN(n)
	case profile.Nth:
		i = c.index
	}
	if i >= n {
		return nil, false
	}
	return matches[i], true
}

func (c *compiler) capture(path string, k profile.Capture) capture {
	out := capture{name: k.Name, pick: k.Pick, index: k.Index}
	switch {
	case k.Header != "":
		out.from, out.key, out.what = fromHeader, k.Header, "header "+k.Header
	case k.Cookie != "":
		out.from, out.key, out.what = fromCookie, k.Cookie, "cookie "+k.Cookie
	case k.Part == profile.StatusCode:
		out.from = fromStatus
	case k.Part == profile.WholeBody || k.Regex != "":
		out.from = fromBody
	default:
		p, err := parsePath(k.Path)
		if err != nil {
			c.bad(path, "%v", err)
		}
		out.path, out.what = p, p.source
	}
	if k.Regex != "" {
		out.regex = c.regex(path, k.Regex)
		out.what = strings.TrimSpace(out.what + " regex " + k.Regex)
		if out.regex != nil && out.regex.NumSubexp() > 1 {
			c.bad(path, "want one group at most, got %d: write the others as (?:…)", out.regex.NumSubexp())
		}
	}
	if k.Pick == profile.Nth {
		out.what += "[" + strconv.Itoa(k.Index) + "]"
	}
	switch k.Default.(type) {
	case nil:
	case string:
		fallback := c.operand(path, k.Default.(string), asText)
		out.fallback = &fallback
	default:
		out.fallback = &operand{value: k.Default}
	}
	return out
}
