package service

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// edited returns what isolate makes of a configuration.
func edited(t *testing.T, text string, o isolation) (*config, error) {
	t.Helper()
	c, err := parseConfig([]byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	if o.target.Service == "" {
		o.target = profile.Target{Service: "api", Port: 80}
	}
	if o.network == "" {
		o.network = profile.Published
	}
	return c, c.isolate(o)
}

func TestIsolate(t *testing.T) {
	const off = `"healthcheck":{"disable":true}`
	labels := map[string]string{"l": "1"}
	tests := []struct {
		name, in, service, want string
		o                       isolation
	}{
		{"ports", "services: {api: {image: x, ports: ['8080:80', {target: 90, published: 90}]}}", "api",
			`{` + off + `,"image":"x","labels":{},"ports":["127.0.0.1::80"]}`, isolation{}},
		{"labels and CPUs", "services: {api: {image: x, labels: [a=b, c]}}", "api",
			`{"cpuset":"1,3",` + off + `,"image":"x","labels":{"a":"b","c":"","l":"1"},"ports":["127.0.0.1::80"]}`,
			isolation{labels: labels, cpus: []int{1, 3}}},
		{"a name stays as an alias", "services: {api: {image: x}, db: {image: x, container_name: my-db}}", "db",
			`{` + off + `,"image":"x","labels":{},"networks":{"default":{"aliases":["my-db"]}}}`, isolation{}},
		{"a name in networks of either form", "services: {api: {image: x}, db: {container_name: n, networks: {a: {aliases: [m]}, b: null}}}", "db",
			`{` + off + `,"labels":{},"networks":{"a":{"aliases":["m","n"]},"b":{"aliases":["n"]}}}`, isolation{}},
		{"a name without a network", "services: {api: {image: x}, db: {container_name: n, network_mode: none}}", "db",
			`{` + off + `,"labels":{},"network_mode":"none"}`, isolation{}},
		{"addresses", "services: {api: {image: x, networks: {n: {ipv4_address: 10.0.0.2, aliases: [a]}}}}", "api",
			`{` + off + `,"image":"x","labels":{},"networks":{"n":{"aliases":["a"]}},"ports":["127.0.0.1::80"]}`, isolation{}},
		{"a check that is waited for rests", "services: {api: {depends_on: {db: {condition: service_healthy}}}, db: {healthcheck: {test: t, interval: 1s}}}", "db",
			`{"healthcheck":{"interval":"24h","start_interval":"500ms","start_period":"1m0s","test":"t"},"labels":{}}`,
			isolation{rests: true, ready: time.Minute}},
		{"a check that is waited for stays", "services: {api: {depends_on: {db: {condition: service_healthy}}}, db: {healthcheck: {test: t}}}", "db",
			`{"healthcheck":{"test":"t"},"labels":{}}`, isolation{}},
		{"text that YAML 1.2 takes for numbers", "services: {api: {environment: {A: 1e3, B: 0o17, C: null, D: 1_0}}}", "api",
			`{"environment":{"A":"1e3","B":"0o17","C":null,"D":"1_0"},` + off + `,"labels":{},"ports":["127.0.0.1::80"]}`, isolation{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := edited(t, tt.in, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(c.services[tt.service])
			if err != nil || string(got) != tt.want {
				t.Errorf("got  %s\nwant %s (%v)", got, tt.want, err)
			}
		})
	}
}

func TestOwnResources(t *testing.T) {
	c, err := edited(t, `
name: fixed
services: {api: {image: x}}
networks: {back: {name: fixed, ipam: {config: [{subnet: 10.0.0.0/24}]}, driver: bridge, driver_opts: {com.docker.network.bridge.name: br9, a: b}}, any: {enable_ipv6: true}, fixed: {enable_ipv6: true, ipam: {config: [{subnet: "fd00::/64"}]}}, off: {external: false, name: x}}
volumes: {data: null, cache: {name: fixed, labels: [a=b]}}
`, isolation{labels: map[string]string{"l": "1"}})
	if err != nil {
		t.Fatal(err)
	}
	delete(c.doc, "services")
	got, err := c.json()
	const want = `{"networks":{"any":{"enable_ipv6":true,"labels":{"l":"1"}},"back":{"driver":"bridge","driver_opts":{"a":"b"},"labels":{"l":"1"}},"default":{"labels":{"l":"1"}},"fixed":{"labels":{"l":"1"}},"off":{"labels":{"l":"1"}}},` +
		`"volumes":{"cache":{"labels":{"a":"b","l":"1"}},"data":{"labels":{"l":"1"}}}}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s\nwant %s (%v)", got, want, err)
	}
	wantNotes(t, c.notes, "network fixed has no IPv6 here")
}

func TestRefused(t *testing.T) {
	_, err := edited(t, `
services: {web: {image: x, network_mode: host}, api: {image: x, network_mode: "service:web"}}
networks: {proxy: {external: true, name: n}}
volumes: {data: {external: {name: v}}, disk: {driver_opts: {type: none, o: bind, device: /srv/disk}}, fresh: {driver_opts: {type: tmpfs, device: tmpfs}}}
`, isolation{})
	if strings.Contains(err.Error(), "volumes.fresh") {
		t.Errorf("a volume in memory is refused: %v", err)
	}
	wantWords(t, err, "volumes.disk lies on /srv/disk", `"driver_opts: {type: tmpfs`,
		"networks.proxy is external", "volumes.data is external", `with "external: false"`,
		"services.web uses network_mode: host", "services.api uses network_mode: service:web")
	_, err = edited(t, "services: {web: {image: x}, debug: {image: x, profiles: [d]}}", isolation{})
	wantWords(t, err, `no service "api": there are web (`)
}

// What copies of a service would share is refused, each with what to do.
func TestSharedByServices(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/srv", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ service, want string }{
		{"network_mode: 'container:x'", `has network_mode: container:x, which both arms would share: override it with "network_mode: bridge"`},
		{"ipc: host", `has ipc: host, which both arms would share: override it with "ipc: private"`},
		{"ipc: shareable", ""},
		{"pid: 'container:x'", "has pid: container:x"},
		{"pid: 'service:api'", ""},
		{"volumes_from: ['container:x:ro']", "has volumes_from: container:x:ro"},
		{"volumes_from: [api]", ""},
		{"external_links: [redis]", "has external_links: redis, which both arms would share: add what they lead to"},
		{"volumes: ['/srv/data:/data']", "can write to /srv/data, which starts and arms would share: mount it with :ro"},
		{"volumes: ['/srv/data:/data:rw,z']", "can write to /srv/data"},
		{"volumes: ['/srv/data:/data:ro,z']", ""},
		{"volumes: ['" + dir + "/data:/data']", ""},
		{"volumes: ['" + dir + "-other:/data']", "can write to " + dir + "-other"},
		{"volumes: ['" + dir + "/link/data:/data']", "can write to " + dir + "/link/data"},
		{"volumes: ['/etc/localtime:/etc/localtime']", ""},
	}
	for _, tt := range tests {
		_, err := edited(t, "services: {api: {image: x}, db: {image: x, "+tt.service+"}}", isolation{root: dir})
		if (err == nil) != (tt.want == "") {
			t.Errorf("%s: got %v", tt.service, err)
		}
		if tt.want != "" {
			wantWords(t, err, "services.db "+tt.want)
		}
	}
}

