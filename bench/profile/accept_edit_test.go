package profile

import (
	"errors"
	"io/fs"
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
		got, refused, err := acceptIn(t, test.old, more)
		if err != nil || len(refused) > 0 || got != test.want {
			t.Errorf("%s: %v, %v, got\n%s\nwant\n%s", test.name, err, refused, got, test.want)
		}
	}
}

// acceptIn returns the file that Accept makes of the old one, of which there is
// none where that is empty.
func acceptIn(t *testing.T, old string, more []bench.Acceptance) (text string, refused []error, err error) {
	t.Helper()
	c := load(t)
	c.Path = filepath.Join(t.TempDir(), "perfcheck.yml")
	if old != "" {
		if err := os.WriteFile(c.AcceptPath(), []byte(old), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, refused, err = c.Accept(more, today)
	data, e := os.ReadFile(c.AcceptPath())
	if e != nil && (old != "" || !errors.Is(e, fs.ErrNotExist)) {
		t.Fatal(e)
	}
	return string(data), refused, err
}

// What cannot be added is written by hand, and what is refused not at all.
func TestAcceptRefuses(t *testing.T) {
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
	}
	for _, test := range tests {
		text, _, err := acceptIn(t, test.old, test.more)
		if err == nil || !strings.Contains(err.Error(), test.want) || errors.Is(err, ErrForm) != test.form || text != test.old {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// What cannot be accepted keeps nothing else from being written.
func TestAcceptWritesWhatItCan(t *testing.T) {
	first, second, _ := strings.Cut(slowerLines, "  - profile: checkout\n    metric")
	second = "  - profile: checkout\n    metric" + second
	below := slower("ledger")
	below[0].UpTo = 0.02
	tests := []struct {
		name, old string
		more      []bench.Acceptance
		want      string
		refused   []string
	}{
		{"twice", acceptHead + slowerLines, slower("ledger"), acceptHead + slowerLines, []string{
			"perfcheck.accept.yml:5: list products p50 of profile checkout is accepted already, up to 13%: change that entry",
			"perfcheck.accept.yml:11: cpu_per_request of profile checkout is accepted already, up to 9%: change that entry"}},
		{"one of two twice", acceptHead + first, slower("ledger"), acceptHead + slowerLines, []string{"list products p50 of profile checkout is accepted already"}},
		{"below the gate", "", below, acceptHead + second, []string{"list products p50 of profile checkout: accept[0].up_to: the gate of list products p50 allows 5% without"}},
		{"nothing", "", below[:1], "", []string{"allows 5% without"}},
	}
	for _, test := range tests {
		text, refused, err := acceptIn(t, test.old, test.more)
		if err != nil || text != test.want || len(refused) != len(test.refused) {
			t.Errorf("%s: %v, %v, got\n%s\nwant\n%s", test.name, err, refused, text, test.want)
			continue
		}
		for i, want := range test.refused {
			if !strings.Contains(refused[i].Error(), want) {
				t.Errorf("%s: refused %v, want %s", test.name, refused[i], want)
			}
		}
	}
}

func TestAcceptWritesTheFile(t *testing.T) {
	c := load(t)
	c.Path = filepath.Join(t.TempDir(), "perfcheck.yml")
	for _, more := range [][]bench.Acceptance{slower("ledger")[:1], slower("ledger")[1:]} {
		if _, refused, err := c.Accept(more, today); err != nil || len(refused) > 0 {
			t.Fatal(err, refused)
		}
	}
	got, err := os.ReadFile(c.AcceptPath())
	if err != nil || string(got) != acceptHead+slowerLines {
		t.Errorf("%v, got\n%s", err, got)
	}
	if entries, err := os.ReadDir(filepath.Dir(c.Path)); err != nil || len(entries) != 1 {
		t.Errorf("%v, left behind: %v", err, entries)
	}
	if entries, refused, err := c.Accept(slower("ledger"), today); err != nil || len(refused) != 2 || entries != "" {
		t.Errorf("accepted twice: %q, %v, %v", entries, refused, err)
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
		text, refused, err := acceptIn(t, accepting, more)
		if err != nil || len(refused) > 0 {
			t.Errorf("%q: %v, %v", why, err, refused)
			continue
		}
		if got, err := load(t).parseAccepted([]byte(text), today); err != nil || got[3].Why != why {
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
		good, refused := c.acceptable(accepted(), more, today)
		text, err := c.addAccepted([]byte(accepting), accepted(), good, today)
		if err != nil || len(refused) > 0 {
			strange := func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }
			if n := utf8.RuneCountInString(why); n > 0 && n <= maxWhy && !strings.ContainsFunc(why, strange) {
				t.Errorf("%q is refused: %v, %v", why, refused, err)
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
