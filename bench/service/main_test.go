package service

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// TestMain lets the test binary be a perfcheck that starts a service and waits
// to be killed.
func TestMain(m *testing.M) {
	if mode := os.Getenv("PERFCHECK_TEST_VICTIM"); mode != "" {
		victim(Mode(mode))
		return
	}
	os.Exit(run(m))
}

// scratch holds the app for all tests.
var scratch string

func run(m *testing.M) int {
	var err error
	if scratch, err = os.MkdirTemp("", "perfcheck-test-"); err != nil {
		fmt.Println(err)
		return 1
	}
	defer os.RemoveAll(scratch)
	return m.Run()
}

// app builds testdata/app once, as a program that needs no files around it.
var app = sync.OnceValues(func() (string, error) {
	name := filepath.Join(scratch, "app")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", name, "./testdata/app")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return name, nil
})

// folder makes a folder with the app, a Dockerfile and the given files, by name and content.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	name, err := app()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Link(name, filepath.Join(dir, "app")); err != nil {
		t.Fatal(err)
	}
	files = append(files, "Dockerfile", "FROM scratch\nCOPY app /app\nENTRYPOINT [\"/app\"]\n")
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var names atomic.Int64

// unique makes a name for a service.
func unique(side string) string {
	return fmt.Sprintf("perfcheck-test-%s-%d-%d", side, os.Getpid(), names.Add(1))
}

// built makes and builds a service that is closed with the test.
func built(t *testing.T, o Options) *Service {
	t.Helper()
	if o.Name == "" {
		o.Name = unique("arm")
	}
	o.Key = "test"
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if err := s.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// started starts s.
func started(t *testing.T, s *Service) *Instance {
	t.Helper()
	begin := time.Now()
	in, err := s.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s was ready after %v", s.opts.Name, time.Since(begin).Round(time.Millisecond))
	return in
}

// fetch returns what an address answers.
func fetch(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// eventually waits until ok; the test fails when that takes too long.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came true that %s", what)
		}
	}
}

// wantWords checks that an error says all that is wanted.
func wantWords(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("error %v does not say %q", err, w)
		}
	}
}

// victim starts a service, pauses it where that is wanted, prints its first
// root and waits for its end.
func victim(mode Mode) {
	c := profile.Service{
		Compose: []string{"docker-compose.yml"},
		Command: append([]string{"./app", "-addr", "127.0.0.1:${PORT}"}, strings.Fields(os.Getenv("PERFCHECK_TEST_ARGS"))...),
		Target:  profile.Target{Service: "api", Port: 8080},
		Ready:   profile.Ready{Get: "/", Timeout: 20 * time.Second},
	}
	s, err := New(Options{Config: c, Mode: mode, Dir: ".", Name: os.Getenv("PERFCHECK_TEST_NAME"), Key: "test"})
	if err == nil {
		err = s.Build(context.Background())
	}
	var in *Instance
	if err == nil {
		in, err = s.Start(context.Background())
	}
	if err == nil && os.Getenv("PERFCHECK_TEST_PAUSE") != "" {
		err = in.Pause(context.Background())
	}
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(in.Roots()[0].PID)
	select {}
}

// paused lets a victim pause its service.
const paused = "PERFCHECK_TEST_PAUSE=yes"

// kill runs a victim in dir, kills it when its service runs, and returns the service's root.
func kill(t *testing.T, dir string, mode Mode, name string, env ...string) (root string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PERFCHECK_TEST_VICTIM="+string(mode), "PERFCHECK_TEST_NAME="+name, "TMPDIR="+t.TempDir())
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscanln(out, &root); err != nil {
		t.Errorf("the victim says %q: %v", root, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // it was killed
	return root
}
