package http1

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

// A bed is a wire to test, and how it is served.
type bed struct {
	make      func(context.Context, Options) (Wire, error)
	encrypted bool
}

// onWires runs a test with every wire of this system.
func onWires(t *testing.T, test func(t *testing.T, on bed)) {
	for name, on := range beds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, on)
		})
	}
}

// open makes a wire that is closed with the test.
func (on bed) open(t *testing.T, o Options) Wire {
	t.Helper()
	if on.encrypted {
		o.TLS = trusting()
	}
	w, err := on.make(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// identity is what test servers encrypt with, and authority what trusts them.
var identity, authority = func() (*tls.Config, *x509.CertPool) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return s.TLS, pool
}()

func trusting() *tls.Config {
	return &tls.Config{RootCAs: authority, ServerName: "example.com"}
}

// listen wraps a listener for what the wire speaks.
func (on bed) listen(l net.Listener) net.Listener {
	if on.encrypted {
		return tls.NewListener(l, identity)
	}
	return l
}

// patience is how long a test waits for what should take milliseconds.
const patience = 10 * time.Second

// await returns the one result that is due.
func await(t *testing.T, w Wire) Result {
	t.Helper()
	results := w.Wait(w.Now()+patience, nil)
	if len(results) != 1 {
		t.Fatalf("%d results, want 1", len(results))
	}
	return results[0]
}

func do(t *testing.T, w Wire, r scenario.Request) Result {
	t.Helper()
	if r.Method == "" {
		r.Method = "GET"
	}
	if r.Path == "" {
		r.Path = "/"
	}
	w.Send(0, &r)
	return await(t, w)
}

// want fails unless the result is a complete answer with this body.
func want(t *testing.T, r Result, status int, body string) {
	t.Helper()
	if r.Err != nil || r.Kind != "" || r.Response.Status != status || string(r.Response.Body) != body {
		t.Fatalf("got %d %.80q, %s, %v; want %d %.80q", r.Response.Status, r.Response.Body, r.Kind, r.Err, status, body)
	}
}

func wantKind(t *testing.T, r Result, kind Kind) {
	t.Helper()
	if r.Kind != kind || r.Err == nil {
		t.Fatalf("got %q (%v), answer %d %.80q; want %q", r.Kind, r.Err, r.Response.Status, r.Response.Body, kind)
	}
	if r.Response.Status != 0 {
		t.Errorf("failure with an answer: %d", r.Response.Status)
	}
}

// serve starts a net/http server and counts the connections that it gets.
func (on bed) serve(t *testing.T, handler http.HandlerFunc) (addr string, opened *atomic.Int64) {
	opened = new(atomic.Int64)
	server := httptest.NewUnstartedServer(handler)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Listener = on.listen(server.Listener)
	server.Start()
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), opened
}

// serveRaw starts a server that hands each connection, once the request's
// head has come, to behave; n counts connections from 1.
func (on bed) serveRaw(t *testing.T, behave func(c net.Conn, n int64)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	l = on.listen(l)
	var n atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				behave(c, n.Add(1))
			}()
		}
	}()
	return l.Addr().String()
}

// abort has the end of a connection be a reset.
func abort(c net.Conn) { underneath(c).(*net.TCPConn).SetLinger(0) }

// readHead reads a request without a body.
func readHead(c net.Conn) {
	r := bufio.NewReader(c)
	for line, err := r.ReadString('\n'); err == nil && line != "\r\n"; {
		line, err = r.ReadString('\n')
	}
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body) // net/http gives up a body that is answered before
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Write(body)
}

