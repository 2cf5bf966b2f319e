package scenario

import (
	"bytes"
	"iter"
	"net/http"
	"strings"
)

// headerValues yields the values of a header, one for each of its lines. Raw
// is the answer's header lines, each ending in CRLF; the name's case is ignored.
func headerValues(raw []byte, name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range bytes.Lines(raw) {
			colon := bytes.IndexByte(line, ':')
			if colon != len(name) || !strings.EqualFold(string(line[:colon]), name) {
				continue
			}
			if !yield(string(bytes.TrimSpace(line[colon+1:]))) {
				return
			}
		}
	}
}

// setCookies yields the cookies that an answer sets, but for lines that net/http
// cannot read as one.
func setCookies(raw []byte) iter.Seq[*http.Cookie] {
	return func(yield func(*http.Cookie) bool) {
		for line := range headerValues(raw, "Set-Cookie") {
			if cookie, err := http.ParseSetCookie(line); err == nil && !yield(cookie) {
				return
			}
		}
	}
}
