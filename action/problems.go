package action

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

var (
	fullHash = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
	fullName = regexp.MustCompile(`^[A-Za-z0-9_-]+/[A-Za-z0-9._-]+$`) // of a repository
)

// problems collects what is wrong with values, each named by where it stands: a
// variable, or a path in the event's JSON. What it returns is of use only when
// nothing was.
type problems struct{ errs []error }

func (p *problems) add(format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf(format, args...))
}

func (p *problems) missing(where string) { p.add("%s is missing", where) }

func (p *problems) err() error { return errors.Join(p.errs...) }

func (p *problems) text(where, value string) string {
	if value == "" {
		p.missing(where)
	}
	return value
}

func (p *problems) sha(where, value string) string {
	if p.text(where, value) != "" && !fullHash.MatchString(value) {
		p.add("%s: want the full hash of a commit, got %q", where, value)
		return ""
	}
	return value
}

func (p *problems) positive(where string, n int64) int64 {
	if n <= 0 {
		p.add("%s: want a number above 0, got %d", where, n)
	}
	return n
}

func (p *problems) number(where, value string) int64 {
	if p.text(where, value) == "" {
		return 0
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		p.add("%s: want a number, got %q", where, value)
		return 0
	}
	return p.positive(where, n)
}

func (p *problems) repository(where, value string) Repository {
	if p.text(where, value) == "" {
		return Repository{}
	}
	owner, name, _ := strings.Cut(value, "/")
	r := Repository{Owner: owner, Name: name}
	if !r.valid() {
		p.add("%s: want owner/name, got %q", where, value)
		return Repository{}
	}
	return r
}

func (p *problems) url(where, value string) string {
	if p.text(where, value) == "" {
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		(u.Scheme != "https" && u.Scheme != "http") {
		p.add("%s: want the address of a server, without user or query", where) // a user comes with a password
		return ""
	}
	return strings.TrimSuffix(value, "/")
}
