package http1

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

var beds = map[string]bed{
	"epoll":    {make: func(ctx context.Context, o Options) (Wire, error) { return NewEpoll(ctx, o) }},
	"pool":     {make: func(ctx context.Context, o Options) (Wire, error) { return NewPool(ctx, o) }},
	"pool tls": {make: func(ctx context.Context, o Options) (Wire, error) { return NewPool(ctx, o) }, encrypted: true},
}

func newEpoll(t *testing.T, o Options) *Epoll {
	w, err := NewEpoll(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// fullListener listens, and its queue of connections that wait to be accepted
// is full: Linux does not answer those who want to connect.
func fullListener(t *testing.T) net.Listener {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "listener")
	defer file.Close() // the net.Listener has its own
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	l, err := net.FileListener(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	for range 10 {
		c, err := net.DialTimeout("tcp", l.Addr().String(), 100*time.Millisecond)
		if err != nil {
			return l
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Fatal("the queue does not fill")
	return nil
}

func TestConnectTimeout(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		w := on.open(t, Options{Addrs: []string{fullListener(t).Addr().String()}})
		const timeout = 100 * time.Millisecond
		r := do(t, w, scenario.Request{Timeout: timeout})
		wantKind(t, r, ConnectTimeout)
		if r.Done-r.Sent < timeout {
			t.Errorf("timed out after %v", r.Done-r.Sent)
		}
	})
}

// TestConnectCounts checks that the wait for a connection is part of a request's time.
func TestConnectCounts(t *testing.T) {
	onWires(t, func(t *testing.T, on bed) {
		l := fullListener(t)
		w := on.open(t, Options{Addrs: []string{l.Addr().String()}})
		w.Send(0, &scenario.Request{Method: "GET", Path: "/", Timeout: patience})
		const queued = 100 * time.Millisecond
		if results := w.Wait(w.Now()+queued, nil); len(results) != 0 {
			t.Fatalf("%+v before anyone accepted", results)
		}
		server := &http.Server{Handler: http.NotFoundHandler()}
		go server.Serve(on.listen(l)) // until Close
		defer server.Close()
		r := await(t, w)
		want(t, r, 404, "404 page not found\n")
		if r.Done-r.Sent < queued {
			t.Errorf("took %v, and had waited %v for a connection", r.Done-r.Sent, queued)
		}
	})
}

// TestExhausted is about running out of file descriptors, which is not the
// service's fault. It cannot run beside other tests.
func TestExhausted(t *testing.T) {
	for name, on := range beds {
		t.Run(name, func(t *testing.T) {
			w, err := on.make(t.Context(), Options{Addrs: []string{"127.0.0.1:9"}})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			var limit unix.Rlimit
			if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
				t.Fatal(err)
			}
			defer unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
			if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: limit.Max}); err != nil {
				t.Fatal(err)
			}
			wantKind(t, do(t, w, scenario.Request{}), Exhausted)
		})
	}
}

// TestAllocations checks that requests on open connections allocate nothing.
func TestAllocations(t *testing.T) {
	w := newEpoll(t, Options{Addrs: []string{startServer(t)}})
	request := scenario.Request{Method: "POST", Path: "/x", Timeout: patience, Body: []byte("body"),
		Header: []scenario.Field{{Name: "Authorization", Value: "Bearer token"}}}
	var results []Result
	round := func() {
		for slot := range 10 {
			w.Send(slot, &request)
		}
		for left := 10; left > 0; left -= len(results) {
			results = w.Wait(w.Now()+patience, results[:0])
			for _, r := range results {
				want(t, r, 200, "hello")
			}
		}
	}
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations for 10 requests", n)
	}
	pause := func() {
		time.Sleep(2 * idleTrust)
		round()
	}
	if n := testing.AllocsPerRun(10, pause); n != 0 {
		t.Errorf("%v allocations for 10 requests after a pause", n)
	}
}

