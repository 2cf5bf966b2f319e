package http2

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// patience is how long a test waits for what should take milliseconds.
const patience = 10 * time.Second

// onBoth runs a test with TLS and without.
func onBoth(t *testing.T, test func(t *testing.T, on bed)) {
	for name, on := range map[string]bed{"h2c": false, "tls": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, on)
		})
	}
}

// A bed says whether wire and service encrypt.
type bed bool

// identity is what test servers encrypt with, and authority what trusts them.
var identity, authority = func() (*tls.Config, *x509.CertPool) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return s.TLS, pool
}()

// serve starts a server and counts the connections that it gets.
func (on bed) serve(t *testing.T, handler http.HandlerFunc) (addr string, opened *atomic.Int64, server *http.Server) {
	opened = new(atomic.Int64)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server = &http.Server{Handler: handler, Protocols: new(http.Protocols), TLSConfig: identity.Clone(), ErrorLog: log.New(io.Discard, "", 0),
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 10},
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				opened.Add(1)
			}
		}}
	t.Cleanup(func() { server.Close() })
	if on {
		server.Protocols.SetHTTP2(true)
		go server.ServeTLS(l, "", "") // until Close
	} else {
		server.Protocols.SetUnencryptedHTTP2(true)
		go server.Serve(l)
	}
	return l.Addr().String(), opened, server
}

// open makes a wire that is closed with the test.
func (on bed) open(t *testing.T, o Options) http1.Wire {
	t.Helper()
	if on {
		o.TLS = &tls.Config{RootCAs: authority, ServerName: "example.com"}
	}
	w, err := New(t.Context(), o)
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

func to(addr string) Options {
	return Options{Options: http1.Options{Addrs: []string{addr}, MaxBody: 1 << 20}}
}

func await(t *testing.T, w http1.Wire) http1.Result {
	t.Helper()
	results := w.Wait(w.Now()+patience, nil)
	if len(results) != 1 {
		t.Fatalf("%d results, want 1", len(results))
	}
	return results[0]
}

func do(t *testing.T, w http1.Wire, r scenario.Request) http1.Result {
	t.Helper()
	if r.Method == "" {
		r.Method = "GET"
	}
	if r.Path == "" {
		r.Path = "/"
	}
	if r.Timeout == 0 {
		r.Timeout = patience
	}
	w.Send(0, &r)
	return await(t, w)
}

func want(t *testing.T, r http1.Result, status int, body string) {
	t.Helper()
	if r.Err != nil || r.Kind != "" || r.Response.Status != status || string(r.Response.Body) != body {
		t.Fatalf("got %d %.80q, %s, %v; want %d %.80q", r.Response.Status, r.Response.Body, r.Kind, r.Err, status, body)
	}
}

func wantKind(t *testing.T, r http1.Result, kind http1.Kind) {
	t.Helper()
	if r.Kind != kind || r.Err == nil {
		t.Fatalf("got %q (%v), answer %d %.80q; want %q", r.Kind, r.Err, r.Response.Status, r.Response.Body, kind)
	}
}

func TestAnswers(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 1<<15) // 512 KiB
	mux := http.NewServeMux()
	mux.HandleFunc("/plain", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Seen", fmt.Sprint(r.Host, " ", r.ProtoMajor, " ", r.RequestURI, " ", r.Header))
		fmt.Fprint(w, "hello")
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, large) })
	mux.HandleFunc("/nothing", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) })
	mux.HandleFunc("/unchanged", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100000000") // of what is unchanged
		w.WriteHeader(304)
	})
	mux.HandleFunc("/hints", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(103)
		w.WriteHeader(201)
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(302) })
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	tests := []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/plain?a=%2f&b=c+d", "", 200, "hello"},
		{"HEAD", "/plain", "", 200, ""},
		{"GET", "/large", "", 200, large},
		{"GET", "/nothing", "", 204, ""},
		{"GET", "/unchanged", "", 304, ""},
		{"GET", "/hints", "", 201, ""},
		{"GET", "/moved", "", 302, ""},
		{"POST", "/echo", "a body", 200, "a body"},
		{"POST", "/echo", "", 200, ""},
		{"PUT", "/echo", large, 200, large},
	}
	onBoth(t, func(t *testing.T, on bed) {
		addr, opened, _ := on.serve(t, mux.ServeHTTP)
		o := to(addr)
		o.Host = "shop.example"
		w := on.open(t, o)
		for _, test := range tests {
			r := do(t, w, scenario.Request{Method: test.method, Path: test.path, Body: []byte(test.body)})
			want(t, r, test.status, test.want)
			if seen := "X-Seen: shop.example 2 " + test.path + " map[]\r\n"; strings.HasPrefix(test.path, "/plain") && !strings.Contains(string(r.Response.Header), seen) {
				t.Errorf("%s: header %q, want %q in it", test.path, r.Response.Header, seen)
			}
			if r.Done <= r.Sent {
				t.Errorf("%s: sent %v, done %v", test.path, r.Sent, r.Done)
			}
		}
		if n := opened.Load(); n != 1 {
			t.Errorf("%d connections, want 1", n)
		}
	})
}

