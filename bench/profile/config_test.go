package profile

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

const example = "testdata/perfcheck.yml"

func parse(path string, data []byte) (*Config, error) { return newReader(path).parse(data) }

func load(t *testing.T) *Config {
	t.Helper()
	c, err := Load(example)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func TestLoad(t *testing.T) {
	c := load(t)
	equal(t, "service", c.Service, Service{
		Folder:  inRepository("testdata"),
		Compose: []string{"docker-compose.yml"},
		Env:     map[string]string{"LOG": "1"},
		Target:  Target{Service: "api", Port: 8080},
		Ready:   Ready{"/health", 30 * time.Second},
		Isolate: Auto,

		BuildTimeout: 10 * time.Minute,
	})
	equal(t, "budget", c.Budget, 3*time.Minute)
	p, err := c.Profile("checkout")
	if err != nil {
		t.Fatal(err)
	}
	got := *p
	got.Gates, got.Digest, got.source = nil, "", source{}
	equal(t, "profile", got, Profile{
		Name:       "checkout",
		Arrival:    Arrival{Rate: 300},
		Warmup:     Warmup{Steady: true, Min: time.Second, Max: 10 * time.Second},
		Trial:      4 * time.Second,
		Interleave: Auto,
		Seed:       42,
		Timeout:    10 * time.Second,
		Headers:    map[string]string{"X-Load-Test": "true"},
		Data: []Feed{{
			Name: "accounts", CSV: "accounts.csv", Pick: Sequential,
			Columns: []string{"id", "user", "password"},
			Records: [][]string{{"1", "ann", "x"}, {"2", "bob", "y"}},
		}},
		Setup: []Step{{Request: &Request{
			Name: "POST /admin/seed", Method: "POST", Path: "/admin/seed", JSON: map[string]any{"products": int64(1000)},
		}}},
		Login: []Step{{Request: &Request{
			Name: "POST /auth/token", Method: "POST", Path: "/auth/token",
			JSON:    map[string]any{"username": "${accounts.user}", "password": "${accounts.password}"},
			Capture: []Capture{{Name: "token", Path: "$.access_token", Pick: First}},
		}}},
		Scenarios: []Scenario{
			{Name: "browse", Weight: 60, Steps: []Step{
				{Request: &Request{
					Name: "list products", Method: "GET", Path: "/products?page=${randint(1, 5)}",
					Expect:  Expect{Status: []int{200}, JSON: []Check{{"$.products", NotEmpty}}},
					Capture: []Capture{{Name: "id", Path: "$.products[*].id", Pick: Random}},
				}},
				{Think: &Think{Min: 100 * time.Millisecond, Max: 300 * time.Millisecond}},
				{Request: &Request{Name: "product", Method: "GET", Path: "/products/${id}"}},
			}},
			{Name: "transfer", Weight: 40, Steps: []Step{
				{Request: &Request{
					Name: "balance", Method: "GET", Path: "/accounts/${accounts.id}/balance",
					Headers: map[string]string{"Authorization": "Bearer ${token}"},
					Capture: []Capture{{Name: "balance", Path: "$.balance", Pick: First}},
				}},
				{If: "balance > 100", Steps: []Step{{Request: &Request{
					Name: "POST /transfers", Method: "POST", Path: "/transfers",
					JSON:    map[string]any{"amount": "${round(balance * uniform(0.1, 0.5), 2)}"},
					Expect:  Expect{Status: []int{201, 409}},
					Timeout: 3 * time.Second,
				}}}},
			}},
		},
	})
	equal(t, "steps", p.Steps(), []string{"list products", "product", "balance", "POST /transfers"})
}

func TestGates(t *testing.T) {
	gate := func(step, metric string, threshold float64) bench.Gate {
		return bench.Gate{Key: bench.Key{Step: step, Metric: metric}, Threshold: threshold}
	}
	advisory := func(metric string, threshold float64) bench.Gate {
		g := gate("", metric, threshold)
		g.Advisory = true
		return g
	}
	named := func(g bench.Gate) bench.Gate {
		g.Named = true
		return g
	}
	p99 := named(gate("", "p99", 0.20))
	p99.AtLeast = 200e-6
	throughput := named(advisory("throughput", 0.03))
	p90 := named(gate("product", "p90", 0.05))
	p90.Advisory = true
	equal(t, "gates", load(t).Profiles[0].Gates, []bench.Gate{
		named(gate("", "p50", 0.04)), gate("", "p90", 0.05), p99, gate("", "tail", 0.25), throughput,
		gate("", "cpu_per_request", 0.03), named(gate("", "error_rate", 0.002)),
		advisory("instructions_per_request", 0.02), advisory("memory_growth", 256<<10), advisory("throttled_time", 0.01),
		gate("list products", "p50", 0.05), gate("list products", "error_rate", 0.001),
		named(gate("product", "p50", 0.06)), p90,
		gate("balance", "p50", 0.05), gate("balance", "error_rate", 0.001),
		gate("POST /transfers", "p50", 0.05), gate("POST /transfers", "error_rate", 0.001),
	})
}

// Transactions and scenarios are timed in the order of the file, a scenario of one
// request is not, and what is not named has no gate.
func TestTransactions(t *testing.T) {
	c, err := parse("perfcheck.yml", []byte(`version: 1
service: {url: "http://localhost:80"}
profiles:
  p:
    arrival: {users: 1}
    scenarios:
      - {name: one, steps: [{think: 1s}, {GET: /}]}
      - {name: loop, steps: [{repeat: 2, steps: [{GET: /}]}]}
      - {steps: [{GET: /}, {transaction: pay, steps: [{GET: /a}, {transaction: inner, steps: [{GET: /b}]}]}]}
      - {name: again, steps: [{if: 1 > 2, steps: [{GET: /}], else: [{transaction: pay, steps: [{GET: /a}, {transaction: inner, steps: [{GET: /b}]}]}]}]}
    gate: {steps: {pay: {p50: 7%}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	p := &c.Profiles[0]
	equal(t, "transactions", p.Transactions(), []string{"loop", "pay", "inner", "again"})
	equal(t, "steps", p.Steps(), []string{"GET /", "GET /a", "GET /b"})
	for _, g := range p.Gates {
		if slices.Contains(p.Transactions(), g.Step) && (g.String() != "pay p50" || g.Threshold != 0.07) {
			t.Errorf("gate %s of %v", g.Key, g.Threshold)
		}
	}
}

func TestThroughputIsGatedInClosedModelsOnly(t *testing.T) {
	for arrival, want := range map[string]bool{"{users: 5}": true, "{rate: 5/s}": false} {
		c, err := parse("perfcheck.yml", []byte(small("arrival: "+arrival)))
		if err != nil {
			t.Fatal(err)
		}
		got := false
		for _, g := range c.Profiles[0].Gates {
			got = got || g.Metric == "throughput"
		}
		if got != want {
			t.Errorf("arrival %s: throughput gated: %v, want %v", arrival, got, want)
		}
	}
}

// The rate of retries is gated where there can be some.
func TestRetryRateIsGatedWhereThereAreRetries(t *testing.T) {
	for retry, want := range map[string]bool{"": false, ", retry: {times: 1, on: [503]}": true} {
		text := strings.Replace(small("arrival: {users: 1}"), "GET: /", "GET: /"+retry, 1)
		c, err := parse("perfcheck.yml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		gated := slices.ContainsFunc(c.Profiles[0].Gates, func(g bench.Gate) bool { return g.Metric == "retry_rate" })
		if gated != want {
			t.Errorf("%q: gated: %v", retry, gated)
		}
	}
}

// small is a short file whose profile has more lines.
func small(lines ...string) string {
	head := "version: 1\nservice: {url: \"http://localhost:80\"}\nprofiles:\n  p:\n    scenarios: [{steps: [{GET: /}]}]\n"
	return head + "    " + strings.Join(lines, "\n    ") + "\n"
}

func TestDefaults(t *testing.T) {
	c, err := parse("perfcheck.yml", []byte(small("arrival: {rate: 90/m}")))
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultProfile
	want.Name = "p"
	want.Arrival.Rate = 1.5
	want.Scenarios = []Scenario{{Weight: 1, Steps: []Step{{Request: &Request{Name: "GET /", Method: "GET", Path: "/"}}}}}
	got := c.Profiles[0]
	got.Gates, got.Digest, got.source = nil, "", source{}
	equal(t, "profile", got, want)
	equal(t, "service", c.Service, Service{Folder: inRepository("."), URL: "http://localhost:80", Ready: Ready{Timeout: time.Minute}, Isolate: Auto, BuildTimeout: 10 * time.Minute})
	equal(t, "budget", c.Budget, 5*time.Minute)
}

func TestSpellings(t *testing.T) {
	tests := []struct {
		lines string
		get   func(*Profile) any
		want  any
	}{
		{"warmup: 3s", func(p *Profile) any { return p.Warmup }, Warmup{Min: 3 * time.Second, Max: 3 * time.Second}},
		{"warmup: 0", func(p *Profile) any { return p.Warmup }, Warmup{}},
		{"warmup: {max: 5s}", func(p *Profile) any { return p.Warmup }, Warmup{true, time.Second, 5 * time.Second}},
		{"slice: auto", func(p *Profile) any { return p.Slice }, time.Duration(0)},
		{"slice: 200ms", func(p *Profile) any { return p.Slice }, 200 * time.Millisecond},
		{"interleave: trials", func(p *Profile) any { return p.Interleave }, Trials},
		{"setup: [{think: 1s}]", func(p *Profile) any { return *p.Setup[0].Think }, Think{Min: time.Second, Max: time.Second}},
		{"setup: [{think: {normal: 2s, spread: 1s}}]", func(p *Profile) any { return *p.Setup[0].Think },
			Think{Max: 4 * time.Second, Mean: 2 * time.Second, Spread: time.Second}},
		{"setup: [{think: {exponential: 2s}}]", func(p *Profile) any { return *p.Setup[0].Think },
			Think{Max: 20 * time.Second, Mean: 2 * time.Second}},
		{"setup: [{think: {exponential: 2s, max: 3s}}]", func(p *Profile) any { return *p.Setup[0].Think },
			Think{Max: 3 * time.Second, Mean: 2 * time.Second}},
		{"setup: [{PUT: /, capture: {a: \"$[?(@.x == 'a|b' || @.y == 1)].id\"}}]",
			func(p *Profile) any { return p.Setup[0].Request.Capture[0] }, Capture{Name: "a", Path: "$[?(@.x == 'a|b' || @.y == 1)].id", Pick: First}},
		{"setup: [{PUT: /, form: {n: 5, s: x}}]", func(p *Profile) any { return p.Setup[0].Request.Form }, map[string]string{"n": "5", "s": "x"}},
		{"setup: [{PUT: /, json: [1, 1.5, true, null, a, 9223372036854775808]}]", func(p *Profile) any { return p.Setup[0].Request.JSON },
			[]any{int64(1), 1.5, true, nil, "a", uint64(1 << 63)}},
		{"setup: &s [{PUT: /}]\n    login: *s", func(p *Profile) any { return p.Login[0].Request.Method }, "PUT"},
		{"setup: [{PUT: /, retry: {times: 3, on: [503, 5xx, connect timeout], backoff: 100ms, jitter: 50%}}]",
			func(p *Profile) any { return *p.Setup[0].Request.Retry },
			Retry{Times: 3, Kinds: []string{"connect timeout"}, Status: []int{503}, Classes: []StatusRange{{500, 599}},
				Backoff: 100 * time.Millisecond, Factor: 2, Max: time.Minute, Jitter: 0.5}},
		{"redirects: 5", func(p *Profile) any { return p.Redirects }, 5},
		{"setup: [{PUT: /, redirects: 0}]", func(p *Profile) any { return *p.Setup[0].Request.Redirects }, 0},
		{"gate: {peak_memory: {at_least: 10MiB}}", func(p *Profile) any { return atLeast(p, "peak_memory") }, 10.0 * (1 << 20)},
		{"gate: {throughput: {at_least: 5/s}}", func(p *Profile) any { return atLeast(p, "throughput") }, 5.0},
		{"gate: {cpu_per_request: {at_least: 20us}}", func(p *Profile) any { return atLeast(p, "cpu_per_request") }, 20e-6},
	}
	for _, test := range tests {
		c, err := parse("perfcheck.yml", []byte(small("arrival: {users: 1}", test.lines)))
		if err != nil {
			t.Errorf("%s: %v", test.lines, err)
			continue
		}
		equal(t, test.lines, test.get(&c.Profiles[0]), test.want)
	}
}

func atLeast(p *Profile, metric string) float64 {
	for _, g := range p.Gates {
		if g.Key == (bench.Key{Metric: metric}) {
			return g.AtLeast
		}
	}
	return -1
}

func TestMergeKeys(t *testing.T) {
	c, err := parse("perfcheck.yml", []byte(`version: 1
service: {url: "http://localhost:80"}
profiles:
  small: &small
    arrival: {rate: 10/s}
    scenarios: [{steps: [{GET: /}]}]
    seed: 7
  large:
    <<: *small
    arrival: {rate: 100/s}
`))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "rate", c.Profiles[1].Arrival.Rate, 100.0)
	equal(t, "seed", c.Profiles[1].Seed, uint64(7))
}

func TestProfileThatDoesNotExist(t *testing.T) {
	_, err := load(t).Profile("check")
	if want := example + `: no profile "check": there are checkout`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "repo", "a", "b")
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("perfcheck.yml", "outside of the repository")
	write("repo/.git/HEAD", "")
	write("repo/a/b/file", "")
	if _, err := Find(deep); !errors.Is(err, ErrNoConfig) || !strings.Contains(err.Error(), "perfcheck init") {
		t.Errorf("without a file: got %v", err)
	}
	write("repo/a/b/c/d/perfcheck.yml", "")
	write("repo/a/b/e/perfcheck.yaml", "")
	if _, err := Find(deep); !errors.Is(err, ErrNoConfig) || !strings.HasSuffix(err.Error(), ": name one by --config: e/perfcheck.yaml, c/d/perfcheck.yml") {
		t.Errorf("with files below: got %v", err)
	}
	write("repo/perfcheck.yaml", "")
	if got, err := Find(deep); err != nil || got != filepath.Join(root, "repo", "perfcheck.yaml") {
		t.Errorf("in the root of the repository: got %s, %v", got, err)
	}
	write("repo/a/perfcheck.yml", "")
	if got, err := Find(deep); err != nil || got != filepath.Join(root, "repo", "a", "perfcheck.yml") {
		t.Errorf("the nearest: got %s, %v", got, err)
	}
	write("repo/a/perfcheck.yaml", "")
	if _, err := Find(deep); err == nil || !strings.Contains(err.Error(), "remove one") {
		t.Errorf("two files: got %v", err)
	}
}

func TestEnvFiles(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"perfcheck.yml": "version: 1\nservice: {command: [./s], env_file: [.env, more.env], env: {C: stated}, build_timeout: 20m}\nprofiles: {p: {arrival: {rate: 1/s}, scenarios: [{steps: [{GET: /}]}]}}\n",
		".env":          "# secrets\nA=one\nB='two words'\n\nC=file\n",
		"more.env":      "export A=later\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(filepath.Join(dir, "perfcheck.yml"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "build_timeout", c.Service.BuildTimeout, 20*time.Minute)
	equal(t, "env", c.Service.Env, map[string]string{"A": "later", "B": "two words", "C": "stated"})
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte("hush hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "more.env")); err != nil {
		t.Fatal(err)
	}
	_, err = Load(filepath.Join(dir, "perfcheck.yml"))
	for _, want := range []string{"service.env_file", ".env: want lines of NAME=value", "more.env: no such file"} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
