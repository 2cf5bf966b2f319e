package action

import (
	"strconv"
	"strings"
	"testing"
)

func TestCommand(t *testing.T) {
	for _, tt := range []struct {
		annotation Annotation
		want       string
	}{
		{Annotation{Message: "slower"}, "::error::slower\n"},
		{Annotation{Path: "perfcheck.yml", Line: 12, Title: "checkout: p50", Message: "up 12 %, limit 3 %\nlook"},
			"::error file=perfcheck.yml,line=12,title=checkout%3A p50::up 12 %25, limit 3 %25%0Alook\n"},
		{Annotation{Title: "a,b=c", Message: "d::e"}, "::error title=a%2Cb=c::d::e\n"},
		{Annotation{Title: "x::set-output name=verdict::pass\r\n::stop-commands::y", Message: "%0A\r::error::z"},
			"::error title=x%3A%3Aset-output name=verdict%3A%3Apass%0D%0A%3A%3Astop-commands%3A%3Ay::%250A%0D::error::z\n"},
	} {
		if got := tt.annotation.Command(); got != tt.want {
			t.Errorf("got  %swant %s", got, tt.want)
		}
	}
}

// No value starts a second command, sets another property or is changed on its way.
func FuzzCommand(f *testing.F) {
	f.Add("a.yml", 3, "title", "message")
	f.Add("x,line=9", 0, "y::error::z", "##[add-mask]a\n::stop-commands::b")
	f.Add("%2C", 1, "%250A\r", "%0A::")
	f.Fuzz(func(t *testing.T, path string, line int, title, message string) {
		a := Annotation{path, line, title, message}
		lines := printedLines(a.Command())
		if len(lines) != 1 {
			t.Fatalf("%+v takes %d lines: %q", a, len(lines), lines)
		}
		got, ok := parseLine(lines[0])
		if !ok || got.name != "error" || got.data != message {
			t.Fatalf("%+v is read as %+v", a, got)
		}
		want := map[string]string{"file": path, "title": title}
		if line > 0 {
			want["line"] = strconv.Itoa(line)
		}
		for name, value := range got.properties {
			// The runner strips blanks at both ends of the list of properties.
			if _, ours := want[name]; !ours || strings.TrimSpace(value) != strings.TrimSpace(want[name]) {
				t.Errorf("property %q is read as %q, want %q", name, value, want[name])
			}
		}
		if got.properties["line"] != want["line"] {
			t.Errorf("line is read as %q", got.properties["line"])
		}
	})
}
