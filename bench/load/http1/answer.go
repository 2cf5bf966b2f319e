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

	http10    bool
	keepAlive bool // the service offers it, which only HTTP/1.0 needs
	chunked   bool
	length    int // Content-Length; -1 where there is none
	left      int // bytes missing from the body or the chunk
	overall   int // bytes of head lines and trailers so far
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

// respond fills in the complete answer that buf holds.
func (a *answer) respond(r *scenario.Response, buf []byte) {
	r.Status = a.status
	r.Header = buf[a.fields : a.body-len(crlf)]
	r.Body = buf[a.body:a.end]
}

// parse goes on with an answer. It returns what of buf is to be kept, to which
// the caller appends what comes next, and whether the answer is complete.
func (a *answer) parse(buf []byte) (kept []byte, done bool, err error) {
	buf, err = a.parseHead(buf)
	if err != nil || a.state <= fieldLine {
		return buf, false, err
	}
	return a.parseBody(buf)
}

// parseHead is parse for what comes before the body.
func (a *answer) parseHead(buf []byte) (kept []byte, err error) {
	for a.state <= fieldLine {
		if whole, err := a.head(buf); !whole {
			return buf, err
		}
		if a.status < 200 {
			buf = buf[:copy(buf, buf[a.end:])]
			a.interim()
		}
	}
	return buf, nil
}

// parseBody is parse for the body, and the trailers after it.
func (a *answer) parseBody(buf []byte) (kept []byte, done bool, err error) {
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
	case chunkLine, chunkEnd:
		return a.onFraming(buf[pos:])
	case trailerLine:
		return a.onTrailer(buf[pos:])
	}
	return a.data(buf, pos)
}

// line returns the length of the line that b begins with, its CRLF included,
// or 0 when its end has not arrived.
func line(b []byte) (int, error) {
	n := bytes.IndexByte(b, '\n') + 1
	if n == 1 || n > 1 && b[n-2] != '\r' {
		return n, fmt.Errorf("%w: line end without carriage return after %q", errProtocol, excerpt(b[:n-1]))
	}
	return n, nil
}

var (
	crlf    = []byte("\r\n")
	version = []byte("HTTP/1.")
)

// excerpt bounds what is quoted of an answer.
func excerpt(b []byte) []byte { return b[:min(len(b), 40)] }

// keep moves n bytes at pos to the end of what is kept.
func (a *answer) keep(buf []byte, pos, n int) {
	if a.end != pos {
		copy(buf[a.end:], buf[pos:pos+n])
	}
	a.end += n
}

// fits fails when n more bytes make the body too large.
func (a *answer) fits(n int) error {
	if n > a.maxBody-(a.end-a.body) {
		return fmt.Errorf("%w: body of more than %d bytes", errTooLarge, a.maxBody)
	}
	return nil
}

// onFraming takes a line before or after a chunk.
func (a *answer) onFraming(b []byte) (int, error) {
	if a.state == chunkEnd && !bytes.HasPrefix(crlf, b[:min(len(b), len(crlf))]) {
		return 0, fmt.Errorf("%w: chunk longer than announced", errProtocol)
	}
	n, err := line(b)
	switch {
	case n > maxChunkLine, n == 0 && len(b) > maxChunkLine:
		return 0, fmt.Errorf("%w: chunk line longer than %d bytes", errProtocol, maxChunkLine)
	case n == 0 || err != nil:
		return 0, err
	case a.state == chunkEnd:
		a.state = chunkLine
		return n, nil
	}
	return n, a.onChunk(b[:n-len(crlf)])
}

// onTrailer takes a line after the last chunk.
func (a *answer) onTrailer(b []byte) (int, error) {
	n, err := line(b)
	if n == len(crlf) {
		a.state = complete
	}
	a.overall += n
	if a.overall > MaxHead || n == 0 && a.overall+len(b) > MaxHead {
		return 0, errLongHead
	}
	return n, err
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
