package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

// feed parses what a service sent in pieces of at most size bytes.
func feed(sent string, toHead bool, maxBody, size int) (r scenario.Response, err error) {
	var a answer
	a.reset(toHead, maxBody)
	var buf []byte
	for len(sent) > 0 {
		n := min(size, len(sent))
		buf = append(buf, sent[:n]...)
		sent = sent[n:]
		kept, done, err := a.parse(buf)
		if err != nil {
			return r, err
		}
		buf = kept
		if done {
			break
		}
	}
	if !a.eof() {
		return r, io.ErrUnexpectedEOF
	}
	a.respond(&r, buf)
	return r, nil
}

func TestAnswer(t *testing.T) {
	tests := []struct {
		name   string
		sent   string
		toHead bool
		status int
		header string
		body   string
		err    error
	}{
		{name: "length", sent: "HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 5\r\n\r\nhello", status: 200, header: "A: 1\r\nContent-Length: 5\r\n", body: "hello"},
		{name: "no reason", sent: "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", status: 404, header: "Content-Length: 0\r\n"},
		{name: "names in any case", sent: "HTTP/1.1 200 OK\r\ncONTENT-lENGTH:\t2 \r\n\r\nhi", status: 200, header: "cONTENT-lENGTH:\t2 \r\n", body: "hi"},
		{name: "chunked", sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\nA \r\n0123456789\r\n0\r\n\r\n", status: 200, header: "Transfer-Encoding: Chunked\r\n", body: "hello!0123456789"},
		{name: "trailers", sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nSum: 1\r\nMore: 2\r\n\r\n", status: 200, header: "Transfer-Encoding: chunked\r\n", body: "a"},
		{name: "chunked wins over length", sent: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", status: 200, header: "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", body: "a"},
		{name: "until the end", sent: "HTTP/1.0 200 OK\r\n\r\nall of it", status: 200, body: "all of it"},
		{name: "interim answers", sent: "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok", status: 201, header: "Content-Length: 2\r\n", body: "ok"},
		{name: "short interim answer", sent: "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nA: 0123456789012345678901234567890123456789\r\nContent-Length: 2\r\n\r\nok", status: 200, header: "A: 0123456789012345678901234567890123456789\r\nContent-Length: 2\r\n", body: "ok"},
		{name: "204 has no body", sent: "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", status: 204, header: "Content-Length: 5\r\n"},
		{name: "304 has no body", sent: "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", status: 304, header: "Transfer-Encoding: chunked\r\n"},
		{name: "HEAD has no body", sent: "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", toHead: true, status: 200, header: "Content-Length: 99999999999\r\n"},
		{name: "same length twice", sent: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", status: 200, header: "Content-Length: 1\r\nContent-Length: 1\r\n", body: "x"},

		{name: "nothing", err: io.ErrUnexpectedEOF},
		{name: "part of the head", sent: "HTTP/1.1 200 OK\r\nA: 1\r\n", err: io.ErrUnexpectedEOF},
		{name: "part of the body", sent: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", err: io.ErrUnexpectedEOF},
		{name: "no last chunk", sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", err: io.ErrUnexpectedEOF},
		{name: "no end of trailers", sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: 1\r\n", err: io.ErrUnexpectedEOF},
		{name: "another protocol", sent: "SSH-2.0-OpenSSH", err: errProtocol},
		{name: "another version", sent: "HTTP/2.0 200 OK\r\n\r\n", err: errProtocol},
		{name: "another minor version", sent: "HTTP/1.9 200 OK\r\n\r\n", err: errProtocol},
		{name: "status too short", sent: "HTTP/1.1 20\r\n\r\n", err: errProtocol},
		{name: "status too long", sent: "HTTP/1.1 2000\r\n\r\n", err: errProtocol},
		{name: "status below 100", sent: "HTTP/1.1 099 X\r\n\r\n", err: errProtocol},
		{name: "bare line feeds", sent: "HTTP/1.1 200 OK\nContent-Length: 0\n\n", err: errProtocol},
		{name: "folded header", sent: "HTTP/1.1 200 OK\r\nA: 1\r\n 2\r\n\r\n", err: errProtocol},
		{name: "space before colon", sent: "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nhi", err: errProtocol},
		{name: "no colon", sent: "HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n", err: errProtocol},
		{name: "no name", sent: "HTTP/1.1 200 OK\r\n: 1\r\n\r\n", err: errProtocol},
		{name: "empty length", sent: "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", err: errProtocol},
		{name: "negative length", sent: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", err: errProtocol},
		{name: "length beyond 64 bits", sent: "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", err: errProtocol},
		{name: "two lengths", sent: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", err: errProtocol},
		{name: "unknown encoding", sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", err: errProtocol},
		{name: "chunked in 1.0", sent: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", err: errProtocol},
		{name: "empty chunk length", sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n;x\r\n", err: errProtocol},
		{name: "chunk length not hexadecimal", sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5g\r\n", err: errProtocol},
		{name: "chunk length beyond 64 bits", sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", err: errProtocol},
		{name: "chunk longer than announced", sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab", err: errProtocol},
		{name: "endless chunk line", sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("x", maxChunkLine), err: errProtocol},
		{name: "switching protocols", sent: "HTTP/1.1 101 Switching Protocols\r\n\r\n", err: errProtocol},
		{name: "length too large", sent: "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", err: errTooLarge},
		{name: "chunks too large", sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n64\r\n", err: errTooLarge},
		{name: "endless body", sent: "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 101), err: errTooLarge},
		{name: "endless header", sent: "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", MaxHead), err: errTooLarge},
		{name: "endless headers", sent: "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: 1\r\n", MaxHead/6), err: errTooLarge},
		{name: "endless interim answers", sent: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", MaxHead/25+1), err: errTooLarge},
		{name: "endless trailers", sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("A: 1\r\n", MaxHead/6), err: errTooLarge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, size := range []int{1, 2, 3, 7, 1 << 20} {
				got, err := feed(test.sent, test.toHead, 100, size)
				if !errors.Is(err, test.err) {
					t.Fatalf("in pieces of %d: error %v, want %v", size, err, test.err)
				}
				if got.Status != test.status || string(got.Header) != test.header || string(got.Body) != test.body {
					t.Fatalf("in pieces of %d: got %d %q %q", size, got.Status, got.Header, got.Body)
				}
			}
		})
	}
}

func TestAnswerClose(t *testing.T) {
	tests := []struct {
		sent  string
		close bool
	}{
		{"HTTP/1.1 204 X\r\n\r\n", false},
		{"HTTP/1.1 204 X\r\nConnection: close\r\n\r\n", true},
		{"HTTP/1.1 204 X\r\nConnection: Upgrade , CLOSE\r\n\r\n", true},
		{"HTTP/1.1 204 X\r\nConnection: closed\r\n\r\n", false},
		{"HTTP/1.1 204 X\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n", true},
		{"HTTP/1.0 204 X\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n", true},
		{"HTTP/1.0 204 X\r\n\r\n", true},
		{"HTTP/1.0 204 X\r\nConnection: keep-alive\r\n\r\n", false},
		{"HTTP/1.1 204 X\r\n\r\nHTTP/1.1 200 X\r\n", true}, // a second answer that nobody asked for
		{"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nx", true},
	}
	for _, test := range tests {
		var a answer
		a.reset(false, 0)
		if _, done, err := a.parse([]byte(test.sent)); !done || err != nil {
			t.Fatalf("%q: done %v, error %v", test.sent, done, err)
		}
		if a.close != test.close {
			t.Errorf("%q: close %v", test.sent, a.close)
		}
	}
}

// FuzzAnswer checks that the parser neither panics nor keeps too much, that
// the pieces in which an answer comes do not matter, and that it agrees with
// net/http wherever both take an answer.
func FuzzAnswer(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, uint8(1))
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\nb\r\n01234567890\r\n0\r\nT: 1\r\n\r\n", false, uint8(3))
	f.Add("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\nConnection: close\r\n\r\n", true, uint8(2))
	f.Add("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nuntil the end", false, uint8(5))
	f.Add("HTTP/1.1 304 X\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", false, uint8(9))
	f.Fuzz(func(t *testing.T, sent string, toHead bool, size uint8) {
		const maxBody = 1000
		whole, err := feed(sent, toHead, maxBody, max(len(sent), 1))
		pieces, perr := feed(sent, toHead, maxBody, int(size)+1)
		if (err == nil) != (perr == nil) {
			t.Fatalf("whole: %v, in pieces of %d: %v", err, int(size)+1, perr)
		}
		if err != nil {
			return
		}
		if whole.Status != pieces.Status || !bytes.Equal(whole.Header, pieces.Header) || !bytes.Equal(whole.Body, pieces.Body) {
			t.Fatalf("whole: %d %q %q, in pieces: %d %q %q", whole.Status, whole.Header, whole.Body, pieces.Status, pieces.Header, pieces.Body)
		}
		if len(whole.Header) > MaxHead || len(whole.Body) > maxBody {
			t.Fatalf("header of %d and body of %d bytes", len(whole.Header), len(whole.Body))
		}
		status, body, err := reference(sent, toHead)
		if err == nil && (status != whole.Status || !bytes.Equal(body, whole.Body)) {
			t.Fatalf("got %d %q, net/http says %d %q", whole.Status, whole.Body, status, body)
		}
	})
}

// reference parses with net/http, which returns interim answers, too.
func reference(sent string, toHead bool) (int, []byte, error) {
	request := &http.Request{Method: "GET"}
	if toHead {
		request.Method = "HEAD"
	}
	r := bufio.NewReader(strings.NewReader(sent))
	for {
		response, err := http.ReadResponse(r, request)
		if err != nil {
			return 0, nil, err
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode >= 200 {
			return response.StatusCode, body, err
		}
	}
}
