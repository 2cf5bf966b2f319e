package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// An element is XML as any reader finds it, without the types that wrote it.
type element struct {
	name     string
	attr     map[string]string
	text     string
	children []*element
}

func parseXML(t *testing.T, data []byte) *element {
	t.Helper()
	root := &element{}
	open := []*element{root}
	for dec := xml.NewDecoder(bytes.NewReader(data)); ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, data)
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attr: make(map[string]string)}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			top.children = append(top.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(token)
		}
	}
	if len(root.children) != 1 {
		t.Fatalf("%d root elements", len(root.children))
	}
	return root.children[0]
}

func (e *element) all(name string) (found []*element) {
	for _, child := range e.children {
		if child.name == name {
			found = append(found, child)
		}
		found = append(found, child.all(name)...)
	}
	return found
}

// schemaOfJUnit is junit-10.xsd of Jenkins' xUnit plugin, as far as it is used:
// the attributes of each element, the required ones first, and its children.
var schemaOfJUnit = map[string]struct {
	required, optional, children []string
}{
	"testsuites": {nil, []string{"name", "time", "tests", "failures", "errors"}, []string{"testsuite"}},
	"testsuite": {[]string{"name", "tests", "failures", "errors"},
		[]string{"time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url", "group"}, []string{"properties", "testcase"}},
	"properties": {nil, nil, []string{"property"}},
	"property":   {[]string{"name", "value"}, nil, nil},
	"testcase":   {[]string{"name"}, []string{"time", "classname", "group"}, []string{"skipped", "error", "failure", "system-out"}},
	"failure":    {nil, []string{"type", "message"}, nil},
	"error":      {nil, []string{"type", "message"}, nil},
	"skipped":    {nil, []string{"type", "message"}, nil},
	"system-out": {nil, nil, nil},
}

func (e *element) validate(t *testing.T) {
	t.Helper()
	schema, ok := schemaOfJUnit[e.name]
	if !ok {
		t.Fatalf("element %s", e.name)
	}
	for _, name := range schema.required {
		if _, ok := e.attr[name]; !ok {
			t.Errorf("%s has no %s", e.name, name)
		}
	}
	for name := range maps.Keys(e.attr) {
		if !slices.Contains(schema.required, name) && !slices.Contains(schema.optional, name) {
			t.Errorf("%s has the attribute %s", e.name, name)
		}
	}
	for _, child := range e.children {
		if !slices.Contains(schema.children, child.name) {
			t.Errorf("%s has a child %s", e.name, child.name)
		}
		child.validate(t)
	}
}

func junit(t *testing.T, c *compare.Comparison) *element {
	t.Helper()
	var b bytes.Buffer
	if err := JUnit(&b, c); err != nil {
		t.Fatal(err)
	}
	root := parseXML(t, b.Bytes())
	root.validate(t)
	return root
}

// outcome is how a test case ended: "pass", or the name of the element that says so.
func outcome(e *element) string {
	for _, child := range e.children {
		if child.name != "system-out" {
			return child.name
		}
	}
	return "pass"
}

func TestJUnitVerdict(t *testing.T) {
	unknown := passing()
	unknown.Verdict = "splendid"
	undecided := passing()
	undecided.Verdict = ""
	for _, test := range []struct {
		c    *compare.Comparison
		want string
	}{
		{passing(), "pass"},
		{improvement(), "pass"},
		{regression(), "failure"},
		{inconclusive(), "skipped"},
		{apart(), "skipped"},
		{skipped(), "skipped"},
		{invalid(), "error"},
		{unknown, "error"},
		{undecided, "error"},
		{&compare.Comparison{}, "error"},
	} {
		root := junit(t, test.c)
		verdict := root.all("testcase")[0]
		if verdict.attr["classname"] != "perfcheck" || verdict.attr["name"] != "verdict" {
			t.Errorf("%s: the first case is %v", test.c.Verdict, verdict.attr)
		}
		if got := outcome(verdict); got != test.want {
			t.Errorf("%s: got %s, want %s", test.c.Verdict, got, test.want)
		}
		if len(test.c.Reasons) > 0 && !strings.Contains(verdict.children[0].text, test.c.Reasons[0]) {
			t.Errorf("%s: the reason is not there: %q", test.c.Verdict, verdict.children[0].text)
		}
	}
}

