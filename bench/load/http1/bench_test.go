package http1

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

// serverEnv makes the test binary a server for benchmarks, in a process of its own.
const serverEnv = "HTTP1_BENCHMARK_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(serverEnv) != "" {
		if err := answerAll(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// answerAll prints its address and answers whatever comes in one packet, until
// its standard input ends.
func answerAll() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				buf := make([]byte, 4<<10)
				for {
					if _, err := c.Read(buf); err != nil {
						return
					}
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello")
				}
			}()
		}
	}()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// startServer starts answerAll in another process.
func startServer(tb testing.TB) (addr string) {
	server := exec.Command(os.Args[0])
	server.Env = append(os.Environ(), serverEnv+"=1")
	server.Stderr = os.Stderr
	stdin, err := server.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := server.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := server.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		stdin.Close()
		if err := server.Wait(); err != nil {
			tb.Error(err)
		}
	})
	addr, err = bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return addr[:len(addr)-1]
}

// BenchmarkRequests keeps 64 slots busy. Beside the time it reports the CPU
// that this process used for a request.
func BenchmarkRequests(b *testing.B) {
	for name, on := range beds {
		if on.encrypted {
			continue // the server is plain
		}
		b.Run(name, func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			w, err := on.make(context.Background(), Options{Addrs: []string{startServer(b)}})
			if err != nil {
				b.Fatal(err)
			}
			defer w.Close()
			request := scenario.Request{Method: "GET", Path: "/products/17", Timeout: patience}
			for slot := range 64 {
				w.Send(slot, &request)
			}
			b.ReportAllocs()
			b.ResetTimer()
			used := cpuTime(b)
			var results []Result
			for left := b.N; left > 0; left -= len(results) {
				results = w.Wait(w.Now()+patience, results[:0])
				for _, r := range results {
					if r.Err != nil {
						b.Fatal(r.Err)
					}
					w.Send(r.Slot, &request)
				}
			}
			b.ReportMetric(float64(cpuTime(b)-used)/float64(b.N), "cpu-ns/op")
		})
	}
}

func cpuTime(b testing.TB) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkWait reports how late Wait returns when nothing comes.
func BenchmarkWait(b *testing.B) {
	for name, on := range beds {
		for _, spin := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/spin=%v", name, spin), func(b *testing.B) {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				w, err := on.make(context.Background(), Options{Addrs: []string{"127.0.0.1:9"}, Spin: spin})
				if err != nil {
					b.Fatal(err)
				}
				defer w.Close()
				var late []time.Duration
				for b.Loop() {
					until := w.Now() + 500*time.Microsecond
					w.Wait(until, nil)
					late = append(late, w.Now()-until)
				}
				slices.Sort(late)
				b.ReportMetric(float64(late[len(late)/2]), "p50-late-ns")
				b.ReportMetric(float64(late[len(late)*99/100]), "p99-late-ns")
			})
		}
	}
}
