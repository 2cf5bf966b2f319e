package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/perfcheck/perfcheck/bench/profile"
)

// forEachCompose runs a test with each compose command that is installed. In
// CI both must be.
func forEachCompose(t *testing.T, test func(t *testing.T)) {
	seen := map[string]bool{}
	for _, old := range []bool{false, true} {
		if old {
			t.Setenv("PATH", withoutPlugin(t)+string(os.PathListSeparator)+os.Getenv("PATH"))
		}
		e, err := connect(t.Context())
		if err != nil {
			t.Log(err)
			continue
		}
		name := strings.Join(e.compose, " ")
		e.Close()
		if !seen[name] {
			t.Run(name, test)
		}
		seen[name] = true
	}
	switch {
	case os.Getenv("CI") != "" && len(seen) < 2:
		t.Errorf("CI needs docker compose and docker-compose, and has %v", slices.Collect(maps.Keys(seen)))
	case len(seen) == 0:
		t.Skip("no compose command can be used")
	}
}

// withoutPlugin returns a folder with a docker command that has no compose.
func withoutPlugin(t *testing.T) (dir string) {
	t.Helper()
	docker, err := exec.LookPath("docker")
	if err != nil {
		t.Skip(err)
	}
	dir = t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" != compose ] && exec %s \"$@\"\n", docker)
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// docker returns the engine, or skips the test where there is none, except in CI.
func docker(t *testing.T) *engine {
	t.Helper()
	e, err := connect(t.Context())
	if err != nil && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// inContainers configures a service api of one compose file.
func inContainers() profile.Service {
	return profile.Service{
		Compose: []string{"docker-compose.yml"},
		Env:     map[string]string{"NAME": "arm"},
		Target:  profile.Target{Service: "api", Port: 8080},
		Ready:   profile.Ready{Get: "/", Timeout: 20 * time.Second},
	}
}

const oneService = `
services:
  api: {build: .}
`

// clashing holds all that two copies of a project usually fight for.
const clashing = `
version: "3.8"
services:
  api:
    build: .
    container_name: perfcheck-test-api
    command: [-mark, /data/mark]
    environment: ["NAME", "ODD=1e3", "DOLLAR=$$$$x"]
    ports: ["18080:8080"]
    volumes: ["data:/data"]
    restart: always
    depends_on:
      job: {condition: service_completed_successfully}
      db: {condition: service_healthy}
    networks: {back: {ipv4_address: 172.31.251.10}, default: {}}
  job:
    image: perfcheck-test-shared
    command: [-fetch, "http://perfcheck-test-db:8080/"]
    depends_on: [db]
    networks: [back]
  db:
    image: perfcheck-test-shared
    build: .
    container_name: perfcheck-test-db
    ports: ["127.0.0.1:15432:8080"]
    healthcheck: {test: ["CMD", "/app", "-exit", "0"], interval: 200ms}
    networks: [back]
  debug:
    image: example.invalid/never/pulled
    profiles: [debug]
networks:
  back:
    name: perfcheck-test-net
    ipam: {config: [{subnet: 172.31.251.0/24}]}
volumes:
  data: {name: perfcheck-test-data}
`

func TestTwoAtOnce(t *testing.T) {
	forEachCompose(t, func(t *testing.T) {
		dir := folder(t, "docker-compose.yml", clashing)
		addrs := map[string]bool{}
		for _, side := range []string{"base", "head"} {
			c := inContainers()
			c.Env["NAME"] = side
			s := built(t, Options{Config: c, Mode: Compose, Dir: dir, Name: unique(side), CPUs: []int{0}})
			wantNotes(t, s.Notes(), "api has no fixed address in network back")
			in := started(t, s)
			addrs[in.Addrs()[0]] = true
			if got := fetch(t, "http://"+in.Addrs()[0]); got != side+" 1" {
				t.Errorf("%s answers %q", side, got)
			}
			wantRoots(t, in.Roots(), 2)
			wantWords(t, errors.New(in.Log(3)), "==> api <==\napp starts as "+side, "==> db <==")
			if side == "head" {
				wantRestartSeen(t, in)
				started(t, s) // fails where a volume outlives its start
			}
		}
		if len(addrs) != 2 {
			t.Errorf("two services share an address: %v", addrs)
		}
	})
}

// TestSharedByArms has a file that two arms cannot share, and one that mends it
// as the errors say.
func TestSharedByArms(t *testing.T) {
	const shared = `
version: "3.8"
services:
  api:
    build: "${PWD}"
    environment: ["A=${PERFCHECK_TEST_UNSET}", "B=${PERFCHECK_TEST_UNSET}"]
    ipc: host
    volumes: ["disk:/disk", "/srv/perfcheck-test:/data", "./own:/own"]
volumes:
  disk: {driver_opts: {type: none, o: bind, device: /srv/perfcheck-test}}
`
	const mended = `
version: "3.8"
services:
  api:
    ipc: private
    volumes: ["data:/data"]
    command: [-mark, "${MARK}/mark"]
volumes:
  disk: {driver_opts: {type: tmpfs, device: tmpfs, o: ""}}
  data: {}
`
	forEachCompose(t, func(t *testing.T) {
		dir := folder(t, "docker-compose.yml", shared, "perf.yml", mended)
		c := inContainers()
		s, err := New(Options{Config: c, Mode: Compose, Dir: dir, Name: unique("shared"), Key: "test"})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Build(t.Context())
		if !errors.As(err, new(*ConfigError)) {
			t.Errorf("got %v", err)
		}
		wantWords(t, err, "services.api has ipc: host", "services.api can write to /srv/perfcheck-test", "volumes.disk lies on /srv/perfcheck-test")
		c.Compose = append(c.Compose, "perf.yml")
		for _, mark := range []string{"/disk", "/own"} {
			c.Env = map[string]string{"MARK": mark}
			s = built(t, Options{Config: c, Mode: Compose, Dir: dir, Name: unique("mended")})
			wantNotes(t, s.Notes(), "api has an empty volume in the place of own, which the commit does not have",
				"no value for the variable PERFCHECK_TEST_UNSET: give it by service.env")
			started(t, s)
			started(t, s) // fails where the volume outlives its start
		}
		if _, err := os.Stat(filepath.Join(dir, "own")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the engine made the folder: %v", err)
		}
	})
}

// What one service writes to a folder that the commit lacks, another one reads there.
func TestOwnFolderIsShared(t *testing.T) {
	const file = `
version: "3.8"
services:
  api: {build: ., command: [-await, /in/mark], volumes: ["./own:/in:ro"]}
  db: {build: ., command: [-mark, /out/mark], volumes: ["./own:/out"]}
`
	forEachCompose(t, func(t *testing.T) {
		started(t, built(t, Options{Config: inContainers(), Mode: Compose, Dir: folder(t, "docker-compose.yml", file), Name: unique("folder")}))
	})
}

// wantRestartSeen lets api exit, which its restart policy hides.
func wantRestartSeen(t *testing.T, in *Instance) {
	t.Helper()
	if err := in.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := newProber(nil, "").get(t.Context(), "http://"+in.Addrs()[0]+"/exit?code=7"); err == nil {
		t.Error("api did not exit")
	}
	eventually(t, "a restart is noticed", func() bool { return errors.Is(in.Check(t.Context()), ErrDied) })
	wantWords(t, in.Check(t.Context()), "api", "app exits with 7")
}

func wantNotes(t *testing.T, notes []string, words ...string) {
	t.Helper()
	wantWords(t, errors.New(strings.Join(notes, "\n")), words...)
}

// wantRoots checks that n processes can be sampled, and run on CPU 0 only.
func wantRoots(t *testing.T, roots []Root, n int) {
	t.Helper()
	if len(roots) != n {
		t.Errorf("there are %d roots, want %d", len(roots), n)
	}
	for _, root := range roots {
		status, err := os.ReadFile("/proc/" + strconv.Itoa(root.PID) + "/status")
		if err != nil || !strings.Contains(string(status), "Cpus_allowed_list:\t0\n") {
			t.Errorf("process %d is not bound to CPU 0: %v", root.PID, err)
		}
	}
}

// A scaled service takes load at each of its containers, whatever its file says of one.
func TestReplicas(t *testing.T) {
	t.Parallel()
	docker(t)
	c := inContainers()
	c.Target.Replicas = 3
	s := built(t, Options{Config: c, Mode: Compose, Dir: folder(t, "docker-compose.yml",
		"services: {api: {build: ., container_name: fixed, ports: ['18081:8080']}}")})
	in := started(t, s)
	if got, want := in.Targets(), []string{"api 1", "api 2", "api 3"}; !slices.Equal(got, want) {
		t.Errorf("targets %q, want %q", got, want)
	}
	addrs := map[string]bool{}
	for _, addr := range in.Addrs() {
		addrs[addr] = true
		fetch(t, "http://"+addr)
	}
	if len(addrs) != 3 || len(in.Roots()) != 3 {
		t.Errorf("addresses %v, %d containers", addrs, len(in.Roots()))
	}
	if _, err := newProber(nil, "").client.Get("http://" + in.Addrs()[2] + "/exit?code=7"); err == nil {
		t.Error("the third did not exit")
	}
	eventually(t, "one is missed", func() bool { return errors.Is(in.Check(t.Context()), ErrDied) })
}

func TestComposeFailures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file string
		port       int
		timeout    time.Duration
		is         error
		words      []string
	}{
		{"dies at start", "services: {api: {build: ., command: [-exit, '3']}}", 8080, 20 * time.Second,
			ErrDied, []string{"api", "ended (exit code 3)", "app exits with 3"}},
		{"out of memory", "services: {api: {build: ., command: [-eat], mem_limit: 20m, memswap_limit: 20m}}", 8080, 20 * time.Second,
			ErrDied, []string{"api", "ran out of memory"}},
		{"wrong port", "services: {api: {build: .}}", 8081, 6 * time.Second,
			ErrNotReady, []string{"after 6s", "GET /", "service.target", "app starts"}},
		{"a job fails", "services: {api: {build: ., depends_on: {job: {condition: service_completed_successfully}}}, job: {build: ., command: [-exit, '4']}}",
			8080, 20 * time.Second, ErrDied, []string{"job", "exit code 4", "app exits with 4"}},
		{"never healthy", "services: {api: {build: ., depends_on: {db: {condition: service_healthy}}}, db: {build: ., healthcheck: {test: [CMD, /app, -exit, '1'], interval: 100ms, retries: 1}}}",
			8080, 20 * time.Second, nil, []string{"is unhealthy", "==> db <==\napp starts as"}},
		{"no network", "{services: {api: {build: .}}, networks: {default: {driver: none-such}}}", 8080, 20 * time.Second, nil, []string{"none-such"}},
		{"a job never ends", "services: {api: {build: ., depends_on: {job: {condition: service_completed_successfully}}}, job: {build: .}}",
			8080, 6 * time.Second, ErrNotReady, []string{"after 6s", "still starting", "==> job <=="}},
	}
	e := docker(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := inContainers()
			c.Target.Port, c.Ready.Timeout = tt.port, tt.timeout
			s := built(t, Options{Config: c, Mode: Compose, Dir: folder(t, "docker-compose.yml", tt.file), Name: unique("fail")})
			_, err := s.Start(t.Context())
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("got %v", err)
			}
			wantWords(t, err, tt.words...)
			if err != nil && strings.Contains(err.Error(), "log is empty") {
				t.Errorf("a log is missed where there is none: %v", err)
			}
			wantNothing(t, e, s.opts.Name)
		})
	}
}

