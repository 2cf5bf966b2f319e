package profile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/perfcheck/perfcheck/bench"
)

// slower is what the tests add to a file.
func slower(why string) []bench.Acceptance {
	return []bench.Acceptance{
		{Profile: "checkout", Key: bench.Key{Step: "list products", Metric: "p50"}, UpTo: 0.13, Why: why, Until: mayEnd},
		{Profile: "checkout", Key: bench.Key{Metric: "cpu_per_request"}, UpTo: 0.09, Why: why, Until: mayEnd},
	}
}

const slowerLines = `  - profile: checkout
    step: list products
    metric: p50
    up_to: 13%
    why: ledger
    until: 2026-05-31
  - profile: checkout
    metric: cpu_per_request
    up_to: 9%
    why: ledger
    until: 2026-05-31
`

// Whatever the team has written stays, byte by byte.
func TestAcceptKeepsWhatIsThere(t *testing.T) {
	unindented := strings.ReplaceAll(slowerLines, "\n  ", "\n")[2:]
	tests := []struct{ name, old, want string }{
		{"no file", "", acceptHead + slowerLines},
		{"blank", "\n", acceptHead + slowerLines},
		{"nothing accepted", "version: 1\n", "version: 1\naccept:\n" + slowerLines},
		{"no end of the last line", "version: 1\naccept:", "version: 1\naccept:\n" + slowerLines},
		{"an empty list", "version: 1\naccept: []  # none\n# end\n", "version: 1\naccept: # none\n" + slowerLines + "# end\n"},
		{"a list", accepting, accepting + slowerLines},
		{"a list before another key", "accept:" + strings.TrimPrefix(accepting, "version: 1\naccept:") + "\n# ours\n\nversion: 1\n",
			"accept:" + strings.TrimPrefix(accepting, "version: 1\naccept:") + slowerLines + "\n# ours\n\nversion: 1\n"},
		{"a list that is not indented", "version: 1\naccept:\n- {profile: checkout, metric: p50, up_to: 9%, why: w, until: 2026-03-02}\n",
			"version: 1\naccept:\n- {profile: checkout, metric: p50, up_to: 9%, why: w, until: 2026-03-02}\n" + unindented},
		{"a long reason", "version: 1\naccept:\n  - profile: checkout\n    metric: p50\n    up_to: 9%\n    until: 2026-03-02\n    why: >\n      # no comment\n\n      but folded\n",
			"version: 1\naccept:\n  - profile: checkout\n    metric: p50\n    up_to: 9%\n    until: 2026-03-02\n    why: >\n      # no comment\n\n      but folded\n" + slowerLines},
	}
	for _, test := range tests {
		more := slower("ledger")
		got, err := load(t).addAccepted([]byte(test.old), writeEntries(more), more, today)
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", test.name, err, got, test.want)
		}
	}
}

// What cannot be added is written by hand, and what is refused not at all.
func TestAcceptRefuses(t *testing.T) {
	most := slower("ledger")
	most[0].UpTo = 0.02
	tests := []struct {
		name, old string
		more      []bench.Acceptance
		want      string
		form      bool
	}{
		{"a list in brackets", "version: 1\naccept: [{profile: checkout, metric: p50, up_to: 9%, why: w, until: 2026-03-02}]\n", slower("ledger"),
			"add this by hand:\n- profile: checkout\n  step: list products\n", true},
		{"a list in brackets below", "version: 1\naccept:\n  [{profile: checkout, metric: p50, up_to: 9%, why: w, until: 2026-03-02}]\n", slower("ledger"), "add this by hand", true},
		{"the whole in braces", "{version: 1, accept: []}\n", slower("ledger"), "add this by hand", true},
		{"a file with mistakes", "version: 3\n", slower("ledger"), "this perfcheck reads version 1", false},
		{"twice", acceptHead + slowerLines, slower("ledger"), "perfcheck.accept.yml:5: list products p50 of profile checkout is accepted already, up to 13%: change that entry\n" +
			"perfcheck.accept.yml:11: cpu_per_request of", false},
		{"below the gate", "", most, "allows 5% without", false},
	}
	for _, test := range tests {
		_, err := load(t).addAccepted([]byte(test.old), writeEntries(test.more), test.more, today)
		if err == nil || !strings.Contains(err.Error(), test.want) || errors.Is(err, ErrForm) != test.form {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

func TestAcceptWritesTheFile(t *testing.T) {
	c := load(t)
	c.Path = filepath.Join(t.TempDir(), "perfcheck.yml")
	for _, more := range [][]bench.Acceptance{slower("ledger")[:1], slower("ledger")[1:]} {
		if _, err := c.Accept(more, today); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(c.AcceptPath())
	if err != nil || string(got) != acceptHead+slowerLines {
		t.Errorf("%v, got\n%s", err, got)
	}
	if entries, err := os.ReadDir(filepath.Dir(c.Path)); err != nil || len(entries) != 1 {
		t.Errorf("%v, left behind: %v", err, entries)
	}
	if _, err := c.Accept(slower("ledger"), today); err == nil {
		t.Error("accepted twice")
	}
	if again, err := os.ReadFile(c.AcceptPath()); err != nil || string(again) != string(got) {
		t.Errorf("%v, a refused entry has changed the file", err)
	}
}

// reasons are not what YAML takes for a plain word.
var reasons = []string{
	"ledger", "it's: \"slow\" # now", "- dash", "[x", "{x}", "&a *b !c %d @e `f", "'", "\"", "null", "1e3", "2026-01-01", "~", "a\\nb", "<<",
	"Straße 🐢", "true: false", ">", "|-", "? x", "yes", "0x10", "a: b: c", "trailing:", "#123",
}

func TestAcceptAnyReason(t *testing.T) {
	for _, why := range reasons {
		more := slower(why)
		text, err := load(t).addAccepted([]byte(accepting), writeEntries(more), more, today)
		if err != nil {
			t.Errorf("%q: %v", why, err)
			continue
		}
		if got, err := load(t).parseAccepted(text, today); err != nil || got[3].Why != why {
			t.Errorf("%q: got %+v, %v", why, got, err)
		}
	}
}

// FuzzAccept: whatever the reason, it is read as it was meant, and what stood
// there before is a part of what stands there then.
func FuzzAccept(f *testing.F) {
	for _, why := range reasons {
		f.Add(why)
	}
	c, err := Load(example)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, why string) {
		why = strings.Join(strings.Fields(why), " ")
		more := slower(why)
		text, err := c.addAccepted([]byte(accepting), writeEntries(more), more, today)
		if err != nil {
			strange := func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }
			if n := utf8.RuneCountInString(why); n > 0 && n <= maxWhy && !strings.ContainsFunc(why, strange) {
				t.Errorf("%q is refused: %v", why, err)
			}
			return
		}
		if !strings.HasPrefix(string(text), accepting) {
			t.Errorf("changed to\n%s", text)
		}
		got, err := c.parseAccepted(text, today)
		if err != nil || len(got) != 4 || got[3].Why != why {
			t.Errorf("%q: got %+v, %v", why, got, err)
		}
	})
}
