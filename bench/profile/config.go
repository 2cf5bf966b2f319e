package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
)

// Version is the version of perfcheck.yml that this perfcheck reads.
const Version = 1

// fileNames are what a configuration may be called.
var fileNames = []string{"perfcheck.yml", "perfcheck.yaml"}

// ErrNoConfig is returned when there is no perfcheck.yml to be found.
var ErrNoConfig = errors.New("no perfcheck.yml")

// Find returns the path of the perfcheck.yml in dir or in the nearest folder
// above it, up to the root of the git repository. The error is [ErrNoConfig],
// wrapped with what to do.
func Find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for folder := dir; ; folder = filepath.Dir(folder) {
		var found []string
		for _, name := range fileNames {
			if exists(filepath.Join(folder, name)) {
				found = append(found, filepath.Join(folder, name))
			}
		}
		switch {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return "", fmt.Errorf("%s: both exist: remove one", strings.Join(found, " and "))
		case exists(filepath.Join(folder, ".git")):
			return "", fmt.Errorf("%w in %s or above it: %s", ErrNoConfig, dir, below(dir))
		case folder == filepath.Dir(folder):
			return "", fmt.Errorf("%w in %s or above it: perfcheck init writes a first one", ErrNoConfig, dir)
		}
	}
}

// below says which configurations there are below dir, as in a repository of several services.
func below(dir string) string {
	var found []string
	for _, depth := range []string{"*", "*/*", "*/*/*"} {
		for _, name := range fileNames {
			paths, err := fs.Glob(os.DirFS(dir), depth+"/"+name)
			if err != nil {
				panic(err) // the pattern is a constant
			}
			found = append(found, paths...)
		}
	}
	if len(found) == 0 {
		return "perfcheck init writes a first one"
	}
	return "name one by --config: " + strings.Join(found, ", ")
}