func TestProfiles(t *testing.T) {
	const text = "services: {a: {image: x}, b: {image: x, profiles: [p]}, c: {image: x, profiles: [q, r]}}"
	tests := []struct {
		active, want string
	}{{"", "a"}, {"p", "a b"}, {"r,p", "a b c"}, {"*", "a b c"}}
	for _, tt := range tests {
		c, err := parseConfig([]byte(text), strings.Split(tt.active, ","))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for name := range c.services {
			names = append(names, name)
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("profiles %q: got %q, want %q", tt.active, got, tt.want)
		}
	}
}

// A folder that the work tree lacks is a volume, also where it is only read; one
// that is there stays, and so do those that lie in each other or are never written.
func TestOwnFolders(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "there"), 0o755); err != nil {
		t.Fatal(err)
	}
	c, err := edited(t, strings.ReplaceAll(`
services:
  api:
    volumes: ["DIR/data:/data", "DIR/there:/there", {type: bind, source: DIR/both, target: /both}, "DIR/conf:/conf:ro", "DIR/a:/a", "DIR/a/b:/b", "DIR/c:/c", "DIR/d/e:/e"]
  db:
    volumes: ["DIR/both:/var/db:rw,z"]
  web:
    volumes: ["DIR/data:/data:ro", {type: bind, source: DIR/both, target: /both, read_only: true}, "DIR/c/in:/in:ro", {type: bind, source: DIR/d, target: /d, read_only: true}]
volumes: {kept: {}}
`, "DIR", dir), isolation{root: dir})
	if err != nil {
		t.Fatal(err)
	}
	encoded := func(v any) string {
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(out), dir, "DIR")
	}
	for _, test := range []struct {
		of   any
		want string
	}{
		{c.services["api"]["volumes"], `["perfcheck-folder-1:/data:nocopy","DIR/there:/there",` +
			`{"source":"perfcheck-folder-2","target":"/both","type":"volume","volume":{"nocopy":true}},"DIR/conf:/conf:ro","DIR/a:/a","DIR/a/b:/b","DIR/c:/c","DIR/d/e:/e"]`},
		{c.services["db"]["volumes"], `["perfcheck-folder-2:/var/db:rw,z,nocopy"]`},
		{c.services["web"]["volumes"], `["perfcheck-folder-1:/data:ro,nocopy",` +
			`{"read_only":true,"source":"perfcheck-folder-2","target":"/both","type":"volume","volume":{"nocopy":true}},` +
			`"DIR/c/in:/in:ro",{"read_only":true,"source":"DIR/d","target":"/d","type":"bind"}]`},
		{c.doc["volumes"], `{"kept":{"labels":{}},"perfcheck-folder-1":{"labels":{}},"perfcheck-folder-2":{"labels":{}}}`},
		{c.notes, `["api has an empty volume in the place of data, which the commit does not have",` +
			`"api has an empty volume in the place of both, which the commit does not have",` +
			`"db has an empty volume in the place of both, which the commit does not have",` +
			`"web has an empty volume in the place of data, which the commit does not have",` +
			`"web has an empty volume in the place of both, which the commit does not have",` +
			`"api may write to there, which a fresh start does not empty",` +
			`"api may write to a, which a fresh start does not empty",` +
			`"api may write to a/b, which a fresh start does not empty",` +
			`"api may write to c, which a fresh start does not empty",` +
			`"api may write to d/e, which a fresh start does not empty"]`},
	} {
		if got := encoded(test.of); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestNotes(t *testing.T) {
	c, err := edited(t, `
services:
  api:
    volumes: ["/usr/share:/data:rw", "/srv/conf:/conf:ro", "named:/x:rw", "/anonymous"]
    depends_on: {db: {condition: service_healthy}}
    networks: {n: {ipv6_address: "::2"}}
    pid: host
    uts: host
    healthcheck: {test: t}
  db:
    volumes: [{type: bind, source: /run/engine.sock, target: /db}, {type: bind, source: /a, target: /a, read_only: true}, {type: volume, source: v, target: /v}]
    devices: [/dev/fuse]
`, isolation{root: "/usr"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"api of both arms see all processes of this machine (pid: host)",
		"api of both arms have the name of this machine (uts: host)",
		"api may write to share, which a fresh start does not empty",
		"both arms use the same devices of this machine in db",
		"both arms can write to /run/engine.sock of this machine in db",
		"api has no fixed address in network n here",
		"the health check of api is off, and it counts as ready once its port takes connections: service.ready.get would ask for more",
		"the health check of db goes on under load, and its CPU counts: Docker 25 with Compose 2.20 could let it rest",
	}
	if !slices.Equal(c.notes, want) {
		t.Errorf("got  %q\nwant %q", c.notes, want)
	}
}

func TestImages(t *testing.T) {
	c, err := parseConfig([]byte(`
services:
  Api: {build: {context: /a, tags: [user/tag], labels: {a: b}}, pull_policy: build}
  db: {image: postgres, pull_policy: always}
  job: {image: shared}
  worker: {image: shared, build: {context: /w}}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.tagBuilds("k")
	got, err := json.Marshal(c.services)
	want := `{"Api":{"build":{"context":"/a","labels":{"a":"b","dev.perfcheck":"true"}},"image":"perfcheck/api:k","pull_policy":"build"},` +
		`"db":{"image":"postgres","pull_policy":"always"},"job":{"image":"perfcheck/worker:k"},` +
		`"worker":{"build":{"context":"/w","labels":{"dev.perfcheck":"true"}},"image":"perfcheck/worker:k"}}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s\nwant %s (%v)", got, want, err)
	}
	c.useImages(map[string]string{"perfcheck/api:k": "1", "perfcheck/worker:k": "2", "postgres": "3"})
	got, err = json.Marshal(c.services)
	want = `{"Api":{"image":"1"},"db":{"image":"3"},"job":{"image":"2"},"worker":{"image":"2"}}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s\nwant %s (%v)", got, want, err)
	}
}

// FuzzParseConfig sees that no output of compose makes perfcheck panic or
// puts a value into an error.
func FuzzParseConfig(f *testing.F) {
	for _, seed := range []string{
		clashing, "services: {api: {environment: {S: hush}, build: hush}}", "services: [hush]",
		"services: {api: hush}", "services: {api: {environment: [hush], networks: [a], volumes: [{}]}}", "\t hush: [", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseConfig([]byte(text), nil)
		if err != nil {
			return
		}
		if err := c.isolate(isolation{target: profile.Target{Service: "api", Port: 1}, cpus: []int{1}}); err != nil {
			return
		}
		c.tagBuilds("k")
		c.useImages(nil)
		if _, err := c.json(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func TestNoValueInErrors(t *testing.T) {
	for _, text := range []string{"services: [hush]", "services: {api: hush}", "a: b\n\t hush: [", "S: {hush", "S: hush"} {
		_, err := parseConfig([]byte(text), nil)
		if err == nil {
			_, err = edited(t, text, isolation{})
		}
		if err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: got error %v", text, err)
		}
	}
}

func TestNew(t *testing.T) {
	ready := profile.Ready{Timeout: time.Second}
	url := profile.Service{URL: "http://127.0.0.1:80", Ready: ready}
	in := inContainers()
	tests := []struct {
		o    Options
		want string // of the error
	}{
		{Options{Config: url, Mode: URL, Name: "n"}, ""},
		{Options{Config: url, Mode: URL, Name: "N"}, "service name \"N\""},
		{Options{Config: url, Mode: Process, Name: "n"}, "no service.command"},
		{Options{Config: url, Mode: "vm", Name: "n"}, "no way \"vm\""},
		{Options{Config: in, Mode: Compose, Name: "n", Key: "a/b"}, "service key \"a/b\""},
		{Options{Config: profile.Service{URL: url.URL}, Mode: URL, Name: "n"}, "ready.timeout is 0s"},
	}
	for _, tt := range tests {
		_, err := New(tt.o)
		if (err == nil) != (tt.want == "") {
			t.Errorf("%+v: got %v", tt.o, err)
		}
		if tt.want != "" {
			wantWords(t, err, tt.want)
		}
	}
	s, err := New(Options{Config: in, Mode: Compose, Name: "n", Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Start(t.Context())
	wantWords(t, err, "start before a successful build")
}

func TestOwner(t *testing.T) {
	me, err := self()
	if err != nil {
		t.Fatal(err)
	}
	read, err := ownerOf(me.labels("run"))
	if err != nil || read != me {
		t.Fatalf("labels of %v are read as %v, %v", me, read, err)
	}
	change := func(f func(*owner)) owner { o := me; f(&o); return o }
	tests := []struct {
		name string
		o    owner
		dead bool
	}{
		{"this process", me, false},
		{"its id before it was reused", change(func(o *owner) { o.start = "1" }), true},
		{"another boot", change(func(o *owner) { o.boot = "x" }), true},
		{"another namespace", change(func(o *owner) { o.space, o.start = "x", "1" }), false},
		{"no process", change(func(o *owner) { o.pid = 1 << 30 }), true},
	}
	for _, tt := range tests {
		if got := tt.o.dead(me); got != tt.dead {
			t.Errorf("%s: dead is %v", tt.name, got)
		}
	}
}

func TestTail(t *testing.T) {
	var out tail
	for range 3 * maxTail / 4 {
		out.Write([]byte("abc\n"))
	}
	out.Write([]byte("last\n"))
	tests := []struct {
		lines int
		want  string
	}{{0, ""}, {1, "last"}, {2, "abc\nlast"}}
	for _, tt := range tests {
		if got := out.lines(tt.lines); got != tt.want {
			t.Errorf("%d lines: got %q", tt.lines, got)
		}
	}
	if got := len(out.lines(maxTail)); got > maxTail || got < maxTail-10 {
		t.Errorf("%d bytes are kept, want %d", got, maxTail)
	}
	secretive := tail{secret: map[string]string{"KEY": "swordfish-7"}}
	for i := range 3 * maxTail / len("swordfish-7") {
		secretive.Write([]byte("swordfish-7\n"))
		if i%1000 > 0 {
			continue
		}
		if got := strings.Trim(secretive.lines(maxTail), "*\n"); got != "" {
			t.Fatalf("%q is not hidden", got)
		}
	}
	var one tail
	one.Write([]byte("no end"))
	if got := one.lines(5); got != "no end" {
		t.Errorf("got %q", got)
	}
}

func TestAtLeast(t *testing.T) {
	tests := []struct {
		version string
		want    bool
	}{{"2.20", true}, {"v2.40.3", true}, {"5.0.1", true}, {"2.19.9", false}, {"1.29.2", false}, {"", false}, {"2", false}}
	for _, tt := range tests {
		if got := atLeast(tt.version, 2, 20); got != tt.want {
			t.Errorf("%q: got %v", tt.version, got)
		}
	}
}
