package scenario

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
)

// A RedirectError is what [User.Accept] returns for a redirect that is to be
// followed and cannot be.
type RedirectError struct{ text string }

func (e *RedirectError) Error() string { return e.text }

// At returns the program for a service with this scheme and these addresses, as
// host:port: redirects to anywhere else are not followed.
func (p *Program) At(scheme string, addrs []string) *Program {
	at := *p
	at.scheme, at.addrs = scheme, addrs
	return &at
}

// Redirecting says whether the last answer was a redirect that is followed: Next
// returns the request to which it leads, which is of the same step.
func (u *User) Redirecting() bool { return u.hops > 0 && u.attempt == 0 }

// redirects says whether a status means another place to ask at.
func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// follow makes the user go on with the request to which an answer leads.
func (u *User) follow(r *Response) error {
	path, err := u.program.destination(u.last.Path, r)
	if err != nil {
		return &RedirectError{fmt.Sprintf("status %d %v", r.Status, err)}
	}
	if most := u.current.redirects; u.hops == most {
		return &RedirectError{fmt.Sprintf("more than %s, the next to %s", bench.Count(most, "redirect"), path)}
	}
	u.last = u.redirected(r.Status, path)
	u.hops++
	u.attempt = 0 // each request of a chain has its own
	u.at--        // to the request
	return nil
}

// destination returns the path, with query, to which the answer to a request for
// another one leads.
func (p *Program) destination(from string, r *Response) (string, error) {
	location := ""
	for value := range headerValues(r.Header, "Location") {
		location = value
		break
	}
	if location == "" {
		return "", errors.New("without Location")
	}
	base, err := url.ParseRequestURI(from)
	if err != nil {
		return "", fmt.Errorf("to %q from a path that is none: %v", location, err)
	}
	to, err := url.Parse(location)
	if err != nil {
		return "", fmt.Errorf("to what is no URL: %v", err)
	}
	if !p.serves(to) {
		return "", fmt.Errorf("to %q: %s", location, p.elsewhere())
	}
	path := base.ResolveReference(to).RequestURI()
	if strings.ContainsFunc(path, notInTarget) {
		return "", fmt.Errorf("to %q, which is not percent-encoded", location)
	}
	return path, nil
}

// link returns the path, with query, to which a link in an answer or in the data
// leads: a path already, or a URL of the service.
func (p *Program) link(link string) (string, error) {
	to, err := url.Parse(link)
	switch {
	case err != nil:
		return "", fmt.Errorf("want a path that starts with /, got what is no URL: %v", err)
	case !p.serves(to):
		return "", fmt.Errorf("%q: %s", link, p.elsewhere())
	case to.Host == "" && !strings.HasPrefix(to.Path, "/"):
		return "", fmt.Errorf("want a path that starts with /, got %q", link)
	}
	path := to.RequestURI()
	if strings.ContainsFunc(path, notInTarget) {
		return "", fmt.Errorf("%q is not percent-encoded", link)
	}
	return path, nil
}

func (p *Program) elsewhere() string {
	return fmt.Sprintf("load goes to the service only, which is %s at %s", p.scheme, strings.Join(p.addrs, ", "))
}

// serves says whether the service is at a URL, which may lack a scheme, or all
// but a path.
func (p *Program) serves(to *url.URL) bool {
	if to.Scheme == "" && to.Host == "" {
		return true
	}
	if to.Scheme != "" && to.Scheme != p.scheme {
		return false
	}
	port := to.Port()
	switch {
	case port == "" && p.scheme == "https":
		port = "443"
	case port == "":
		port = "80"
	}
	addr := net.JoinHostPort(to.Hostname(), port)
	return slices.ContainsFunc(p.addrs, func(a string) bool { return strings.EqualFold(a, addr) })
}

// redirected returns the last request as it is sent on to another path (RFC
// 9110, section 15.4; that POST becomes GET after a 301 or 302 is what clients do).
func (u *User) redirected(status int, path string) *Request {
	d := u.drafted()
	next := *u.last
	next.Path, next.Fixed = path, false
	becomesGet := false
	switch status {
	case http.StatusMovedPermanently, http.StatusFound:
		becomesGet = next.Method == http.MethodPost
	case http.StatusSeeOther:
		becomesGet = next.Method != http.MethodHead
	}
	if becomesGet {
		next.Method, next.Body = http.MethodGet, nil
	}
	d.header = append(d.header[:0], next.Header...) // next.Header may be d.header itself
	d.header = slices.DeleteFunc(d.header, func(f Field) bool {
		return becomesGet && strings.HasPrefix(f.Name, "Content-") || u.jar != nil && isCookie(f)
	})
	next.Header = d.header
	d.made = next
	if u.jar == nil {
		return &d.made
	}
	u.sent = path
	return u.withCookies(&d.made)
}

// redirects returns how many of a request are followed.
func (c *compiler) redirects(path string, q *profile.Request) int {
	most := c.profile.Redirects
	if q.Redirects != nil {
		most = *q.Redirects
	}
	for _, code := range q.Expect.Status {
		if most > 0 && redirects(code) {
			c.bad(path+".expect.status", "a %d is followed here, since redirects is %d: write redirects: 0 into this step, or what the last answer is to be", code, most)
		}
	}
	return most
}
