package http1

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

// TestBoundedMemory reads answers that never end, and looks at what is kept of them.
func TestBoundedMemory(t *testing.T) {
	const maxBody = 1 << 18
	tests := []struct {
		name, head, more string
		most             int
	}{
		{"body", "HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("x", 1000), 3 * maxBody},
		{"small chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", strings.Repeat("1;name=value\r\nx\r\n", 10), 3 * maxBody},
		{"head", "HTTP/1.1 200 OK\r\n", "A: 1\r\n", 2 * MaxHead},
		{"interim answers", "", "HTTP/1.1 103 Early Hints\r\n\r\n", 2 * MaxHead},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var x exchange
			var w whole
			r := scenario.Request{Method: "GET", Path: "/"}
			if err := x.begin(&r, &Endpoint{host: "shop", maxBody: maxBody}); err != nil {
				t.Fatal(err)
			}
			largest := 0
			shared := make([]byte, 4<<10)
			var err error
			for sent := test.head + test.more; err == nil; sent = test.more {
				room := x.room(shared)
				_, _, err = x.take(room, copy(room, sent), &w)
				largest = max(largest, cap(x.extra.kept))
			}
			if !errors.Is(err, errTooLarge) || largest > test.most+minRead {
				t.Errorf("kept up to %d bytes, then %v", largest, err)
			}
		})
	}
}

// TestSmallPieces takes a large answer in small pieces. To move what has come of it
// for each of them would take minutes.
func TestSmallPieces(t *testing.T) {
	const length = 4 << 20
	var x exchange
	var w whole
	r := scenario.Request{Method: "GET", Path: "/"}
	if err := x.begin(&r, &Endpoint{host: "shop", maxBody: length}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	sent := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", length)
	piece := make([]byte, 64)
	for complete := false; !complete; sent = piece {
		room := x.room(nil)
		answer, _, err := x.take(room, copy(room, sent), &w)
		if complete = answer != nil; err != nil || time.Since(began) > patience {
			t.Fatalf("%d bytes taken, error %v", len(x.extra.kept), err)
		}
	}
}

// A slot sends fixed requests and others in turns; what is shared stays as it is.
func TestFixedRequests(t *testing.T) {
	e := &Endpoint{host: "shop"}
	fixed := &scenario.Request{Method: "GET", Path: "/fixed", Fixed: true}
	made := &scenario.Request{Method: "GET"}
	var a, b exchange
	send := func(x *exchange, r *scenario.Request, want string) {
		t.Helper()
		if err := x.begin(r, e); err != nil || string(x.request) != "GET "+want+" HTTP/1.1\r\nHost: shop\r\n\r\n" {
			t.Errorf("got %q, error %v, want %s", x.request, err, want)
		}
	}
	for _, path := range []string{"/a", "/other", "/c"} {
		made.Path = path
		send(&a, fixed, "/fixed")
		send(&b, fixed, "/fixed")
		send(&a, made, path)
		send(&b, fixed, "/fixed")
	}
	if &a.request[0] == &b.request[0] || len(e.encoded) != 1 {
		t.Errorf("%d requests are shared, want 1", len(e.encoded))
	}
	if err := a.begin(&scenario.Request{Method: "GET", Path: "x", Fixed: true}, e); !errors.Is(err, errInvalid) {
		t.Errorf("error %v, want %v", err, errInvalid)
	}
}