// wantNothing checks that nothing of a run is left.
func wantNothing(t *testing.T, e *engine, run string) {
	t.Helper()
	left, err := e.find(context.WithoutCancel(t.Context()), labelRun+"="+run)
	if err != nil {
		t.Error(err)
	}
	for _, l := range slices.Concat(left...) {
		t.Errorf("%s is left", l.what)
	}
}

func TestBuildFailures(t *testing.T) {
	t.Parallel()
	docker(t)
	const secret = "very-secret"
	tests := []struct {
		name  string
		files []string
		build []string
		words []string
	}{
		{"service.build", nil, []string{"sh", "-c", "echo oh no; exit 6"}, []string{"service.build: sh -c", "exit status 6", "oh no"}},
		{"no compose file", nil, nil, []string{"docker-compose.yml", "config: exit status"}},
		{"broken compose file", []string{"docker-compose.yml", "services: {api: {imagge: x}}"}, nil, []string{"config: exit status", "imagge"}},
		{"no such service", []string{"docker-compose.yml", "services: {web: {image: x}, db: {image: x}}"}, nil, []string{"no service \"api\"", "there are db, web"}},
		{"image cannot be built", []string{"docker-compose.yml", oneService, "Dockerfile", "FROM scratch\nCOPY missing /\n"}, nil, []string{"build api: exit status", "missing"}},
		{"image cannot be pulled", []string{"docker-compose.yml", "services: {api: {image: '127.0.0.1:1/none', environment: [S=" + secret + "]}}"}, nil, []string{"pull api: exit status", "127.0.0.1:1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := inContainers()
			c.Build = tt.build
			dir := t.TempDir()
			for i := 0; i < len(tt.files); i += 2 {
				if err := os.WriteFile(filepath.Join(dir, tt.files[i]), []byte(tt.files[i+1]), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			s, err := New(Options{Config: c, Mode: Compose, Dir: dir, Name: unique("build"), Key: "test"})
			if err != nil {
				t.Fatal(err)
			}
			err = s.Build(t.Context())
			wantWords(t, err, tt.words...)
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("a value of the configuration leaks: %v", err)
			}
		})
	}
}

// TestRemoved takes a container away under load.
func TestRemoved(t *testing.T) {
	t.Parallel()
	e := docker(t)
	s := built(t, Options{Config: inContainers(), Mode: Compose, Dir: folder(t, "docker-compose.yml", oneService), Name: unique("removed")})
	in := started(t, s)
	if _, err := e.remove(t.Context(), labelRun+"="+s.opts.Name); err != nil {
		t.Fatal(err)
	}
	err := in.Check(t.Context())
	if !errors.Is(err, ErrDied) {
		t.Errorf("got %v", err)
	}
	wantWords(t, err, "api", "was removed")
}

// TestCancelledCompose ends a start in the middle of compose's work.
func TestCancelledCompose(t *testing.T) {
	t.Parallel()
	e := docker(t)
	c := inContainers()
	c.Target.Port = 8081 // never ready
	s := built(t, Options{Config: c, Mode: Compose, Dir: folder(t, "docker-compose.yml", oneService), Name: unique("cancel")})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := s.Start(ctx)
		failed <- err
	}()
	eventually(t, "there is a network to remove", func() bool {
		found, err := e.find(t.Context(), labelRun+"="+s.opts.Name)
		return err == nil && len(slices.Concat(found...)) > 0
	})
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := s.Close(ctx); err != nil {
		t.Error(err)
	}
	wantNothing(t, e, s.opts.Name)
}

