package http1

import (
	"bytes"
	"fmt"
	"math"
)

var errLongHead = fmt.Errorf("%w: head of more than %d bytes", errTooLarge, MaxHead)

// head parses the lines of a head that have arrived whole, and says whether
// that is all of it.
func (a *answer) head(buf []byte) (all bool, err error) {
	for a.state <= fieldLine {
		rest := buf[a.end:]
		n := bytes.IndexByte(rest, '\n')
		if n < 1 || rest[n-1] != '\r' || a.overall+a.end+n >= MaxHead {
			return false, a.oddLine(rest, n)
		}
		line := rest[:n-1]
		a.end += n + 1
		switch {
		case a.state == statusLine:
			err = a.onStatus(line)
		case len(line) == 0:
			err = a.onHeadEnd()
		default:
			err = a.onField(line)
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// oddLine says what is wrong with a line that has not arrived whole, or has and
// is not one. It refuses early what no later byte can mend.
func (a *answer) oddLine(b []byte, end int) error {
	switch {
	case a.state == statusLine && !bytes.HasPrefix(b, version) && !bytes.HasPrefix(version, b):
		return fmt.Errorf("%w: it begins with %q", errProtocol, excerpt(b))
	case end < 0 && a.overall+a.end+len(b) <= MaxHead:
		return nil
	}
	if _, err := line(b); err != nil {
		return err
	}
	return errLongHead
}

// onStatus takes "HTTP/1.1 200 OK"; the reason may be missing.
func (a *answer) onStatus(line []byte) error {
	const digits = len("HTTP/1.1 ")
	ok := len(line) >= digits+3 && string(line[:7]) == "HTTP/1." && (line[7] == '1' || line[7] == '0') && line[8] == ' ' &&
		(len(line) == digits+3 || line[digits+3] == ' ')
	status := 0
	for i := digits; ok && i < digits+3; i++ {
		ok = line[i] >= '0' && line[i] <= '9'
		status = status*10 + int(line[i]-'0')
	}
	if !ok || status < 100 {
		return fmt.Errorf("%w: status line %q", errProtocol, excerpt(line))
	}
	a.status = status
	a.http10 = line[7] == '0'
	a.fields = a.end
	a.state = fieldLine
	return nil
}

// onField looks at one header line for what tells where the answer ends.
func (a *answer) onField(line []byte) error {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || blank(line[0]) || blank(line[colon-1]) {
		return fmt.Errorf("%w: header line %q", errProtocol, excerpt(line))
	}
	switch name := line[:colon]; colon {
	case len("connection"):
		if same(name, "connection") {
			a.onConnection(line[colon+1:])
		}
	case len("content-length"):
		if same(name, "content-length") {
			return a.onLength(trim(line[colon+1:]))
		}
	case len("transfer-encoding"):
		if same(name, "transfer-encoding") {
			return a.onEncoding(trim(line[colon+1:]))
		}
	}
	return nil
}

func (a *answer) onEncoding(value []byte) error {
	if a.chunked || a.http10 || !same(value, "chunked") {
		return fmt.Errorf("%w: transfer encoding %q", errProtocol, excerpt(value))
	}
	a.chunked = true
	return nil
}

func (a *answer) onLength(digits []byte) error {
	length, ok := 0, len(digits) > 0
	for _, d := range digits {
		ok = ok && d >= '0' && d <= '9' && length <= (math.MaxInt-9)/10
		length = length*10 + int(d-'0')
	}
	if !ok || a.length >= 0 && a.length != length {
		return fmt.Errorf("%w: content length %q", errProtocol, excerpt(digits))
	}
	a.length = length
	return nil
}

func (a *answer) onConnection(value []byte) {
	for len(value) > 0 {
		var option []byte
		option, value, _ = bytes.Cut(value, comma)
		option = trim(option)
		a.close = a.close || same(option, "close")
		a.keepAlive = a.keepAlive || same(option, "keep-alive")
	}
}

var comma = []byte(",")

// onHeadEnd decides where the body ends, and whether the connection does (RFC 9112
// sections 6.3 and 9.3).
func (a *answer) onHeadEnd() error {
	a.close = a.close || a.http10 && !a.keepAlive
	a.body = a.end
	a.overall += a.end
	switch {
	case a.status == 101:
		return fmt.Errorf("%w: it switches protocols", errProtocol)
	case a.status < 200:
		a.state = complete
	case a.toHead || a.status == 204 || a.status == 304:
		a.state = complete
	case a.chunked:
		a.state = chunkLine
	case a.length < 0:
		a.state, a.close = bodyToEOF, true
	case a.length == 0:
		a.state = complete
	default:
		a.state, a.left = bodyOfLength, a.length
		return a.fits(a.length)
	}
	return nil
}

// interim makes the answer begin anew, after a 1xx answer.
func (a *answer) interim() {
	overall := a.overall
	a.reset(a.toHead, a.maxBody)
	a.overall = overall
}

// trim cuts white space off both ends (RFC 9110 section 5.6.3).
func trim(b []byte) []byte {
	for len(b) > 0 && blank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && blank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// same compares b with lower, which is in lower case, ignoring b's case.
func same(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := range b {
		c := b[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