func TestAnswers(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	mux := http.NewServeMux()
	mux.HandleFunc("/plain", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Host", r.Host)
		fmt.Fprint(w, "hello")
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(large)))
		io.WriteString(w, large)
	})
	mux.HandleFunc("/chunked", func(w http.ResponseWriter, r *http.Request) {
		for _, part := range []string{"one ", "two ", large} {
			io.WriteString(w, part)
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/nothing", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) })
	mux.HandleFunc("/hints", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(103)
		w.WriteHeader(201)
	})
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/close", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		io.WriteString(w, "bye")
	})
	tests := []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/plain", "", 200, "hello"},
		{"HEAD", "/plain", "", 200, ""},
		{"GET", "/large", "", 200, large},
		{"HEAD", "/large", "", 200, ""},
		{"GET", "/chunked", "", 200, "one two " + large},
		{"GET", "/nothing", "", 204, ""},
		{"GET", "/hints", "", 201, ""},
		{"GET", "/missing", "", 404, "404 page not found\n"},
		{"POST", "/echo", "a body", 200, "a body"},
		{"POST", "/echo", "", 200, ""},
		{"PUT", "/echo", large, 200, large},
		{"GET", "/close", "", 200, "bye"},
		{"GET", "/plain", "", 200, "hello"},
	}
	onWires(t, func(t *testing.T, on bed) {
		addr, opened := on.serve(t, mux.ServeHTTP)
		w := on.open(t, Options{Addrs: []string{addr}, Host: "shop.example"})
		for _, test := range tests {
			r := do(t, w, scenario.Request{Method: test.method, Path: test.path, Body: []byte(test.body)})
			want(t, r, test.status, test.want)
			if test.path == "/plain" && !bytes.Contains(r.Response.Header, []byte("X-Host: shop.example\r\n")) {
				t.Errorf("%s: header %q", test.path, r.Response.Header)
			}
		}
		if n := opened.Load(); n != 2 {
			t.Errorf("%d connections, want 2: only /close ends one", n)
		}
	})
}

// TestMisbehaviour sends one request, on the first connection, to services
// that do not keep to the protocol. Where that is to time out, one before has
// opened the connection, since to open one may take as long.
func TestMisbehaviour(t *testing.T) {
	say := func(s string) func(net.Conn, int64) {
		return func(c net.Conn, _ int64) {
			readHead(c)
			io.WriteString(c, s)
		}
	}
	// hold keeps the connection open until the wire gives up.
	hold := func(c net.Conn) { io.Copy(io.Discard, c) }
	endless := func(c net.Conn, head, body string) {
		readHead(c)
		io.WriteString(c, head)
		for _, err := io.WriteString(c, body); err == nil; {
			_, err = io.WriteString(c, body)
		}
	}
	many := strings.Repeat("x", 64<<10)
	tests := []struct {
		name   string
		behave func(c net.Conn, n int64)
		kind   Kind
	}{
		{"closes at once", func(c net.Conn, _ int64) {}, Reset},
		{"resets at once", func(c net.Conn, _ int64) { abort(c) }, Reset},
		{"closes after the request", say(""), Reset},
		{"closes within the head", say("HTTP/1.1 200 OK\r\nConte"), CutShort},
		{"closes within the body", say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), CutShort},
		{"closes within chunks", say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), CutShort},
		{"resets within the body", func(c net.Conn, n int64) {
			say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")(c, n)
			abort(c)
		}, CutShort},
		{"speaks first", func(c net.Conn, _ int64) { io.WriteString(c, "SSH-2.0-x\r\n"); hold(c) }, Protocol},
		{"says garbage and holds", func(c net.Conn, n int64) { say("garbage")(c, n); hold(c) }, Protocol},
		{"accepts and is silent", func(c net.Conn, _ int64) { hold(c) }, Timeout},
		{"stops within the body", func(c net.Conn, n int64) {
			say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")(c, n)
			hold(c)
		}, Timeout},
		{"trickles a body", func(c net.Conn, n int64) {
			say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")(c, n)
			for _, err := io.WriteString(c, "x"); err == nil; {
				time.Sleep(20 * time.Millisecond)
				_, err = io.WriteString(c, "x")
			}
		}, Timeout},
		{"announces 100 MB", func(c net.Conn, _ int64) {
			endless(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n", many)
		}, TooLarge},
		{"never ends", func(c net.Conn, _ int64) { endless(c, "HTTP/1.1 200 OK\r\n\r\n", many) }, TooLarge},
		{"never ends its chunks", func(c net.Conn, _ int64) {
			endless(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "10000\r\n"+many+"\r\n")
		}, TooLarge},
		{"never ends its head", func(c net.Conn, _ int64) { endless(c, "HTTP/1.1 200 OK\r\n", "A: 1\r\n") }, TooLarge},
		{"never ends its hints", func(c net.Conn, _ int64) { endless(c, "", "HTTP/1.1 103 Early Hints\r\n\r\n") }, TooLarge},
	}
	onWires(t, func(t *testing.T, on bed) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				behave, timeout := test.behave, patience
				if test.kind == Timeout {
					behave = func(c net.Conn, n int64) {
						say("HTTP/1.1 204 OK\r\n\r\n")(c, n)
						test.behave(c, n)
					}
					timeout = 100 * time.Millisecond
				}
				w := on.open(t, Options{Addrs: []string{on.serveRaw(t, behave)}, MaxBody: 1 << 20})
				if test.kind == Timeout {
					want(t, do(t, w, scenario.Request{Timeout: patience}), 204, "")
				}
				r := do(t, w, scenario.Request{Timeout: timeout})
				wantKind(t, r, test.kind)
				if test.kind == Timeout && r.Done-r.Sent < timeout {
					t.Errorf("timed out after %v", r.Done-r.Sent)
				}
			})
		}
	})
}

