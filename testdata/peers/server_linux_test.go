package peers

import (
	"bytes"
	"container/heap"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
)

// A server answers every request after a delay that it knows, so that what a
// tool reports can be held against the truth. It polls and never sleeps, on
// one thread: its own delays are microseconds.
type server struct {
	listener, epoll int
	delay           delay

	start    time.Time
	first    time.Duration
	pending  answers
	arrivals []time.Duration
	took     []time.Duration
	buf      []byte
}

// An answer is due on a connection at a time.
type answer struct {
	fd        int
	body      string
	came, due time.Duration
}

// lognormal draws delays of which half are above 2 ms and 1 % above 6.4 ms.
func lognormal() delay {
	rng := rand.New(rand.NewPCG(1, 2))
	return func(time.Duration) time.Duration {
		return time.Duration(2e6 * math.Exp(0.5*rng.NormFloat64()))
	}
}

// A delay is what a server does to a request that came at a time since the
// first one.
type delay func(at time.Duration) time.Duration

// delays are those that a server can have.
var delays = map[string]delay{
	"lognormal": lognormal(),
	"freezing":  freezing,
	"long":      func(time.Duration) time.Duration { return 5 * time.Second },
}

// freezing answers within 1 ms, but nothing in the third second of every five.
func freezing(at time.Duration) time.Duration {
	const period, begin, end = 5 * time.Second, 2 * time.Second, 3 * time.Second
	if in := at % period; in >= begin && in < end {
		return max(time.Millisecond, end-in)
	}
	return time.Millisecond
}

// serve answers until its standard input ends, then prints a truth.
func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	name := flags.String("delay", "", "name of the delays")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s := &server{start: time.Now(), delay: delays[*name], buf: make([]byte, 64<<10)}
	addr, err := s.listen()
	if err != nil {
		return err
	}
	fmt.Println(addr)
	var done atomic.Bool
	go func() {
		io.Copy(io.Discard, os.Stdin)
		done.Store(true)
	}()
	runtime.LockOSThread()
	for !done.Load() {
		if err := s.poll(); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(s.truth())
}

// listen returns the address.
func (s *server) listen() (addr string, err error) {
	if s.listener, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0); err != nil {
		return "", err
	}
	if err = syscall.Bind(s.listener, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return "", err
	}
	if err = syscall.Listen(s.listener, 4096); err != nil {
		return "", err
	}
	if s.epoll, err = syscall.EpollCreate1(0); err != nil {
		return "", err
	}
	at, err := syscall.Getsockname(s.listener)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("127.0.0.1:%d", at.(*syscall.SockaddrInet4).Port), s.register(s.listener)
}

func (s *server) register(fd int) error {
	return syscall.EpollCtl(s.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)})
}

// poll takes up what has come, and sends what is due.
func (s *server) poll() error {
	var events [64]syscall.EpollEvent
	n, err := syscall.EpollWait(s.epoll, events[:], 0)
	if err != nil && err != syscall.EINTR {
		return err
	}
	for _, e := range events[:max(n, 0)] {
		if int(e.Fd) == s.listener {
			err = s.accept()
		} else {
			err = s.read(int(e.Fd))
		}
		if err != nil {
			return err
		}
	}
	for len(s.pending) > 0 && s.pending[0].due <= time.Since(s.start) {
		s.answer(heap.Pop(&s.pending).(answer))
	}
	return nil
}

func (s *server) accept() error {
	fd, _, err := syscall.Accept4(s.listener, syscall.SOCK_NONBLOCK)
	if err != nil {
		return err
	}
	if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
		return err
	}
	return s.register(fd)
}

// read takes a request, whose head and body come in one packet, or the end of a
// connection.
func (s *server) read(fd int) error {
	n, err := syscall.Read(fd, s.buf)
	if n <= 0 {
		if err == syscall.EAGAIN {
			return nil
		}
		return syscall.Close(fd)
	}
	if !bytes.Contains(s.buf[:n], []byte("\r\n\r\n")) {
		return fmt.Errorf("want a whole request, got %q", s.buf[:n])
	}
	now := time.Since(s.start)
	if len(s.arrivals) == 0 {
		s.first = now
	}
	s.arrivals = append(s.arrivals, now)
	heap.Push(&s.pending, answer{fd, bodyFor(s.buf[:n]), now, now + s.delay(now-s.first)})
	return nil
}

func (s *server) answer(a answer) {
	s.buf = fmt.Appendf(s.buf[:0], "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(a.body), a.body)
	_, _ = syscall.Write(a.fd, s.buf) // a tool that is done may have closed the connection
	s.buf = s.buf[:cap(s.buf)]
	s.took = append(s.took, time.Since(s.start)-a.came)
}

// bodyFor returns what answers a request, as nginx.conf has it.
func bodyFor(request []byte) string {
	_, path, _ := bytes.Cut(request, []byte(" "))
	switch {
	case bytes.HasPrefix(path, []byte("/login")):
		return `{"access_token":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl","token_type":"Bearer"}`
	case bytes.HasPrefix(path, []byte("/products?")):
		return `{"page":1,"products":[{"id":101,"name":"kettle","price":2499,"stock":{"left":12}},{"id":102,"name":"toaster","price":3999,"stock":{"left":7}}]}`
	case bytes.HasPrefix(path, []byte("/products/")):
		return `{"id":101,"name":"kettle","price":2499,"currency":"EUR","stock":{"left":12}}`
	}
	return "hello"
}

func (s *server) truth() truth {
	t := truth{Requests: int64(len(s.arrivals)), GapCV: evenness(s.arrivals)}
	slices.Sort(s.took)
	for _, q := range quantiles {
		if len(s.took) > 0 {
			t.Quantiles = append(t.Quantiles, s.took[int(q*float64(len(s.took)-1))].Seconds())
		}
	}
	return t
}

// evenness returns the coefficient of variation of the gaps, from the second
// second on.
func evenness(arrivals []time.Duration) float64 {
	var n, sum, squares float64
	for i := 1; i < len(arrivals); i++ {
		if arrivals[i-1] < arrivals[0]+time.Second {
			continue
		}
		gap := (arrivals[i] - arrivals[i-1]).Seconds()
		n, sum, squares = n+1, sum+gap, squares+gap*gap
	}
	if n < 2 {
		return 0 // a run of less than two seconds has no evenness
	}
	mean := sum / n
	return math.Sqrt(max(0, squares/n-mean*mean)) / mean
}

// answers is a heap by when they are due.
type answers []answer

func (a answers) Len() int           { return len(a) }
func (a answers) Less(i, j int) bool { return a[i].due < a[j].due }
func (a answers) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *answers) Push(x any)        { *a = append(*a, x.(answer)) }
func (a *answers) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}
