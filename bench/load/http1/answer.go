package http1

import (
	"bytes"
	"fmt"
	"math"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

// maxChunkLine bounds the line before each chunk, as net/http does.
const maxChunkLine = 4096

// An answer parses one response as it arrives. The caller keeps its bytes in
// one buffer and calls parse whenever it has appended some. Line ends must be
// CRLF, folded header lines are not taken, and of transfer encodings only
// chunked is.
type answer struct {
	toHead  bool // it answers a HEAD request, and so has no body
	maxBody int

	state  state
	status int
	close  bool // the connection cannot be used again

	// The buffer holds the head from its status line on, then what is decoded
	// of the body, then what is not parsed yet. 1xx answers are dropped from it.
	fields int // where the header lines begin
	body   int // where the body begins
	end    int // where it ends so far

	http10  bool
	chunked bool
	length  int // Content-Length; -1 where there is none
	left    int // bytes missing from the body or the chunk
	overall int // bytes of head lines and trailers so far
}

type state uint8

const (
	statusLine state = iota
	fieldLine
	bodyOfLength
	bodyToEOF
	chunkLine
	chunkData
	chunkEnd
	trailerLine
	complete
)

func (a *answer) reset(toHead bool, maxBody int) {
	*a = answer{toHead: toHead, maxBody: maxBody, length: -1}
}

// response returns the complete answer that buf holds.
func (a *answer) response(buf []byte) scenario.Response {
	return scenario.Response{
		Status: a.status,
		Header: buf[a.fields : a.body-len(crlf)],
		Body:   buf[a.body:a.end],
	}
}

// parse goes on with an answer. It returns what of buf is to be kept, to which
// the caller appends what comes next, and whether the answer is complete.
func (a *answer) parse(buf []byte) (kept []byte, done bool, err error) {
	pos := a.end
	for a.state != complete {
		n, err := a.step(buf, pos)
		if err != nil {
			return nil, false, err
		}
		if n == 0 {
			break
		}
		pos += n
	}
	if a.state == complete {
		// Nobody asked for what comes after the answer.
		a.close = a.close || pos < len(buf)
		return buf[:a.end], true, nil
	}
	rest := copy(buf[a.end:], buf[pos:])
	return buf[:a.end+rest], false, nil
}

// eof says whether the answer is complete now that the connection has ended.
func (a *answer) eof() bool {
	if a.state == bodyToEOF {
		a.state = complete
	}
	return a.state == complete
}

// step parses one line or piece of the body at pos and returns its length, or
// 0 when it has not arrived whole.
func (a *answer) step(buf []byte, pos int) (int, error) {
	switch a.state {
	case bodyOfLength, bodyToEOF, chunkData:
		return a.data(buf, pos)
	}
	n, err := a.line(buf[pos:])
	if n == 0 || err != nil {
		return 0, err
	}
	text := n - len(crlf)
	switch a.state {
	case statusLine:
		return n, a.onStatus(a.keep(buf, pos, n)[:text])
	case fieldLine:
		return n, a.onField(a.keep(buf, pos, n)[:text])
	case chunkLine:
		return n, a.onChunk(buf[pos : pos+text])
	case chunkEnd:
		a.state = chunkLine
	case trailerLine:
		if text == 0 {
			a.state = complete
		}
	}
	return n, nil
}

// line returns the length of the line that b begins with, its CRLF included,
// or 0 when its end has not arrived. It refuses early what no later byte can mend.
func (a *answer) line(b []byte) (int, error) {
	n := bytes.IndexByte(b, '\n') + 1
	seen := n
	if n == 0 {
		seen = len(b)
	}
	switch a.state {
	case chunkLine:
		if seen > maxChunkLine {
			return 0, fmt.Errorf("%w: chunk line longer than %d bytes", errProtocol, maxChunkLine)
		}
	case chunkEnd:
		if !bytes.HasPrefix(crlf, b[:min(len(b), len(crlf))]) {
			return 0, fmt.Errorf("%w: chunk longer than announced", errProtocol)
		}
	default:
		if a.state == statusLine && !bytes.HasPrefix(b, version) && !bytes.HasPrefix(version, b) {
			return 0, fmt.Errorf("%w: it begins with %q", errProtocol, excerpt(b))
		}
		if a.overall+seen > MaxHead {
			return 0, fmt.Errorf("%w: head of more than %d bytes", errTooLarge, MaxHead)
		}
		a.overall += n
	}
	if n == 1 || n > 1 && b[n-2] != '\r' {
		return 0, fmt.Errorf("%w: line end without carriage return after %q", errProtocol, excerpt(b[:n-1]))
	}
	return n, nil
}

var (
	crlf    = []byte("\r\n")
	version = []byte("HTTP/1.")
)

// excerpt bounds what is quoted of an answer.
func excerpt(b []byte) []byte { return b[:min(len(b), 40)] }

// keep moves n bytes at pos to the end of what is kept, and returns them there.
func (a *answer) keep(buf []byte, pos, n int) []byte {
	if a.end != pos {
		copy(buf[a.end:], buf[pos:pos+n])
	}
	a.end += n
	return buf[a.end-n : a.end]
}

// onStatus takes "HTTP/1.1 200 OK"; the reason may be missing.
func (a *answer) onStatus(line []byte) error {
	const digits = len("HTTP/1.1 ")
	ok := len(line) >= digits+3 && (line[7] == '1' || line[7] == '0') && line[8] == ' ' &&
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
	a.close = a.http10
	a.fields = a.end
	a.state = fieldLine
	return nil
}

// onField looks at one header line for what tells where the answer ends.
func (a *answer) onField(line []byte) error {
	if len(line) == 0 {
		return a.onHeadEnd()
	}
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || line[0] == ' ' || line[0] == '\t' || line[colon-1] == ' ' || line[colon-1] == '\t' {
		return fmt.Errorf("%w: header line %q", errProtocol, excerpt(line))
	}
	name := line[:colon]
	switch {
	case same(name, "content-length"):
		return a.onLength(bytes.Trim(line[colon+1:], " \t"))
	case same(name, "transfer-encoding"):
		value := bytes.Trim(line[colon+1:], " \t")
		if a.chunked || a.http10 || !same(value, "chunked") {
			return fmt.Errorf("%w: transfer encoding %q", errProtocol, excerpt(value))
		}
		a.chunked = true
	case same(name, "connection"):
		a.onConnection(line[colon+1:])
	}
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
		option = bytes.Trim(option, " \t")
		if same(option, "close") {
			a.close = true
			return
		}
		if same(option, "keep-alive") {
			a.close = false
		}
	}
}

