package http1

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

// encrypted is how TLS is spoken everywhere.
var encrypted = bed{make: beds["pool tls"].make}

// serveTLS starts a server that says whether the connection resumed a session.
func serveTLS(t *testing.T, c *tls.Config) (addr string) {
	l, err := tls.Listen("tcp", "127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		if r.TLS.DidResume {
			io.WriteString(w, "resumed")
		}
	})}
	go server.Serve(l) // until Close
	t.Cleanup(func() { server.Close() })
	return l.Addr().String()
}

func TestCertificates(t *testing.T) {
	demanding := identity.Clone()
	demanding.ClientAuth = tls.RequireAnyClientCert
	withOne := trusting()
	withOne.Certificates = identity.Certificates
	misnamed := trusting()
	misnamed.ServerName = "shop.example"
	byAddress := trusting()
	byAddress.ServerName = ""
	tests := []struct {
		name   string
		server *tls.Config
		client *tls.Config
		reason string // of a failure
	}{
		{"trusted", identity, trusting(), ""},
		{"named by the address", identity, byAddress, ""},
		{"of an unknown authority", identity, &tls.Config{}, "unknown authority"},
		{"of another name", identity, misnamed, "not shop.example"},
		{"whatever it is", identity, &tls.Config{InsecureSkipVerify: true}, ""},
		{"of the client, shown", demanding, withOne, ""},
		{"of the client, missing", demanding, trusting(), "certificate required"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := encrypted.open(t, Options{Addrs: []string{serveTLS(t, test.server)}, TLS: test.client})
			r := do(t, w, scenario.Request{Timeout: patience})
			if test.reason == "" {
				want(t, r, 200, "")
				return
			}
			wantKind(t, r, TLS)
			if !strings.Contains(r.Err.Error(), test.reason) {
				t.Errorf("the reason is %v, want %q in it", r.Err, test.reason)
			}
		})
	}
}

// Each user resumes its own session, as a client that comes back does.
func TestResumption(t *testing.T) {
	w := encrypted.open(t, Options{Addrs: []string{serveTLS(t, identity)}, TLS: trusting()})
	for slot := range 2 {
		for _, body := range []string{"", "resumed", "resumed"} {
			w.Send(slot, &scenario.Request{Method: "GET", Path: "/", Timeout: patience})
			want(t, await(t, w), 200, body)
		}
	}
}

// TestHandshake is about services that accept connections and speak no TLS.
func TestHandshake(t *testing.T) {
	tests := []struct {
		name    string
		behave  func(net.Conn, int64)
		timeout time.Duration
		kind    Kind
	}{
		{"plain HTTP", func(c net.Conn, _ int64) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }, patience, TLS},
		{"silence", func(c net.Conn, _ int64) { io.Copy(io.Discard, c) }, 100 * time.Millisecond, ConnectTimeout},
		{"the end", func(c net.Conn, _ int64) {}, patience, Reset},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := encrypted.open(t, Options{Addrs: []string{bed{}.serveRaw(t, test.behave)}, TLS: trusting()})
			wantKind(t, do(t, w, scenario.Request{Timeout: test.timeout}), test.kind)
		})
	}
}

// held keeps what is written until something is read, so that it comes together.
type held struct {
	net.Conn
	written []byte
}

func (h *held) Write(p []byte) (int, error) {
	h.written = append(h.written, p...)
	return len(p), nil
}

func (h *held) Read(p []byte) (int, error) {
	if _, err := h.Conn.Write(h.written); err != nil {
		return 0, err
	}
	h.written = nil
	return h.Conn.Read(p)
}

// TestAnswerToHead is about a service that answers HEAD with a body, which TLS has
// read with the head. It is not the answer to the next request.
func TestAnswerToHead(t *testing.T) {
	addr := bed{}.serveRaw(t, func(c net.Conn, n int64) {
		c = tls.Server(&held{Conn: c}, identity)
		for range 2 {
			readHead(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n")
			fmt.Fprint(c, n)
		}
		readHead(c)
	})
	w := encrypted.open(t, Options{Addrs: []string{addr}, TLS: trusting()})
	want(t, do(t, w, scenario.Request{Method: "HEAD", Timeout: patience}), 200, "")
	want(t, do(t, w, scenario.Request{Timeout: patience}), 200, "2")
}
