package service

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// onHost configures the app as a local process.
func onHost(args ...string) profile.Service {
	return profile.Service{
		Command: append([]string{"./app", "-addr", "127.0.0.1:${PORT}"}, args...),
		Env:     map[string]string{"NAME": "at ${PORT}"},
		Ready:   profile.Ready{Get: "/", Timeout: 10 * time.Second},
	}
}

func TestProcess(t *testing.T) {
	c := onHost("-mark", "${DATA}/mark")
	c.Build = []string{"sh", "-c", "echo built by $NAME > built"}
	c.Env["NAME"], c.Env["SECRET"] = "base", "swordfish-7:${PORT}"
	dir := folder(t)
	s := built(t, Options{Config: c, Mode: Process, Dir: dir, CPUs: []int{0}})
	if out, err := os.ReadFile(filepath.Join(dir, "built")); err != nil || string(out) != "built by base\n" {
		t.Errorf("service.build wrote %q, %v", out, err)
	}
	for range 2 { // the second start fails where the first one's data is left
		in := started(t, s)
		if got := fetch(t, "http://"+in.Addrs()[0]); !strings.HasPrefix(got, "base ") {
			t.Errorf("got %q", got)
		}
		if err := in.Check(t.Context()); err != nil {
			t.Error(err)
		}
		_, port, _ := strings.Cut(in.Addrs()[0], ":")
		if got := in.Masked("`no login as swordfish-7:" + port + "`"); got != "`no login as ***`" {
			t.Errorf("masked is %s", got)
		}
		if got := in.Log(5); got != "app starts as base" {
			t.Errorf("log is %q", got)
		}
		status, err := os.ReadFile("/proc/" + strconv.Itoa(in.Roots()[0].PID) + "/status")
		if err != nil || !strings.Contains(string(status), "Cpus_allowed_list:\t0\n") {
			t.Errorf("the process is not bound to CPU 0: %v", err)
		}
		data := in.body.(*process).data
		if err := in.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("its data is still there: %v", err)
		}
		if err := in.Check(t.Context()); !errors.Is(err, ErrDied) {
			t.Errorf("a stopped process is checked as %v", err)
		}
	}
}

func TestProcessEnds(t *testing.T) {
	secretive := profile.Service{
		Command: []string{"sh", "-c", `echo "program=$SECRET"; exit 3`},
		Env:     map[string]string{"SECRET": "swordfish-7:${PORT}"},
	}
	tests := []struct {
		name   string
		config profile.Service
		is     error
		words  []string
	}{
		{"dies at start", onHost("-exit", "3"), ErrDied, []string{"./app: exit status 3", "app exits with 3"}},
		{"with a secret", secretive, ErrDied, []string{"program=***", "exit status 3"}},
		{"never ready", onHost("-addr", "127.0.0.1:1", "-sleep", "1h"), ErrNotReady, []string{"after 1s", "GET /", "refused"}},
		{"no such program", profile.Service{Command: []string{"./missing"}}, os.ErrNotExist, []string{"service.command", "missing"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.config
			c.Ready.Timeout = 5 * time.Second
			if tt.is == ErrNotReady {
				c.Ready.Timeout = time.Second
			}
			s := built(t, Options{Config: c, Mode: Process, Dir: folder(t)})
			_, err := s.Start(t.Context())
			if !errors.Is(err, tt.is) {
				t.Errorf("got %v", err)
			}
			wantWords(t, err, tt.words...)
		})
	}
}

func TestProcessDiesUnderLoad(t *testing.T) {
	s := built(t, Options{Config: onHost(), Mode: Process, Dir: folder(t)})
	in := started(t, s)
	if err := newProber(nil, "").get(t.Context(), "http://"+in.Addrs()[0]+"/exit?code=7"); err == nil {
		t.Fatal("it did not exit")
	}
	eventually(t, "a dead process is noticed", func() bool { return in.Check(t.Context()) != nil })
	err := in.Check(t.Context())
	if !errors.Is(err, ErrDied) {
		t.Errorf("got %v", err)
	}
	wantWords(t, err, "exit status 7", "app exits with 7")
}

// TestGroup stops a process whose child does the work.
func TestGroup(t *testing.T) {
	s := built(t, Options{Config: onHost("-child"), Mode: Process, Dir: folder(t)})
	in := started(t, s)
	pid, err := strconv.Atoi(strings.Fields(fetch(t, "http://"+in.Addrs()[0]))[2])
	if err != nil || pid == in.Roots()[0].PID {
		t.Fatalf("the child is %d: %v", pid, err)
	}
	if err := in.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := startOf(pid); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the child lives on: %v", err)
	}
}