func TestJUnitMetrics(t *testing.T) {
	c := regression()
	unmeasured := latency("gone", "p50", 0, 0, 0, 0, 0.05, "")
	unmeasured.Gated, unmeasured.Blocks = false, 0
	c.Deltas = append(c.Deltas, unmeasured)
	got := make(map[string]string)
	for _, e := range junit(t, c).all("testcase") {
		got[e.attr["classname"]+" "+e.attr["name"]] = outcome(e)
	}
	for name, want := range map[string]string{
		"checkout/product p50":   "failure",
		"checkout p50":           "skipped", // undecided
		"checkout p90":           "pass",
		"checkout/search p50":    "skipped", // advisory
		"checkout/gone p50":      "skipped", // not judged
		"checkout/rare step p99": "",        // no gate
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
}

// What an invalid or undecided comparison says of a metric is no result.
func TestJUnitMetricsOfNoVerdict(t *testing.T) {
	for _, verdict := range []compare.Verdict{compare.Invalid, compare.Inconclusive} {
		c := regression()
		c.Verdict = verdict
		for _, e := range junit(t, c).all("testcase") {
			if o := outcome(e); o == "failure" || verdict == compare.Invalid && o == "pass" {
				t.Errorf("%s: %s %s: %s", verdict, e.attr["classname"], e.attr["name"], o)
			}
		}
	}
}

func TestJUnitCounts(t *testing.T) {
	for _, c := range []*compare.Comparison{passing(), regression(), inconclusive(), invalid(), improvement(), apart()} {
		root := junit(t, c)
		for _, suite := range append(root.all("testsuite"), root) {
			for attribute, name := range map[string]string{"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"} {
				want, given := suite.attr[attribute]
				if got := len(suite.all(name)); given && strconv.Itoa(got) != want {
					t.Errorf("%s: %s %s: says %s %s, has %d", c.Verdict, suite.name, suite.attr["name"], want, attribute, got)
				}
			}
			if len(suite.all("testcase")) == 0 {
				t.Errorf("%s: %s %s has no case", c.Verdict, suite.name, suite.attr["name"])
			}
		}
	}
}

func TestJUnitOfSeveralProfiles(t *testing.T) {
	var names []string
	for _, suite := range junit(t, improvement()).all("testsuite") {
		names = append(names, suite.attr["name"])
	}
	if want := []string{"perfcheck", "checkout", "search"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

func TestJUnitProperties(t *testing.T) {
	properties := make(map[string]string)
	for _, p := range junit(t, regression()).all("property") {
		properties[p.attr["name"]] = p.attr["value"]
	}
	for name, want := range map[string]string{
		"base": "a1b2c3d4  Add the cart (main)",
		"head": "e5f6a7b8  Cache product pages (product-cache)",
		"host": "AMD EPYC 7763, 4 cores, service by compose",
	} {
		if properties[name] != want {
			t.Errorf("%s: got %q, want %q", name, properties[name], want)
		}
	}
}

// made hostile, every text of a comparison that comes from outside is text.
func hostileIn(c *compare.Comparison, text string) *compare.Comparison {
	c.ID, c.Service = text, text
	c.Base = bench.Subject{Commit: text, Title: text, Branch: text}
	c.Head, c.Host = c.Base, bench.Host{CPU: text, Cores: 1, Perfcheck: text}
	c.Reasons, c.Warnings, c.Notes = []string{text, text}, []string{text}, []string{text}
	c.Accepted = []compare.Accepted{{Acceptance: bench.Acceptance{Profile: text, Why: text, Where: text}, Rule: text, Effect: text}}
	c.Targets = []compare.Target{{Profile: text, Side: bench.Side(text), Name: text}}
	c.Retries = []compare.Retry{{Profile: text, Side: bench.Side(text), StepFailure: bench.StepFailure{Step: text, Failure: bench.Failure{Kind: text, Example: text}}}}
	for i := range c.Deltas {
		d := &c.Deltas[i]
		d.Step, d.Profile, d.Metric, d.Rule, d.Explain.LeftOut, d.Unit = text, text, text, text, text, bench.Unit(text)
	}
	return c
}

func TestJUnitObeysNothingFromOutside(t *testing.T) {
	const evil = "]]></failure><testcase name=\"x\"/>&\"'\ufffe\x00\x1b[31m\u202e\xffPASS\r\n"
	root := junit(t, hostileIn(regression(), evil))
	if got, want := len(root.all("testcase")), len(junit(t, regression()).all("testcase")); got > want {
		t.Errorf("%d cases, want at most %d", got, want)
	}
	var walk func(e *element)
	walk = func(e *element) {
		for _, text := range append(slices.Collect(maps.Values(e.attr)), e.text) {
			if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && (unicode.Is(unicode.C, r) || r == '\ufffe') }); i >= 0 {
				t.Errorf("%q", text)
			}
		}
		for _, child := range e.children {
			walk(child)
		}
	}
	walk(root)
}
