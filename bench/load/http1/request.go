package http1

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

// Check says what in a request would make the service see something else than
// this one request. The error wraps errInvalid.
func Check(r *scenario.Request) error {
	if r.Method == "" || !all(r.Method, inToken) || r.Method == "CONNECT" {
		return fmt.Errorf("%w: method %q", errInvalid, r.Method)
	}
	if !strings.HasPrefix(r.Path, "/") || !all(r.Path, inPath) {
		return fmt.Errorf("%w: path %q must start with / and contain neither spaces nor control characters", errInvalid, r.Path)
	}
	for _, f := range r.Header {
		switch {
		case f.Name == "" || !all(f.Name, inToken):
			return fmt.Errorf("%w: header name %q", errInvalid, f.Name)
		case !all(f.Value, inValue):
			return fmt.Errorf("%w: header %s: the value contains control characters", errInvalid, f.Name)
		case strings.EqualFold(f.Name, "Content-Length"), strings.EqualFold(f.Name, "Transfer-Encoding"):
			return fmt.Errorf("%w: header %s: remove it, it follows from the body", errInvalid, f.Name)
		}
	}
	return nil
}

// appendRequest writes a request as HTTP/1.1, which says whether it is the
// connection's last. The error is that of [Check].
func appendRequest(b []byte, r *scenario.Request, host string, last bool) ([]byte, error) {
	if err := Check(r); err != nil {
		return b, err
	}
	b = append(b, r.Method...)
	b = append(b, ' ')
	b = append(b, r.Path...)
	b = append(b, " HTTP/1.1\r\n"...)
	b = appendFields(b, r.Header, host)
	if last {
		b = append(b, "Connection: close\r\n"...)
	}
	if len(r.Body) > 0 || expectsBody(r.Method) {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(r.Body)), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	return append(b, r.Body...), nil
}

// fixed returns a fixed request as it is written, which is done once for all slots.
func (e *Endpoint) fixed(r *scenario.Request) ([]byte, error) {
	if b, ok := e.encoded[r]; ok {
		return b, nil
	}
	b, err := appendRequest(nil, r, e.host, e.once)
	if err != nil {
		return nil, err
	}
	if e.encoded == nil {
		e.encoded = map[*scenario.Request][]byte{}
	}
	e.encoded[r] = b
	return b, nil
}

// appendFields writes the header fields, and Host where there is none among them.
func appendFields(b []byte, fields []scenario.Field, host string) []byte {
	own := false
	for _, f := range fields {
		own = own || strings.EqualFold(f.Name, "Host")
	}
	if !own {
		b = appendField(b, "Host", host)
	}
	for _, f := range fields {
		b = appendField(b, f.Name, f.Value)
	}
	return b
}

func appendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	b = append(b, value...)
	return append(b, "\r\n"...)
}

// expectsBody says whether a request without a body must say so (RFC 9110 section 8.6).
func expectsBody(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}

// Idempotent says whether a request may be sent twice (RFC 9110 section 9.2.2).
func Idempotent(method string) bool {
	switch method {
	case "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE":
		return true
	}
	return false
}

// The sets of bytes that may stand in the parts of a request.
const (
	inToken = 1 << iota // RFC 9110 section 5.6.2
	inPath              // anything but spaces and control characters
	inValue             // anything but control characters, tabs allowed
)

var sets = func() (t [256]uint8) {
	for c := range t {
		if c > ' ' && c != 0x7f {
			t[c] |= inPath
		}
		if c >= ' ' && c != 0x7f || c == '\t' {
			t[c] |= inValue
		}
		if c > ' ' && c < 0x7f && !strings.ContainsRune(`"(),/:;<=>?@[\]{}`, rune(c)) {
			t[c] |= inToken
		}
	}
	return t
}()

func all(s string, set uint8) bool {
	for i := range len(s) {
		if sets[s[i]]&set == 0 {
			return false
		}
	}
	return true
}