// TestReap kills perfchecks, one of which has paused its service, and removes
// what they left beside one that lives. Other tests reap too: where one of them is
// faster, another is killed.
func TestReap(t *testing.T) {
	t.Parallel()
	e := docker(t)
	file := "services: {api: {build: ., volumes: ['data:/data']}}\nvolumes: {data: {}}\n"
	dir := folder(t, "docker-compose.yml", file)
	in := started(t, built(t, Options{Config: inContainers(), Mode: Compose, Dir: dir, Name: unique("living")}))
	for name, env := range map[string][]string{"running": nil, "paused": {paused}} {
		t.Run(name, func(t *testing.T) {
			for range 5 {
				dead := unique("victim")
				kill(t, dir, Compose, dead, env...)
				removed := strings.Join(reapTogether(t), "\n")
				wantNothing(t, e, dead)
				lacks := func(what string) bool { return !strings.Contains(removed, what) }
				if !slices.ContainsFunc([]string{"container " + dead, "network " + dead + "_default", "volume " + dead + "_data"}, lacks) {
					return
				}
				t.Logf("not all of %s is in what was removed here:\n%s", dead, removed)
			}
			t.Error("what is removed is not told")
		})
	}
	if err := in.Check(t.Context()); err != nil {
		t.Errorf("the living one: %v", err)
	}
}