func TestNoConnection(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		w := on.open(t, Options{Addrs: []string{l.Addr().String()}})
		for range 3 {
			wantKind(t, do(t, w, scenario.Request{Timeout: patience}), Refused)
		}
	})
}

func TestInvalidRequest(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		addr, opened := on.serve(t, func(w http.ResponseWriter, r *http.Request) {})
		w := on.open(t, Options{Addrs: []string{addr}})
		want(t, do(t, w, scenario.Request{}), 200, "")
		wantKind(t, do(t, w, scenario.Request{Path: "/a b"}), Invalid)
		want(t, do(t, w, scenario.Request{}), 200, "")
		if n := opened.Load(); n != 1 {
			t.Errorf("%d connections, want 1: an invalid request does not spoil one", n)
		}
	})
}

// Wires remember what fixed requests look like: an invalid one among them spoils
// no other.
func TestInvalidFixedRequest(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		addr, _ := on.serve(t, echo)
		w := on.open(t, Options{Addrs: []string{addr}})
		valid := &scenario.Request{Method: "GET", Path: "/valid", Timeout: patience, Fixed: true}
		invalid := &scenario.Request{Method: "GET", Path: "/", Header: []scenario.Field{{Name: "A", Value: "\x01"}}, Fixed: true}
		for range 2 {
			w.Send(0, valid)
			want(t, await(t, w), 200, "")
			w.Send(0, invalid)
			wantKind(t, await(t, w), Invalid)
		}
	})
}

func TestOptions(t *testing.T) {
	for name, on := range beds {
		for _, o := range []Options{
			{},
			{Addrs: []string{"127.0.0.1"}},
			{Addrs: []string{"127.0.0.1:none"}},
			{Addrs: []string{"127.0.0.1:80"}, MaxBody: -1},
			{Addrs: []string{"127.0.0.1:80"}, Host: "a\r\nB: c"},
			{Addrs: []string{"[fe80::1%lo]:80"}},
		} {
			if w, err := on.make(t.Context(), o); err == nil {
				t.Errorf("%s: %+v was taken", name, o)
				w.Close()
			}
		}
	}
}

func TestName(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		addr, _ := on.serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) })
		_, port, _ := net.SplitHostPort(addr)
		w := on.open(t, Options{Addrs: []string{"localhost:" + port}})
		want(t, do(t, w, scenario.Request{}), 200, "localhost:"+port)
	})
}

