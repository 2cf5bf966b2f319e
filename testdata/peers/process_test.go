package peers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The cores of the service and of the tool.
const serviceCore, toolCore = "0", "1"

// on returns a command that runs on one core, with as many files as the system allows.
func on(core string, argv ...string) *exec.Cmd {
	const script = `ulimit -n "$(ulimit -Hn)" && exec taskset -c "$0" "$@"`
	return exec.Command("sh", append([]string{"-c", script, core}, argv...)...)
}

// A service is what the tools load.
type service struct {
	addr string
	stop func() truth
	// requests returns how many requests it has got so far.
	requests func() int64
}

// startReference starts a server of known delays.
func startReference(t testing.TB, delay string) service {
	cmd := on(serviceCore, os.Args[0], "-delay", delay)
	cmd.Env = append(os.Environ(), serving+"=1")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	addr, err := lines.ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v", err)
	}
	stop := func() (seen truth) {
		stdin.Close()
		if err := json.NewDecoder(lines).Decode(&seen); err != nil {
			t.Fatalf("the server: %v", err)
		}
		if err := cmd.Wait(); err != nil {
			t.Fatalf("the server: %v", err)
		}
		return seen
	}
	return service{addr: strings.TrimSpace(addr), stop: stop}
}

// startNginx starts nginx with nginx.conf on a free port.
func startNginx(t testing.TB) service {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	text, err := os.ReadFile("nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text = bytes.ReplaceAll(text, []byte("127.0.0.1:8080"), []byte(addr))
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := on(serviceCore, "nginx", "-p", dir, "-c", "nginx.conf")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := service{addr: addr, requests: func() int64 { return served(t, addr) }}
	s.stop = func() truth {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("nginx: %v", err)
		}
		return truth{}
	}
	for tries := 0; ; tries++ {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return s
		} else if tries == 100 {
			t.Fatalf("nginx does not answer: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// served reads nginx's count of requests, which ends the third line.
func served(t testing.TB, addr string) int64 {
	answer, err := http.Get("http://" + addr + "/status")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	fields := strings.Fields(lines[min(2, len(lines)-1)])
	n, err := strconv.ParseInt(fields[len(fields)-1], 10, 64)
	if err != nil {
		t.Fatalf("nginx's status: %v in %q", err, text)
	}
	return n
}

// A sample is what one run of a tool came to.
type sample struct {
	Experiment string `json:"experiment"`
	Tool       string `json:"tool"`
	Block      int    `json:"block"`

	Requests  int64     `json:"requests"`            // that the service got
	Seconds   float64   `json:"seconds"`             // from start to end
	User      float64   `json:"user"`                // CPU seconds outside the kernel
	System    float64   `json:"system"`              // and inside
	Peak      float64   `json:"peak_mib,omitempty"`  // largest resident set
	Growth    float64   `json:"growth,omitempty"`    // resident set after 15 seconds over that after 3
	Quantiles []float64 `json:"quantiles,omitempty"` // that the tool reports, seconds; -1: not reported
	Truth     truth     `json:"truth,omitzero"`
}

// measure runs a tool.
func measure(tool tool, j job) (s sample, err error) {
	cmd := on(toolCore, tool.command(j)...)
	var out, complaint bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("GET "+j.url+"\n"), &out, &complaint
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return s, err
	}
	ended := make(chan struct{})
	memory := make(chan [3]float64)
	go func() {
		if j.memory {
			memory <- watch(cmd.Process.Pid, ended)
		} else {
			memory <- [3]float64{}
		}
	}()
	err = cmd.Wait()
	s.Seconds = time.Since(began).Seconds()
	close(ended)
	seen := <-memory
	if err != nil {
		return s, fmt.Errorf("%s: %v: %s", cmd, err, tail(complaint.Bytes()))
	}
	s.User, s.System = cmd.ProcessState.UserTime().Seconds(), cmd.ProcessState.SystemTime().Seconds()
	s.Peak = seen[0]
	if seen[1] > 0 {
		s.Growth = seen[2] / seen[1]
	}
	if s.Quantiles, err = tool.quantiles(j, out.Bytes()); err != nil {
		return s, fmt.Errorf("%s: %v in %s", cmd, err, tail(out.Bytes()))
	}
	return s, nil
}

func tail(text []byte) []byte { return text[max(0, len(text)-2000):] }

// watch returns the largest resident set of a process and what it was after 3
// and 15 seconds, in MiB; 0 where it was not seen.
func watch(pid int, ended <-chan struct{}) (seen [3]float64) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	for {
		select {
		case <-ended:
			return seen
		case <-tick.C:
		}
		peak, now := resident(pid)
		seen[0] = max(seen[0], peak)
		for i, after := range []time.Duration{3 * time.Second, 15 * time.Second} {
			if seen[i+1] == 0 && time.Since(began) >= after {
				seen[i+1] = now
			}
		}
	}
}

// resident reads a process's largest resident set, and what it is now, in MiB.
// It is 0 once the process has ended. That of rusage begins with the memory of
// the process that started it.
func resident(pid int) (peak, now float64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		kib, _ := strconv.ParseFloat(fields[1], 64)
		switch fields[0] {
		case "VmHWM:":
			peak = kib / 1024
		case "VmRSS:":
			now = kib / 1024
		}
	}
	return peak, now
}
