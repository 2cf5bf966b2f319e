package scenario

import (
	"encoding/json"
	"strings"
	"testing"
)

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "/a/${b}/c", "$${a}", "${ {'}': 1}['}'] }", "${`\\`}", "${", "${}", "$$${a}", "${'\\''}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		segments, err := split(s)
		if err != nil {
			return
		}
		// Joined again, with what may stand for a plain ${, they are the source.
		var b strings.Builder
		for i, g := range segments {
			switch {
			case g.isExpr && g.text != strings.TrimSpace(g.text), g.text == "":
				t.Errorf("%q: segment %q", s, g.text)
			case g.isExpr:
				b.WriteString("${" + g.text + "}")
			case i > 0 && !segments[i-1].isExpr:
				t.Errorf("%q: two literals in a row", s)
			default:
				b.WriteString(strings.ReplaceAll(g.text, "${", "$${"))
			}
		}
		again, err := split(b.String())
		if err != nil {
			t.Fatalf("%q, joined again as %q: %v", s, b.String(), err)
		}
		if len(again) != len(segments) {
			t.Fatalf("%q: %+v and then %+v", s, segments, again)
		}
		for i := range again {
			if again[i] != segments[i] {
				t.Errorf("%q: %+v and then %+v", s, segments[i], again[i])
			}
		}
	})
}

// Any bytes can come back from a service. What is JSON and what is not, we and
// encoding/json must agree on.
func FuzzDocument(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,{"b":null}],"c":"\u00e9\n"}`, `{"a\"b":true}`, `[]`, `"x"`, `-0`, `1e5`, `{"a":1,"a":2}`, "\x00", `{} {}`} {
		f.Add([]byte(s))
	}
	path, err := parsePath("$..a")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := parseDocument(body)
		if valid := json.Valid(body); valid != (err == nil) {
			t.Fatalf("%q: valid: %v, got %v", body, valid, err)
		}
		if err == nil {
			keep(d.value())
			path.all(d)
		}
	})
}