// TestServiceClosesIdle is about services that end idle connections: never a
// failure, whatever the method, since nothing was under way.
func TestServiceClosesIdle(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		var served atomic.Int64
		closed := make(chan bool)
		w := on.open(t, Options{Addrs: []string{on.serveRaw(t, func(c net.Conn, n int64) {
			readHead(c)
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d", n)
			if n == 3 { // some say why they close
				io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\n\r\n")
			}
			c.Close()
			served.Add(1)
			closed <- true
		})}})
		for n := 1; n <= 5; n++ {
			r := do(t, w, scenario.Request{Method: "POST", Timeout: patience})
			want(t, r, 200, fmt.Sprint(n))
			if r.Resent != nil {
				t.Errorf("resent after %v, and was never sent before", r.Resent)
			}
			<-closed
			if n%2 == 0 {
				w.Wait(w.Now()+time.Millisecond, nil) // a wire may notice here, or later
			}
			time.Sleep(2 * idleTrust)
		}
	})
}

// TestServiceClosesUnderWay is about services that close a connection that has
// served before, with a request under way.
func TestServiceClosesUnderWay(t *testing.T) {
	tests := []struct {
		method string
		kind   Kind
		served int64 // connections
	}{
		{"GET", "", 2},
		{"DELETE", "", 2},
		{"POST", Reset, 1},
		{"PATCH", Reset, 1},
	}
	onWires(t, func(t *testing.T, on bed) {
		for _, test := range tests {
			t.Run(test.method, func(t *testing.T) {
				var connections atomic.Int64
				w := on.open(t, Options{Addrs: []string{on.serveRaw(t, func(c net.Conn, n int64) {
					connections.Store(n)
					r := bufio.NewReader(c)
					for {
						request, err := http.ReadRequest(r)
						if err != nil || request.URL.Path == "/die" && n == 1 {
							return
						}
						io.WriteString(c, "HTTP/1.1 204 OK\r\n\r\n")
					}
				})}})
				want(t, do(t, w, scenario.Request{Timeout: patience}), 204, "")
				r := do(t, w, scenario.Request{Method: test.method, Path: "/die", Timeout: patience})
				if test.kind == "" {
					want(t, r, 204, "")
				} else {
					wantKind(t, r, test.kind)
				}
				if n := connections.Load(); n != test.served {
					t.Errorf("%d connections, want %d", n, test.served)
				}
				if again := r.Resent != nil; again != (test.served == 2) {
					t.Errorf("resent after %v", r.Resent)
				}
			})
		}
	})
}

// TestRetryOnce is about a service that serves one request and then closes
// every connection: the second connection is not reused, so its end counts.
func TestRetryOnce(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		var connections atomic.Int64
		w := on.open(t, Options{Addrs: []string{on.serveRaw(t, func(c net.Conn, n int64) {
			connections.Store(n)
			readHead(c)
			if n == 1 {
				io.WriteString(c, "HTTP/1.1 204 OK\r\n\r\n")
				readHead(c)
			}
		})}})
		want(t, do(t, w, scenario.Request{Timeout: patience}), 204, "")
		wantKind(t, do(t, w, scenario.Request{Timeout: patience}), Reset)
		if n := connections.Load(); n != 2 {
			t.Errorf("%d connections, want 2", n)
		}
	})
}

func TestNoKeepAlive(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		addr, opened := on.serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Close) })
		w := on.open(t, Options{Addrs: []string{addr}, NoKeepAlive: true})
		for range 3 {
			want(t, do(t, w, scenario.Request{Timeout: patience}), 200, "true")
		}
		if n := opened.Load(); n != 3 {
			t.Errorf("%d connections for 3 requests", n)
		}
	})
}

