package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

func TestAppendRequest(t *testing.T) {
	tests := []struct {
		request scenario.Request
		want    string
	}{
		{
			scenario.Request{Method: "GET", Path: "/a?b=c"},
			"GET /a?b=c HTTP/1.1\r\nHost: shop\r\n\r\n",
		}, {
			scenario.Request{Method: "DELETE", Path: "/", Header: []scenario.Field{{Name: "A", Value: "1\t2 ü"}, {Name: "B"}}},
			"DELETE / HTTP/1.1\r\nHost: shop\r\nA: 1\t2 ü\r\nB: \r\n\r\n",
		}, {
			scenario.Request{Method: "GET", Path: "/", Header: []scenario.Field{{Name: "host", Value: "other"}}},
			"GET / HTTP/1.1\r\nhost: other\r\n\r\n",
		}, {
			scenario.Request{Method: "POST", Path: "/", Body: []byte("\r\n\x00")},
			"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 3\r\n\r\n\r\n\x00",
		}, {
			scenario.Request{Method: "POST", Path: "/"},
			"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n\r\n",
		},
	}
	for _, test := range tests {
		got, err := appendRequest(nil, &test.request, "shop", false)
		if err != nil || string(got) != test.want {
			t.Errorf("got %q, error %v\nwant %q", got, err, test.want)
		}
	}
}

func TestAppendRequestRefuses(t *testing.T) {
	get := func(path string, fields ...scenario.Field) scenario.Request {
		return scenario.Request{Method: "GET", Path: path, Header: fields}
	}
	tests := map[string]scenario.Request{
		"no method":             {Path: "/"},
		"method with space":     {Method: "GET /x HTTP/1.1\r\n", Path: "/"},
		"CONNECT":               {Method: "CONNECT", Path: "/"},
		"no path":               get(""),
		"whole URL":             get("http://host/"),
		"path with space":       get("/a b"),
		"path with line end":    get("/a\r\nB: c"),
		"no header name":        get("/", scenario.Field{Value: "1"}),
		"header name and colon": get("/", scenario.Field{Name: "A:", Value: "1"}),
		"value with CR":         get("/", scenario.Field{Name: "A", Value: "1\r"}),
		"value with LF":         get("/", scenario.Field{Name: "A", Value: "1\nB: 2"}),
		"value with NUL":        get("/", scenario.Field{Name: "A", Value: "\x00"}),
		"length":                get("/", scenario.Field{Name: "content-length", Value: "1"}),
		"encoding":              get("/", scenario.Field{Name: "Transfer-Encoding", Value: "chunked"}),
	}
	for name, request := range tests {
		if got, err := appendRequest(nil, &request, "shop", false); !errors.Is(err, errInvalid) {
			t.Errorf("%s: got %q, error %v", name, got, err)
		}
	}
}

// FuzzAppendRequest checks that what is written is one request, and the same
// one, to net/http.
func FuzzAppendRequest(f *testing.F) {
	f.Add("GET", "/a?b=%20", "X-Load-Test", "true", "")
	f.Add("POST", "/", "Accept", "*/*", "GET / HTTP/1.1\r\n\r\n")
	f.Fuzz(func(t *testing.T, method, path, name, value, body string) {
		sent, err := appendRequest(nil, &scenario.Request{
			Method: method, Path: path, Header: []scenario.Field{{Name: name, Value: value}}, Body: []byte(body),
		}, "shop", false)
		if err != nil {
			return
		}
		r := bufio.NewReader(bytes.NewReader(sent))
		got, err := http.ReadRequest(r)
		if err != nil {
			return // net/http is stricter about URLs and host names
		}
		read, err := io.ReadAll(got.Body)
		if err != nil || got.Method != method || got.RequestURI != path || string(read) != body || r.Buffered() > 0 {
			t.Fatalf("sent %q, read %s %q %q, %d bytes left, error %v", sent, got.Method, got.RequestURI, read, r.Buffered(), err)
		}
	})
}

func BenchmarkAppendRequest(b *testing.B) {
	request := scenario.Request{Method: "POST", Path: "/accounts/17/transfers?dry=true", Body: []byte(`{"amount":17.25}`),
		Header: []scenario.Field{{Name: "Authorization", Value: "Bearer 0123456789012345678901234567890123456789"}, {Name: "Content-Type", Value: "application/json"}}}
	var buf []byte
	for b.Loop() {
		var err error
		if buf, err = appendRequest(buf[:0], &request, "127.0.0.1:8080", false); err != nil {
			b.Fatal(err)
		}
	}
}