// A path is sent as it is written.
func TestPaths(t *testing.T) {
	onBoth(t, func(t *testing.T, on bed) {
		addr, _, _ := on.serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host+" "+r.RequestURI) })
		o := to(addr)
		o.Host = "Shop.example:8080"
		w := on.open(t, o)
		for _, path := range []string{"/", "//", "//orders/7", "//?a", "/a//b", "/%2F%7e?b=c+d&e=%20;", "/http://x/"} {
			want(t, do(t, w, scenario.Request{Path: path}), 200, "Shop.example:8080 "+path)
			own := []scenario.Field{{Name: "Host", Value: "other"}}
			want(t, do(t, w, scenario.Request{Path: path, Header: own}), 200, "other "+path)
		}
	})
}

// A slot has its connection, or shares some; the service takes 10 requests at
// once on each, and what is more waits.
func TestConnections(t *testing.T) {
	onBoth(t, func(t *testing.T, on bed) {
		addr, opened, _ := on.serve(t, func(w http.ResponseWriter, r *http.Request) { time.Sleep(time.Millisecond) })
		before := int64(0)
		for _, test := range []struct {
			connections int
			want        int64
		}{{0, 40}, {1, 1}, {3, 3}} {
			o := to(addr)
			o.Connections = test.connections
			w := on.open(t, o)
			for slot := range 40 {
				w.Send(slot, &scenario.Request{Method: "GET", Path: "/", Timeout: patience})
			}
			for got := 0; got < 40; {
				results := w.Wait(w.Now()+patience, nil)
				if len(results) == 0 {
					t.Fatalf("%d answers of 40", got)
				}
				for _, r := range results {
					want(t, r, 200, "")
				}
				got += len(results)
			}
			if n := opened.Load() - before; n != test.want {
				t.Errorf("%d connections for %d, want %d", n, test.connections, test.want)
			}
			before = opened.Load()
		}
	})
}

// Slots go to the targets in turns, also where they share connections.
func TestTargets(t *testing.T) {
	onBoth(t, func(t *testing.T, on bed) {
		host := func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) }
		first, _, _ := on.serve(t, host)
		second, opened, _ := on.serve(t, host)
		o := to(first)
		o.Addrs, o.Connections = []string{first, second}, 1
		w := on.open(t, o)
		for slot, addr := range []string{first, second, first, second} {
			w.Send(slot, &scenario.Request{Method: "GET", Path: "/", Timeout: patience})
			want(t, await(t, w), 200, addr)
		}
		if n := opened.Load(); n != 1 {
			t.Errorf("%d connections to a target, want 1", n)
		}
	})
}