// TestPortTaken takes the port before the process can.
func TestPortTaken(t *testing.T) {
	dir := folder(t)
	p := &process{opts: Options{Config: onHost("-await", "taken"), Dir: dir}}
	if err := p.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer p.stop(context.Background())
	l, err := net.Listen("tcp", "127.0.0.1:"+p.port)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := p.port
	if err := os.WriteFile(filepath.Join(dir, "taken"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	in := &Instance{body: p}
	eventually(t, "it listens elsewhere", func() bool {
		addrs, err := p.look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(addrs) == 1 && p.port != taken && newProber(nil, "").ready(t.Context(), addrs[0], "/") == nil
	})
	if err := in.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestKilledPerfcheckLeavesNoProcess(t *testing.T) {
	for _, env := range [][]string{nil, {paused}} {
		root := kill(t, folder(t), Process, unique("victim"), env...)
		pid, err := strconv.Atoi(root)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the service died with its perfcheck", func() bool {
			_, err := startOf(pid)
			return errors.Is(err, os.ErrNotExist)
		})
	}
}

// What a process started outlives it, until the next perfcheck finds that.
func TestReapProcesses(t *testing.T) {
	living := started(t, built(t, Options{Config: onHost("-child"), Mode: Process, Dir: folder(t)}))
	dir := folder(t)
	kill(t, dir, Process, unique("victim"), "PERFCHECK_TEST_ARGS=-child")
	eventually(t, "nothing is left of a killed perfcheck's service", func() bool {
		_, err1 := ReapProcesses() // which another test's perfcheck may have done, too
		names, err2 := filepath.Glob("/proc/[0-9]*/cwd")
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		return !slices.ContainsFunc(names, func(name string) bool {
			at, err := os.Readlink(name)
			return err == nil && at == dir
		})
	})
	fetch(t, "http://"+living.Addrs()[0])
}

func TestStrays(t *testing.T) {
	for _, tt := range []struct {
		cpus []int
		want bool
	}{{nil, false}, {[]int{0}, false}, {[]int{0, 1}, false}, {[]int{1}, true}} {
		cmd := exec.Command("cat")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		ended, err := spawn(cmd, []int{0})
		if err != nil {
			t.Fatal(err)
		}
		if got := strays(cmd.Process.Pid, tt.cpus); got != tt.want {
			t.Errorf("bound to CPU 0, of %v: %v", tt.cpus, got)
		}
		in.Close()
		<-ended
	}
}

// A log keeps its end, in whole lines.
func TestEnding(t *testing.T) {
	for most, want := range map[int]string{-1: "", 0: "", 1: "c", 2: "cc", 3: "cc", 4: "cc", 100: "aa\nbb\ncc", 8: "aa\nbb\ncc", 7: "bb\ncc"} {
		if got := string(ending([]byte("aa\nbb\ncc"), most)); got != want {
			t.Errorf("%d bytes: %q, want %q", most, got, want)
		}
	}
}

func TestCancelledStart(t *testing.T) {
	dir := folder(t)
	s := built(t, Options{Config: onHost("-mark", "begun", "-await", "never"), Mode: Process, Dir: dir})
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	failed := make(chan error)
	go func() {
		_, err := s.Start(ctx)
		failed <- err
	}()
	eventually(t, "the process has begun", func() bool {
		_, err := os.Stat(filepath.Join(dir, "begun"))
		return err == nil
	})
	cancel(enough)
	if err := <-failed; !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
	select {
	case <-s.running.body.(*process).ended:
	default:
		t.Error("the process goes on")
	}
}

func TestURL(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := profile.Service{URL: "http://" + l.Addr().String(), Ready: profile.Ready{Timeout: 5 * time.Second}}
	in := started(t, built(t, Options{Config: c, Mode: URL}))
	if in.Addrs()[0] != l.Addr().String() || in.Roots() != nil {
		t.Errorf("got %s, %v", in.Addrs()[0], in.Roots())
	}
	if err := in.Check(t.Context()); err != nil {
		t.Error(err)
	}
	l.Close()
	if err := in.Check(t.Context()); !errors.Is(err, ErrDied) {
		t.Errorf("nobody listens, and it says %v", err)
	}
}

// A name that is unknown is neither waited for nor taken for a service that died.
func TestURLByName(t *testing.T) {
	c := profile.Service{URL: "http://shop.invalid:8080", Ready: profile.Ready{Timeout: 5 * time.Second}}
	s := built(t, Options{Config: c, Mode: URL})
	_, err := s.Start(t.Context())
	wantWords(t, err, "dns: shop.invalid, the host of service.url")
	if err := s.running.Check(t.Context()); errors.Is(err, ErrDied) || !errors.Is(err, errName) {
		t.Errorf("checked: %v", err)
	}
}

// A service that speaks TLS is ready when it shakes hands, or answers by TLS.
func TestURLByTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that are to fail
	never := func(get string) profile.Ready { return profile.Ready{Get: get, Timeout: time.Second} }
	any := profile.TLS{Insecure: true}
	tests := []struct {
		name   string
		config profile.Service
		words  string // of the failure
	}{
		{"any certificate", profile.Service{URL: server.URL, TLS: any, Ready: profile.Ready{Timeout: 10 * time.Second}}, ""},
		{"another's certificate", profile.Service{URL: server.URL, Ready: never("")}, "unknown authority"},
		{"an answer", profile.Service{URL: server.URL, TLS: any, Ready: never("/")}, "answers 404"},
		{"a plain service", profile.Service{URL: "https://" + plainListener(t), TLS: any, Ready: never("")}, "accepting connections"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := built(t, Options{Config: tt.config, Mode: URL})
			in, err := s.Start(t.Context())
			if tt.words != "" {
				wantWords(t, err, tt.words)
				return
			}
			if err != nil || in.TLS() == nil {
				t.Fatalf("started with %v", err)
			}
			if notes := s.Notes(); tt.config.TLS.Insecure != (len(notes) == 1) {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

// plainListener accepts connections and says nothing.
func plainListener(t *testing.T) (addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// A service of several URLs is ready when all of them are, and dead when one is.
func TestURLs(t *testing.T) {
	first, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	c := profile.Service{URL: "http://" + first.Addr().String(), Replicas: []string{"http://" + plainListener(t)},
		Ready: profile.Ready{Timeout: 5 * time.Second}}
	in := started(t, built(t, Options{Config: c, Mode: URL}))
	if len(in.Addrs()) != 2 || len(in.Targets()) != 2 || in.Targets()[1] != c.Replicas[0] {
		t.Errorf("addresses %q, targets %q", in.Addrs(), in.Targets())
	}
	first.Close()
	if err := in.Check(t.Context()); !errors.Is(err, ErrDied) {
		t.Errorf("nobody listens at the first, and it says %v", err)
	}
	c.Ready.Timeout = 500 * time.Millisecond
	_, err = built(t, Options{Config: c, Mode: URL}).Start(t.Context())
	wantWords(t, err, "not ready", "refused")
}

// TestKnock has a listener that hangs up, as Docker's proxy does.
func TestKnock(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	wantWords(t, knock(t.Context(), l.Addr().String()), "hangs up")
}

// A build that goes on too long is ended, and shows what it was at.
func TestBuildTimeout(t *testing.T) {
	c := onHost()
	c.Build = []string{"sh", "-c", "echo step 1; exec sleep 1h"}
	c.BuildTimeout = time.Second
	s, err := New(Options{Config: c, Mode: Process, Dir: folder(t), Name: unique("slow")})
	if err != nil {
		t.Fatal(err)
	}
	wantWords(t, s.Build(t.Context()), "service.build: sh -c", "not done after 1s", "raise service.build_timeout", "step 1")
}

func TestBuildHidesSecrets(t *testing.T) {
	c := onHost()
	c.Build = []string{"sh", "-c", `echo "token $SECRET is wrong"; exit 6`}
	c.Env = map[string]string{"SECRET": "swordfish-7"}
	s, err := New(Options{Config: c, Mode: Process, Dir: folder(t), Name: unique("secret")})
	if err != nil {
		t.Fatal(err)
	}
	wantWords(t, s.Build(t.Context()), "exit status 6:\ntoken *** is wrong")
}

// A build that goes on says so.
func TestBuildTells(t *testing.T) {
	c := command{argv: []string{"sh", "-c", "echo step 1; exec sleep 1h"}, env: os.Environ()}
	ctx, enough := context.WithCancel(t.Context())
	var told []string
	err := c.runTelling(ctx, 20*time.Millisecond, func(line string) {
		if told = append(told, line); strings.HasSuffix(line, "step 1") {
			enough()
		}
	})
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(told[0], "still at it after 0s: ") {
		t.Errorf("told %q, %v", told, err)
	}
}
