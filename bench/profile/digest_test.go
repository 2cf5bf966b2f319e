package profile

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// The digest of the example must never change: stored runs are found by it.
func TestDigestIsStable(t *testing.T) {
	const golden = "bcd9750201b4c9998f3c091dc38d1694d806364cd7658fb1f325e7f866b2e271"
	c := load(t)
	c.Service.Folder = "" // as at the root of a repository
	if got := digest(&c.Profiles[0], &c.Service); got != golden {
		t.Errorf("got %s, want %s", got, golden)
	}
}

// Nor may that of a profile which looks for one text in a body, as all did that
// looked at bodies at first.
func TestDigestOfOneText(t *testing.T) {
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string]string{}
	for _, body := range []string{"OK", "[OK]", "[OK, not contains error]"} {
		c, err := parse(example, []byte(strings.Replace(string(data), "{status: 200, ", "{status: 200, body: "+body+", ", 1)))
		if err != nil {
			t.Fatal(err)
		}
		c.Service.Folder = ""
		digests[body] = digest(&c.Profiles[0], &c.Service)
	}
	const golden = "6154326c6d6875d5a62f0c2541dc00931a80a89bd485b79687a6061a3518dfb9"
	if digests["OK"] != golden || digests["[OK]"] != golden || digests["[OK, not contains error]"] == golden {
		t.Errorf("got %v, want %s for the first two", digests, golden)
	}
}

func TestDigestIgnores(t *testing.T) {
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	want := load(t).Profiles[0].Digest
	for old, changed := range map[string]string{
		"version: 1":                             "# a comment\nversion: 1",
		"until: steady, min: 1s, max: 10s":       "max: 10s",
		"arrival: {rate: 300/s}":                 "interleave: auto\n    arrival:\n      rate: 300.0/s",
		"{status: 200, json":                     "{status: [200], json",
		`username: "${accounts.user}", password`: `password`,
		"budget: 3m":                             "budget: 9m",
		"p50: 4%":                                "p50: 9%",
		"timeout: 30s":                           "timeout: 31s",
	} {
		text := strings.Replace(string(data), old, changed, 1)
		if strings.HasPrefix(changed, "password") {
			text = strings.Replace(text, `"${accounts.password}"}`, `"${accounts.password}", username: "${accounts.user}"}`, 1)
		}
		if text == string(data) {
			t.Fatalf("the example has no %q", old)
		}
		c, err := parse(example, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Profiles[0].Digest; got != want {
			t.Errorf("%q for %q changes the digest", changed, old)
		}
	}
}

// Every field counts but those named here, so that one that is added later
// cannot be forgotten.
func TestDigestCoversEveryField(t *testing.T) {
	without := map[string]bool{
		"Profile.Gates":  true, // how the numbers are judged, not how they are made
		"Profile.Digest": true,

		"Profile.MaxErrors": true, // whether it goes on, not how
		"Step.Use":          true, // what the flow holds counts
		"Feed.CSV":          true, // what the file holds counts
		"Feed.JSONL":        true, // likewise
		"Service.Ready":     true, // over before anything is measured

		"Service.BuildTimeout": true, // likewise
	}
	roots := []struct {
		name   string
		change func(c *Config) reflect.Value
	}{
		{"profile", func(c *Config) reflect.Value { return reflect.ValueOf(&c.Profiles[0]).Elem() }},
		{"feed", func(c *Config) reflect.Value { return reflect.ValueOf(&c.Profiles[0].Data[0]).Elem() }},
		{"scenario", func(c *Config) reflect.Value { return reflect.ValueOf(&c.Profiles[0].Scenarios[0]).Elem() }},
		{"step", func(c *Config) reflect.Value { return reflect.ValueOf(&c.Profiles[0].Scenarios[1].Steps[1]).Elem() }},
		{"think", func(c *Config) reflect.Value {
			return reflect.ValueOf(c.Profiles[0].Scenarios[0].Steps[1].Think).Elem()
		}},
		{"loop", func(c *Config) reflect.Value {
			loop := &Loop{}
			c.Profiles[0].Scenarios[1].Steps[1].Loop = loop
			return reflect.ValueOf(loop).Elem()
		}},
		{"retry", func(c *Config) reflect.Value {
			retry := &Retry{}
			c.Profiles[0].Scenarios[0].Steps[0].Request.Retry = retry
			return reflect.ValueOf(retry).Elem()
		}},
		{"request", func(c *Config) reflect.Value {
			return reflect.ValueOf(c.Profiles[0].Scenarios[0].Steps[0].Request).Elem()
		}},
		{"expect", func(c *Config) reflect.Value {
			return reflect.ValueOf(&c.Profiles[0].Scenarios[0].Steps[0].Request.Expect).Elem()
		}},
		{"check", func(c *Config) reflect.Value {
			return reflect.ValueOf(&c.Profiles[0].Scenarios[0].Steps[0].Request.Expect.JSON[0]).Elem()
		}},
		{"capture", func(c *Config) reflect.Value {
			return reflect.ValueOf(&c.Profiles[0].Scenarios[0].Steps[0].Request.Capture[0]).Elem()
		}},
		{"arrival", func(c *Config) reflect.Value { return reflect.ValueOf(&c.Profiles[0].Arrival).Elem() }},
		{"warmup", func(c *Config) reflect.Value { return reflect.ValueOf(&c.Profiles[0].Warmup).Elem() }},
		{"service", func(c *Config) reflect.Value { return reflect.ValueOf(&c.Service).Elem() }},
		{"tls", func(c *Config) reflect.Value { return reflect.ValueOf(&c.Service.TLS).Elem() }},
		{"balance", func(c *Config) reflect.Value { return reflect.ValueOf(&c.Service.Balance).Elem() }},
		{"target", func(c *Config) reflect.Value { return reflect.ValueOf(&c.Service.Target).Elem() }},
	}
	for _, root := range roots {
		typ := root.change(load(t)).Type()
		for _, f := range reflect.VisibleFields(typ) {
			name := typ.Name() + "." + f.Name
			if !f.IsExported() {
				continue
			}
			c := load(t)
			value := root.change(c)
			before := digest(&c.Profiles[0], &c.Service)
			alter(t, name, value.FieldByIndex(f.Index))
			changed := digest(&c.Profiles[0], &c.Service) != before
			if changed == without[name] {
				t.Errorf("%s: changes the digest: %v", name, changed)
			}
		}
	}
}

// alter gives v another value than it has.
func alter(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Uint64:
		v.SetUint(v.Uint() + 1)
	case reflect.Float64:
		v.SetFloat(v.Float() + 1)
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
	case reflect.Map:
		m := reflect.MakeMap(v.Type())
		m.SetMapIndex(reflect.ValueOf("another"), reflect.ValueOf("entry"))
		v.Set(m)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.Interface:
		v.Set(reflect.ValueOf("another value"))
	case reflect.Struct:
		alter(t, name, v.Field(0))
	default:
		t.Fatalf("%s: no way to alter a %s", name, v.Kind())
	}
}