// Slots go to the targets in turns, each by its own name.
func TestTargets(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		host := func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) }
		first, _ := on.serve(t, host)
		second, opened := on.serve(t, host)
		w := on.open(t, Options{Addrs: []string{first, second}})
		for range 2 {
			for slot, addr := range []string{first, second, first, second} {
				w.Send(slot, &scenario.Request{Method: "GET", Path: "/", Timeout: patience})
				want(t, await(t, w), 200, addr)
			}
		}
		if n := opened.Load(); n != 2 {
			t.Errorf("%d connections of 2 slots", n)
		}
	})
}

// TestEarlyAnswer is about a service that refuses a large request before it
// has read it.
func TestEarlyAnswer(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		addr, opened := on.serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == "POST" {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
			}
		})
		w := on.open(t, Options{Addrs: []string{addr}})
		want(t, do(t, w, scenario.Request{Method: "POST", Body: make([]byte, 8<<20), Timeout: patience}), 413, "")
		want(t, do(t, w, scenario.Request{Timeout: patience}), 200, "")
		if n := opened.Load(); n != 2 {
			t.Errorf("%d connections, want 2: one with half a request on it is of no use", n)
		}
	})
}

// TestAnswerBeforeTheRest is about services that answer while a large request is
// sent, and read on only then, or not at all.
func TestAnswerBeforeTheRest(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<19) // 8 MiB
	onWires(t, func(t *testing.T, on bed) {
		w := on.open(t, Options{Addrs: []string{on.serveRaw(t, func(c net.Conn, n int64) {
			if n == 1 {
				readHead(c)
				io.WriteString(c, "HTTP/1.1 413 X\r\nContent-Length: 0\r\n\r\n")
				<-t.Context().Done()
				return
			}
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(large))
			request, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil {
				t.Error(err)
				return
			}
			io.Copy(c, request.Body)
			readHead(c)
		})}})
		request := scenario.Request{Method: "POST", Body: large, Timeout: patience}
		want(t, do(t, w, request), 413, "")
		want(t, do(t, w, request), 200, string(large))
	})
}

// TestLargeRequestCut is about a service that goes away while it is sent to.
func TestLargeRequestCut(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		w := on.open(t, Options{Addrs: []string{on.serveRaw(t, func(c net.Conn, n int64) {
			readHead(c)
			if n == 2 {
				io.WriteString(c, "HTTP/1.1 204 OK\r\nConnection: keep-alive\r\n\r\n")
				readHead(c)
			}
			time.Sleep(20 * time.Millisecond)
			abort(c)
		})}})
		large := scenario.Request{Method: "POST", Body: make([]byte, 8<<20), Timeout: patience}
		wantKind(t, do(t, w, large), Reset) // on a new connection
		want(t, do(t, w, scenario.Request{Timeout: patience}), 204, "")
		wantKind(t, do(t, w, large), Reset) // on one that has served before
	})
}

func TestTimes(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		const slow = 50 * time.Millisecond
		addr, _ := on.serve(t, func(w http.ResponseWriter, r *http.Request) { time.Sleep(slow) })
		w := on.open(t, Options{Addrs: []string{addr}})
		for range 3 {
			before := w.Now()
			r := do(t, w, scenario.Request{Timeout: patience})
			after := w.Now()
			want(t, r, 200, "")
			if r.Sent < before || r.Done < r.Sent+slow || r.Done > after {
				t.Errorf("called %v, sent %v, done %v, returned %v", before, r.Sent, r.Done, after)
			}
		}
	})
}

func TestTimeoutThenNewConnection(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		release, released := make(chan bool), make(chan bool)
		var came atomic.Bool // else it was too late to be sent at all
		addr, opened := on.serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/late" {
				came.Store(true)
				<-release
				defer close(released)
			}
			io.WriteString(w, r.URL.Path)
		})
		w := on.open(t, Options{Addrs: []string{addr}})
		want(t, do(t, w, scenario.Request{Path: "/a", Timeout: patience}), 200, "/a")
		wantKind(t, do(t, w, scenario.Request{Path: "/late", Timeout: 50 * time.Millisecond}), Timeout)
		want(t, do(t, w, scenario.Request{Path: "/b", Timeout: patience}), 200, "/b")
		close(release)
		if came.Load() {
			<-released // the late answer goes nowhere
		}
		want(t, do(t, w, scenario.Request{Path: "/c", Timeout: patience}), 200, "/c")
		if n := opened.Load(); n != 2 {
			t.Errorf("%d connections, want 2", n)
		}
	})
}