// TestLateCaller has answers wait in the kernel beyond their requests'
// time-out, more of them than the shared buffer or a batch of events can take.
// Not the service was late but the caller, so all must be answers, and whole.
func TestLateCaller(t *testing.T) {
	const slots = 3 * batch
	body := strings.Repeat("x", 2*sharedSize/batch)
	var served atomic.Int64
	w := newEpoll(t, Options{Addrs: []string{bed{}.serveRaw(t, func(c net.Conn, _ int64) {
		for range 2 {
			readHead(c)
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			served.Add(1)
		}
		io.Copy(io.Discard, c)
	})}})
	round := func(late func()) {
		for slot := range slots {
			w.Send(slot, &scenario.Request{Method: "GET", Path: "/", Timeout: patience})
		}
		late()
		for left := slots; left > 0; {
			results := w.Wait(w.Now()+patience, nil)
			if len(results) == 0 {
				t.Fatalf("%d answers are missing", left)
			}
			for _, r := range results {
				want(t, r, 200, body)
			}
			left -= len(results)
		}
	}
	round(func() {})
	round(func() {
		w.flush()
		for deadline := w.Now() + patience; served.Load() < 2*slots; time.Sleep(time.Millisecond) {
			if w.Now() > deadline {
				t.Fatalf("%d of %d served", served.Load(), 2*slots)
			}
		}
		w.expiry = w.Now()
		for slot := range slots { // as if the time-out had passed by now
			w.conns[slot].deadline = w.expiry
		}
	})
}

// TestStaleEvent is about an event of a connection that is not the slot's any more.
func TestStaleEvent(t *testing.T) {
	addr, opened := bed{}.serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	w := newEpoll(t, Options{Addrs: []string{addr}})
	want(t, do(t, w, scenario.Request{}), 200, "ok")
	w.pending = []unix.EpollEvent{{Fd: 0, Pad: w.conns[0].generation - 1, Events: unix.EPOLLRDHUP}}
	want(t, do(t, w, scenario.Request{}), 200, "ok")
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

func TestSockaddr(t *testing.T) {
	v4 := sockaddr(netip.MustParseAddrPort("127.0.0.1:80")).(*unix.SockaddrInet4)
	if v4.Port != 80 || v4.Addr != [4]byte{127, 0, 0, 1} {
		t.Errorf("got %+v", v4)
	}
	v6 := sockaddr(netip.MustParseAddrPort("[::1]:81")).(*unix.SockaddrInet6)
	if v6.Port != 81 || v6.Addr != [16]byte{15: 1} {
		t.Errorf("got %+v", v6)
	}
}

// A wire that waits sleeps, also where what it waits for comes soon.
func TestWaitSleeps(t *testing.T) {
	for name, on := range beds {
		t.Run(name, func(t *testing.T) {
			w := on.open(t, Options{Addrs: []string{"127.0.0.1:1"}})
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			began, burnt := w.Now(), cpuTime(t)
			for range 500 {
				w.Wait(w.Now()+time.Millisecond, nil)
			}
			if took, burnt := w.Now()-began, cpuTime(t)-burnt; burnt > took/3 {
				t.Errorf("waiting for %v took %v of a CPU", took, burnt)
			}
		})
	}
}

// Sleeps end early by the least that the timer was late of late, and never by much.
func TestTimerWakesLate(t *testing.T) {
	wake := new(timer)
	for _, step := range []struct {
		times     int
		late      time.Duration
		low, high time.Duration
	}{
		{1000, 50 * time.Microsecond, 49 * time.Microsecond, 50 * time.Microsecond},
		{1, 20 * time.Microsecond, 20 * time.Microsecond, 20 * time.Microsecond},
		{1, time.Second, 21 * time.Microsecond, 22 * time.Microsecond},
		{1000, time.Second, 99 * time.Microsecond, maxLate},
		{1, 0, 0, 0},
	} {
		for range step.times {
			wake.woke(step.late) // armed for 0
		}
		if wake.late < step.low || wake.late > step.high {
			t.Errorf("after %v, %d times: %v, want %v to %v", step.late, step.times, wake.late, step.low, step.high)
		}
	}
}
