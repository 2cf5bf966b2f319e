package scenario

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// A cookie is one that a user sends back. There is one host only, so its domain
// does not matter, nor does whether it is for secure connections only.
type cookie struct{ name, value, path string }

// A jar holds a user's cookies.
type jar struct {
	cookies []cookie // longer paths first
	sent    string   // path of the last request
	added   string   // the Cookie header that its step has
}

// noClock is before every cookie's end, but for those that end to be removed.
var noClock = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

// keepCookies takes the cookies that an answer sets into the user's jar, or out
// of it. A user has no clock: what has ended is told by the answer's own date.
func (u *User) keepCookies(r *Response) {
	now := noClock
	for date := range headerValues(r.Header, "Date") {
		if t, err := http.ParseTime(date); err == nil {
			now = t
		}
	}
	for set := range setCookies(r.Header) {
		c := cookie{set.Name, set.Value, set.Path}
		if !strings.HasPrefix(c.path, "/") {
			c.path = folder(u.sent)
		}
		u.cookies = slices.DeleteFunc(u.cookies, func(old cookie) bool { return old.name == c.name && old.path == c.path })
		ended := set.MaxAge < 0 || set.MaxAge == 0 && !set.Expires.IsZero() && set.Expires.Before(now)
		if !ended {
			u.cookies = append(u.cookies, c)
		}
	}
	// Longer paths first, of equal ones the older (RFC 6265, section 5.4).
	slices.SortStableFunc(u.cookies, func(a, b cookie) int { return len(b.path) - len(a.path) })
}

// folder returns the path for which a cookie holds that names none.
func folder(target string) string {
	path, _, _ := strings.Cut(target, "?")
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

// covers says whether the cookie is sent with requests for a path.
func (c *cookie) covers(path string) bool {
	rest, ok := strings.CutPrefix(path, c.path)
	return ok && (rest == "" || rest[0] == '/' || strings.HasSuffix(c.path, "/"))
}

// withCookies returns the request with those of the user's cookies that it is for,
// behind its step's own.
func (u *User) withCookies(r *Request) *Request {
	path, _, _ := strings.Cut(r.Path, "?")
	var pairs []string
	if u.added != "" {
		pairs = append(pairs, u.added)
	}
	for i := range u.cookies {
		if u.cookies[i].covers(path) {
			pairs = append(pairs, u.cookies[i].name+"="+u.cookies[i].value)
		}
	}
	if len(pairs) == 0 {
		return r
	}
	d := u.drafted()
	made := *r
	made.Fixed = false
	d.header = append(d.header[:0], r.Header...) // r.Header may be d.header itself
	d.header = slices.DeleteFunc(d.header, isCookie)
	d.header = append(d.header, Field{"Cookie", strings.Join(pairs, "; ")})
	made.Header = d.header
	d.made = made
	return &d.made
}

func isCookie(f Field) bool { return f.Name == "Cookie" }