var comma = []byte(",")

// onHeadEnd decides where the body ends (RFC 9112 section 6.3).
func (a *answer) onHeadEnd() error {
	a.body = a.end
	switch {
	case a.status == 101:
		return fmt.Errorf("%w: it switches protocols", errProtocol)
	case a.status < 200:
		overall := a.overall
		a.reset(a.toHead, a.maxBody)
		a.overall = overall
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

// fits fails when n more bytes make the body too large.
func (a *answer) fits(n int) error {
	if n > a.maxBody-(a.end-a.body) {
		return fmt.Errorf("%w: body of more than %d bytes", errTooLarge, a.maxBody)
	}
	return nil
}

// onChunk takes the line before a chunk: its length in hexadecimal digits,
// then extensions, which are ignored.
func (a *answer) onChunk(line []byte) error {
	digits, _, _ := bytes.Cut(line, semicolon)
	digits = bytes.TrimRight(digits, " \t")
	size, ok := 0, len(digits) > 0
	for _, d := range digits {
		v := unhex(d)
		ok = ok && v >= 0 && size <= math.MaxInt>>4
		size = size<<4 | v
	}
	if !ok {
		return fmt.Errorf("%w: chunk length %q", errProtocol, excerpt(line))
	}
	a.state, a.left = chunkData, size
	if size == 0 {
		a.state = trailerLine
	}
	return a.fits(size)
}

var semicolon = []byte(";")

func unhex(d byte) int {
	switch {
	case d >= '0' && d <= '9':
		return int(d - '0')
	case d|0x20 >= 'a' && d|0x20 <= 'f':
		return int(d|0x20-'a') + 10
	}
	return -1
}

// data takes what has arrived of a body or chunk.
func (a *answer) data(buf []byte, pos int) (int, error) {
	n := len(buf) - pos
	if a.state == bodyToEOF {
		if err := a.fits(n); err != nil {
			return 0, err
		}
		a.keep(buf, pos, n)
		return n, nil
	}
	n = min(n, a.left)
	a.keep(buf, pos, n)
	a.left -= n
	if a.left == 0 {
		if a.state == bodyOfLength {
			a.state = complete
		} else {
			a.state = chunkEnd
		}
	}
	return n, nil
}

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
