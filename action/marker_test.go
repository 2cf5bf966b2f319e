package action

import (
	"strings"
	"testing"
)

func TestParseMarker(t *testing.T) {
	good := "<!-- perfcheck:v1 suite=shop.api_2-x head=" + headSHA + " run=12.3 -->"
	for name, test := range map[string]struct {
		body string
		ok   bool
	}{
		"alone":              {good, true},
		"with a body":        {good + "\nfine", true},
		"with Windows lines": {good + "\r\nfine", true},
		"lower down":         {"fine\n" + good, false},
		"after a space":      {" " + good, false},
		"quoted":             {"> " + good, false},
		"with a tail":        {good + " fine", false},
		"of another version": {strings.Replace(good, "v1", "v2", 1), false},
		"a suite with html":  {strings.Replace(good, "shop", "<b>", 1), false},
		"a suite too long":   {strings.Replace(good, "shop", strings.Repeat("s", 64), 1), false},
		"a short commit":     {strings.Replace(good, headSHA, "abc", 1), false},
		"a run too large":    {strings.Replace(good, "12.3", "99999999999999999999.3", 1), false},
		"a negative run":     {strings.Replace(good, "12.3", "-12.3", 1), false},
		"no run":             {strings.Replace(good, " run=12.3", "", 1), false},
		"empty":              {"", false},
	} {
		m, ok := parseMarker(test.body)
		if ok != test.ok {
			t.Errorf("%s: %t, want %t", name, ok, test.ok)
		}
		if want := (marker{"shop.api_2-x", headSHA, RunID{12, 3}}); ok && m != want {
			t.Errorf("%s: %+v, want %+v", name, m, want)
		}
	}
}

// What is read is read again from what is written, and stays within one
// comment of HTML.
func FuzzMarker(f *testing.F) {
	f.Add("<!-- perfcheck:v1 suite=shop head=" + headSHA + " run=12.3 -->\nfine")
	f.Add("<!-- perfcheck:v1 suite=a-- head=" + headSHA + " run=007.1 -->\r\n")
	f.Add("<!-- perfcheck:v1 suite=--> head= run=1.1 -->")
	f.Fuzz(func(t *testing.T, body string) {
		m, ok := parseMarker(body)
		if !ok {
			return
		}
		line := m.String()
		if inside := strings.TrimSuffix(strings.TrimPrefix(line, "<!-- "), " -->"); len(inside) != len(line)-9 || strings.ContainsAny(inside, "<>!\r\n") {
			t.Errorf("%q leaves its comment", line)
		}
		if again, ok := parseMarker(line + "\n" + body); !ok || again != m {
			t.Errorf("%q was read as %+v, then as %+v", body, m, again)
		}
	})
}