// Services of one repository that are configured alike do not share what is stored,
// and one service does in whatever clone or work tree it is.
func TestDigestTellsServicesApart(t *testing.T) {
	data := []byte("version: 1\nservice: {url: \"http://h:80\"}\nprofiles: {p: {arrival: {users: 1}, scenarios: [{steps: [{GET: /}]}]}}\n")
	digest := func(root, folder string) string {
		path := filepath.Join(t.TempDir(), root, folder)
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, data := range map[string][]byte{".git": nil, filepath.Join(folder, "perfcheck.yml"): data} {
			if err := os.WriteFile(filepath.Join(strings.TrimSuffix(path, folder), name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		c, err := Load(filepath.Join(path, "perfcheck.yml"))
		if err != nil {
			t.Fatal(err)
		}
		return c.Profiles[0].Digest
	}
	a := digest("clone", "services/a")
	if a == digest("clone", "services/b") || a == digest("clone", "") {
		t.Error("services of several folders have one digest")
	}
	if a != digest("clone/.perfcheck/trees/x", "services/a") {
		t.Error("where the clone is makes a difference")
	}
}

func TestDigestCoversRecords(t *testing.T) {
	c := load(t)
	c.Profiles[0].Data[0].Records[1][1] = "eve"
	if digest(&c.Profiles[0], &c.Service) == c.Profiles[0].Digest {
		t.Error("another record, and the same digest")
	}
}