// reapTogether reaps as perfchecks do that start at the same time, and returns
// what each has removed. None may fail because of the others.
func reapTogether(t *testing.T) []string {
	t.Helper()
	var removed [3][]string
	var errs [3]error
	var all sync.WaitGroup
	for i := range removed {
		all.Go(func() { removed[i], errs[i] = Reap(t.Context()) })
	}
	all.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		t.Error(err)
	}
	return slices.Concat(removed[:]...)
}

func TestDetect(t *testing.T) {
	both := inContainers()
	both.Command = []string{"./app"}
	at := profile.Service{URL: "http://127.0.0.1:80"}
	tests := []struct {
		name   string
		host   string // DOCKER_HOST
		config profile.Service
		want   Mode
		mode   Mode
		words  []string // of why or the error
	}{
		{"url", "", at, "", URL, nil},
		{"command", "", profile.Service{Command: []string{"x"}}, "", Process, nil},
		{"no engine, command", "unix:///nowhere", both, "", Process, []string{"no container engine answers at unix:///nowhere", "running service.command"}},
		{"no engine", "unix:///nowhere", inContainers(), "", "", []string{"no container engine answers", "or give service.command"}},
		{"other machine", "tcp://192.0.2.1:2375", inContainers(), "", "", []string{"not on this machine"}},
		{"process wanted", "", both, Process, Process, []string{"as asked"}},
		{"compose wanted", "unix:///nowhere", both, Compose, "", []string{"no container engine answers"}},
		{"url wanted", "", both, URL, "", []string{"no service.url"}},
		{"nonsense wanted", "", both, "vm", "", []string{"no way \"vm\"", "compose, process and url"}},
		{"nothing", "", profile.Service{}, "", "", []string{"give service.compose, service.command or service.url"}},
		{"no target", "", profile.Service{Compose: []string{"x"}}, "", "", []string{"no service.target"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.host != "" {
				t.Setenv(client.EnvOverrideHost, tt.host)
			}
			mode, why, err := Detect(t.Context(), tt.config, tt.want)
			if mode != tt.mode || (err == nil) != (tt.mode != "") {
				t.Errorf("got %q, %q, %v", mode, why, err)
			}
			if err == nil {
				err = errors.New(why)
			}
			wantWords(t, err, tt.words...)
		})
	}
	t.Run("compose", func(t *testing.T) {
		docker(t)
		if mode, why, err := Detect(t.Context(), both, ""); mode != Compose || err != nil {
			t.Errorf("got %q, %q, %v", mode, why, err)
		}
	})
}