func TestWait(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		release := make(chan bool)
		addr, _ := on.serve(t, func(w http.ResponseWriter, r *http.Request) { <-release })
		for _, spin := range []bool{false, true} {
			w := on.open(t, Options{Addrs: []string{addr}, Spin: spin})
			w.Send(0, &scenario.Request{Method: "GET", Path: "/"})
			for _, d := range []time.Duration{-time.Second, 0, 20 * time.Microsecond, 3 * time.Millisecond, 20 * time.Millisecond} {
				until := w.Now() + d
				if results := w.Wait(until, nil); len(results) != 0 || w.Now() < until {
					t.Errorf("%d results at %v, until %v", len(results), w.Now(), until)
				}
			}
			release <- true
			kept := []Result{{Slot: 7}}
			results := w.Wait(w.Now()+patience, kept)
			if len(results) != 2 || results[0].Slot != 7 || results[1].Response.Status != 200 {
				t.Errorf("results %+v", results)
			}
		}
	})
}

// TestManySlots checks that answers which come together do not get into each
// other's way, and stay whole until the next Wait.
func TestManySlots(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		addr, opened := on.serve(t, echo)
		w := on.open(t, Options{Addrs: []string{addr}})
		const slots, rounds = 100, 20
		body := func(slot, round int) []byte {
			return bytes.Repeat(fmt.Appendf(nil, "%d/%d ", slot, round), 1+(slot*round)%2000)
		}
		send := func(slot, round int) {
			w.Send(slot, &scenario.Request{Method: "POST", Path: "/", Body: body(slot, round), Timeout: patience})
		}
		round := make([]int, slots)
		for slot := range slots {
			send(slot, 0)
		}
		var results []Result
		for total := 0; total < slots*rounds; total += len(results) {
			results = w.Wait(w.Now()+patience, results[:0])
			if len(results) == 0 {
				t.Fatalf("%d of %d answers came", total, slots*rounds)
			}
			for _, r := range results {
				if r.Err != nil || !bytes.Equal(r.Response.Body, body(r.Slot, round[r.Slot])) {
					t.Fatalf("slot %d round %d: %v, %d bytes", r.Slot, round[r.Slot], r.Err, len(r.Response.Body))
				}
				if round[r.Slot]++; round[r.Slot] < rounds {
					send(r.Slot, round[r.Slot])
				}
			}
		}
		if n := opened.Load(); n != slots {
			t.Errorf("%d connections, want %d", n, slots)
		}
	})
}

func TestClose(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		gone := make(chan error, 2)
		var come atomic.Int64
		addr := on.serveRaw(t, func(c net.Conn, _ int64) {
			readHead(c)
			come.Add(1)
			_, err := c.Read(make([]byte, 1))
			gone <- err
		})
		w := on.open(t, Options{Addrs: []string{addr}})
		w.Send(0, &scenario.Request{Method: "GET", Path: "/"})
		w.Send(2, &scenario.Request{Method: "GET", Path: "/"})
		for end := w.Now() + patience; come.Load() < 2 && w.Now() < end; {
			w.Wait(w.Now()+time.Millisecond, nil)
		}
		for range 2 {
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		}
		for range 2 {
			select {
			case err := <-gone:
				if err == nil || errors.Is(err, net.ErrClosed) {
					t.Errorf("the service read %v", err)
				}
			case <-time.After(patience):
				t.Fatal("a connection is still open")
			}
		}
	})
}