func TestFailures(t *testing.T) {
	tests := map[string]struct {
		behave http.HandlerFunc
		kind   http1.Kind
	}{
		"ends the stream": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, http1.Reset},
		"ends the stream within the body": {func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte("half"))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, http1.CutShort},
		"is silent": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, http1.Timeout},
		"trickles a body": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				w.Write([]byte("x"))
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		}, http1.Timeout},
		"never ends": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				w.Write(make([]byte, 64<<10))
			}
		}, http1.TooLarge},
		"announces 100 MB": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100000000")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, http1.TooLarge},
		"never ends its hints": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				w.WriteHeader(103)
			}
		}, http1.TooLarge},
		"has a large head": {func(w http.ResponseWriter, r *http.Request) {
			for i := range 700 { // 71 kB, as HTTP/2 counts them
				w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 64))
			}
		}, http1.TooLarge},
	}
	onBoth(t, func(t *testing.T, on bed) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				addr, _, _ := on.serve(t, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path != "/ok" {
						test.behave(w, r)
					}
				})
				w := on.open(t, to(addr))
				want(t, do(t, w, scenario.Request{Path: "/ok"}), 200, "")
				timeout := patience
				if test.kind == http1.Timeout {
					timeout = 100 * time.Millisecond
				}
				r := do(t, w, scenario.Request{Timeout: timeout})
				wantKind(t, r, test.kind)
				if test.kind == http1.Timeout && r.Done-r.Sent < timeout {
					t.Errorf("timed out after %v", r.Done-r.Sent)
				}
				want(t, do(t, w, scenario.Request{Path: "/ok"}), 200, "")
			})
		}
	})
}

// The frames of a service: what it says first, and its GOAWAY without a reason,
// before the first stream, after it, and after all.
const (
	settings    = "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	goAway      = "\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	goAwayFirst = "\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00"
	goAwayAll   = "\x00\x00\x08\x07\x00\x00\x00\x00\x00\x7f\xff\xff\xff\x00\x00\x00\x00"
)

// readRequest reads until the first request.
func readRequest(c net.Conn) {
	io.CopyN(io.Discard, c, int64(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")))
	readHeaders(c)
}

// readHeaders reads until the frame that a request begins with.
func readHeaders(c net.Conn) {
	const headers = 1
	var head [9]byte
	for head[3] != headers {
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return
		}
		io.CopyN(io.Discard, c, int64(head[0])<<16|int64(head[1])<<8|int64(head[2]))
	}
}

// serveRaw hands each connection, of which n counts from 1, to behave.
func serveRaw(t *testing.T, behave func(c net.Conn, n int64)) (addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for n := int64(1); ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				behave(c, n)
			}()
		}
	}()
	return l.Addr().String()
}

// TestMisbehaviour sends one request, on the first connection, to services that
// do not keep to the protocol.
func TestMisbehaviour(t *testing.T) {
	say := func(s string) func(net.Conn) {
		return func(c net.Conn) {
			readRequest(c)
			io.WriteString(c, s)
			io.Copy(io.Discard, c)
		}
	}
	part := func(s string) func(net.Conn) {
		return func(c net.Conn) {
			io.WriteString(c, s)
			readRequest(c)
		}
	}
	tests := map[string]struct {
		behave func(net.Conn)
		kind   http1.Kind
	}{
		"closes at once":              {func(net.Conn) {}, http1.Reset},
		"closes after its settings":   {part(settings), http1.Reset},
		"goes away and closes":        {part(settings + goAway), http1.Reset},
		"promises to answer":          {part(settings + goAwayAll), http1.Reset},
		"speaks HTTP/1.1":             {say("HTTP/1.1 400 Bad Request\r\n\r\n"), http1.Protocol},
		"sends a frame of no stream":  {say(settings + "\x00\x00\x01\x00\x01\x00\x00\x00\x00x"), http1.Protocol},
		"sends settings of odd shape": {say("\x00\x00\x01\x04\x00\x00\x00\x00\x00x"), http1.Protocol},
		"is silent":                   {say(""), http1.Timeout},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			addr := serveRaw(t, func(c net.Conn, _ int64) { test.behave(c) })
			timeout := patience
			if test.kind == http1.Timeout {
				timeout = 100 * time.Millisecond
			}
			wantKind(t, do(t, bed(false).open(t, to(addr)), scenario.Request{Timeout: timeout}), test.kind)
		})
	}
}