// inRepository returns the path of a folder from the root of its git repository; empty
// of the root, and where there is no repository.
func inRepository(folder string) string {
	dir, err := filepath.Abs(folder)
	for above := dir; err == nil && above != filepath.Dir(above); above = filepath.Dir(above) {
		if exists(filepath.Join(above, ".git")) {
			return filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(dir, above), string(filepath.Separator)))
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Load reads the perfcheck.yml at path and the data files that it names.
//
// When the file has mistakes the error is [Problems], and the Config holds
// what was understood, so that a caller can go on to compile its profiles and
// report all there is. The Config is nil when the file cannot be read at all.
func Load(path string) (*Config, error) {
	return LoadCommit(path, filepath.Dir(path))
}

// LoadCommit is [Load] for the perfcheck.yml of a commit, with the env files of
// another folder: git need not know them, so those of the working tree are every
// commit's.
func LoadCommit(path, env string) (*Config, error) {
	data, err := readBeside("", path, maxYAML)
	if err != nil {
		return nil, err
	}
	r := newReader(path)
	r.env = env
	return r.parse(data)
}

func (r *reader) parse(data []byte) (*Config, error) {
	root := r.parseYAML(data, "version: 1, service and profiles")
	if root == nil {
		return nil, r.problems.Err()
	}
	c := r.config(root)
	c.Path, c.source = r.file, r.source
	c.Service.Folder = inRepository(filepath.Dir(r.file))
	for i := range c.Profiles {
		c.Profiles[i].Digest = digest(&c.Profiles[i], &c.Service)
		c.Profiles[i].source = r.source
	}
	for i := range c.Broken {
		c.Broken[i].source = r.source
	}
	return c, r.problems.Err()
}

func (r *reader) config(n *node) *Config {
	c := &Config{Service: DefaultService, Budget: bench.DefaultBudget}
	r.readFlows(n)
	r.fields(n, map[string]func(*node){
		"include":  func(*node) {}, // read already, with flows
		"flows":    func(*node) {},
		"version":  func(n *node) { r.version(n) },
		"service":  func(n *node) { c.Service = r.service(n) },
		"profiles": func(n *node) { c.Profiles, c.Broken = r.profiles(n) },
		"budget":   func(n *node) { c.Budget = r.duration(n) },
	})
	if n.kind != mapping {
		return c
	}
	r.checkConnections(n, &c.Service)
	r.checkPolling(n, &c.Service)
	required := []struct{ key, advice string }{
		{"version", "write version: 1"},
		{"service", "say how to start the service: service: {compose: docker-compose.yml, target: api:8080}"},
		{"profiles", "describe at least one load"},
	}
	for _, want := range required {
		if n.field(want.key) == nil {
			r.bad(n, "%s is missing: %s", want.key, want.advice)
		}
	}
	return c
}

func (r *reader) version(n *node) {
	if n.value != int64(Version) {
		r.bad(n, "this perfcheck reads version %d, got %s", Version, n)
	}
}

func (r *reader) profiles(n *node) (good, broken []Profile) {
	for _, f := range r.entries(n) {
		before := len(r.problems)
		if !word.MatchString(f.name) {
			r.bad(f.node, "want a name of letters, digits, dots, dashes and underscores, got %q", f.name)
		}
		p := r.profile(f.name, f.node)
		if len(r.problems) == before {
			good = append(good, p)
		} else {
			broken = append(broken, p)
		}
	}
	return good, broken
}

// Profile returns the profile of that name; the error names those that exist.
func (c *Config) Profile(name string) (*Profile, error) {
	for i := range c.Profiles {
		if c.Profiles[i].Name == name {
			return &c.Profiles[i], nil
		}
	}
	return nil, fmt.Errorf("%s: no profile %q: there are %s", c.Path, name, strings.Join(c.names(), ", "))
}

// names returns those of all profiles.
func (c *Config) names() []string {
	names := make([]string, len(c.Profiles))
	for i, p := range c.Profiles {
		names[i] = p.Name
	}
	return names
}

func (r *reader) profile(name string, n *node) Profile {
	p := DefaultProfile
	p.Name = name
	var gate, auth *node
	r.fields(n, map[string]func(*node){
		"arrival":     func(n *node) { p.Arrival = r.arrival(n) },
		"warmup":      func(n *node) { p.Warmup = r.warmup(n) },
		"trial":       func(n *node) { p.Trial = r.duration(n) },
		"interleave":  func(n *node) { p.Interleave = r.oneOf(n, Slices, Trials, Auto) },
		"slice":       func(n *node) { p.Slice = r.slice(n) },
		"max_errors":  func(n *node) { p.MaxErrors = r.share(n, "requests") },
		"seed":        func(n *node) { p.Seed = uint64(r.integer(n, 0, math.MaxInt64)) },
		"timeout":     func(n *node) { p.Timeout = r.duration(n) },
		"busy_poll":   func(n *node) { p.BusyPoll = r.boolean(n) },
		"keep_alive":  func(n *node) { p.NoKeepAlive = !r.boolean(n) },
		"connections": func(n *node) { p.Connections = int(r.integer(n, 1, 10_000)) },
		"headers":     func(n *node) { p.Headers = r.headers(n) },
		"cookies":     func(n *node) { p.Cookies = r.boolean(n) },
		"redirects":   func(n *node) { p.Redirects = r.redirects(n) },
		"auth":        func(n *node) { auth = n },
		"data":        func(n *node) { p.Data = r.feeds(n) },
		"metrics":     func(n *node) { p.Metrics = r.metrics(n) },
		"setup":       func(n *node) { p.Setup = r.steps(n) },
		"teardown":    func(n *node) { p.Teardown = r.steps(n) },
		"login":       func(n *node) { p.Login = r.steps(n) },
		"scenarios":   func(n *node) { p.Scenarios = r.scenarios(n) },
		"gate":        func(n *node) { gate = n },

		"instructions": func(n *node) { p.Instructions = r.boolean(n) },
	})
	if n.kind != mapping {
		return p
	}
	if auth != nil {
		p.Auth = r.auth(auth, n.field("headers"))
	}
	r.checkFeeds(n, &p)
	if n.field("arrival") == nil {
		r.bad(n, "arrival is missing: write {rate: 100/s} or {users: 10}")
	}
	if n.field("scenarios") == nil {
		r.bad(n, "scenarios are missing: describe at least one, as in [{steps: [{GET: /}]}]")
	}
	r.checkStages(n, &p)
	r.checkSlice(n, &p)
	r.checkBusyPoll(n, &p)
	r.checkSessions(n, &p)
	p.Gates = r.gates(gate, &p)
	return p
}