// A service that goes away closes what it has served on; that is no failure of
// the next request, whatever its method.
func TestServiceGoesAway(t *testing.T) {
	onBoth(t, func(t *testing.T, on bed) {
		addr, opened, _ := on.serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Connection", "close") // net/http says GOAWAY for it
		})
		w := on.open(t, to(addr))
		for range 5 {
			want(t, do(t, w, scenario.Request{Method: "POST"}), 200, "")
		}
		if n := opened.Load(); n < 2 {
			t.Errorf("%d connections: the service did not go away", n)
		}
	})
}

// A service goes away from a connection on which it never answered, and leaves the
// end of it to the client.
func TestServiceGoesAwayUnserved(t *testing.T) {
	const (
		ok     = "\x00\x00\x01\x01\x05\x00\x00\x00\x01\x88" // the first request's
		cancel = "\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00\x08"
	)
	w := bed(false).open(t, to(serveRaw(t, func(c net.Conn, n int64) {
		readRequest(c)
		if n == 1 {
			io.WriteString(c, settings+cancel)
			readHeaders(c)
			io.WriteString(c, goAwayFirst)
		} else {
			io.WriteString(c, settings+ok)
		}
		io.Copy(io.Discard, c)
	})))
	wantKind(t, do(t, w, scenario.Request{}), http1.Reset)
	want(t, do(t, w, scenario.Request{Method: "POST"}), 200, "")
}

// HTTP/2 has no place for some headers.
func TestInvalidRequest(t *testing.T) {
	onBoth(t, func(t *testing.T, on bed) {
		addr, opened, _ := on.serve(t, func(http.ResponseWriter, *http.Request) {})
		w := on.open(t, to(addr))
		for _, f := range []scenario.Field{{Name: "Upgrade", Value: "websocket"}, {Name: "A", Value: strings.Repeat("x", 2<<20)}} {
			want(t, do(t, w, scenario.Request{}), 200, "") // the service has told its limit
			wantKind(t, do(t, w, scenario.Request{Header: []scenario.Field{f}}), http1.Invalid)
		}
		want(t, do(t, w, scenario.Request{}), 200, "")
		if n := opened.Load(); n != 1 {
			t.Errorf("%d connections, want 1: an invalid request does not spoil one", n)
		}
	})
}

func TestNoConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	onBoth(t, func(t *testing.T, on bed) {
		w := on.open(t, to(addr))
		for range 2 {
			wantKind(t, do(t, w, scenario.Request{}), http1.Refused)
		}
		wantKind(t, do(t, w, scenario.Request{Path: "/a b"}), http1.Invalid)
	})
}

// TestNegotiation is about services that speak TLS and one version of HTTP, or both.
func TestNegotiation(t *testing.T) {
	for _, both := range []bool{false, true} {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.EnableHTTP2 = both
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that are to fail
		server.StartTLS()
		defer server.Close()
		o := to(server.Listener.Addr().String())
		o.TLS = &tls.Config{RootCAs: authority}
		if got, err := Negotiated(t.Context(), o.Options); got != both || err != nil {
			t.Errorf("negotiated: %v, %v", got, err)
		}
		w := bed(true).open(t, o)
		if both {
			want(t, do(t, w, scenario.Request{}), 404, "404 page not found\n")
		} else {
			wantKind(t, do(t, w, scenario.Request{}), http1.TLS)
		}
	}
	plain, _, _ := bed(false).serve(t, nil)
	o := http1.Options{Addrs: []string{plain}, TLS: &tls.Config{}}
	if got, err := Negotiated(context.Background(), o); err == nil {
		t.Errorf("a plain service negotiated %v", got)
	}
}

func TestClose(t *testing.T) {
	onBoth(t, func(t *testing.T, on bed) {
		come, gone := make(chan bool, 2), make(chan bool, 2)
		addr, _, _ := on.serve(t, func(_ http.ResponseWriter, r *http.Request) {
			come <- true
			<-r.Context().Done()
			gone <- true
		})
		o := to(addr)
		o.Connections = 1
		w := on.open(t, o)
		w.Send(0, &scenario.Request{Method: "GET", Path: "/"})
		w.Send(2, &scenario.Request{Method: "GET", Path: "/"})
		<-come
		<-come
		for range 2 {
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		}
		for range 2 {
			select {
			case <-gone:
			case <-time.After(patience):
				t.Fatal("a request is still open")
			}
		}
	})
}
