package action

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/perfcheck/perfcheck/action/githubtest"
)

func TestSetStatus(t *testing.T) {
	hub := newHub(t)
	c, _ := dial(t, hub, hub.Token("statuses: write"))
	for _, s := range []Status{
		{Context: "perfcheck/shop", State: StatePending, Description: "measuring"},
		{Context: "perfcheck/shop", State: StateFailure, Description: strings.Repeat("slower ", 30), URL: "https://ci.example/1"},
	} {
		if err := c.SetStatus(t.Context(), headSHA, s); err != nil {
			t.Fatal(err)
		}
	}
	want := []githubtest.Status{
		{Context: "perfcheck/shop", State: "pending", Description: "measuring"},
		{Context: "perfcheck/shop", State: "failure", Description: strings.Repeat("slower ", 19) + "slower…", URL: "https://ci.example/1"},
	}
	if got := hub.Statuses(headSHA); !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestStatusThatCannotBeSet(t *testing.T) {
	hub := newHub(t)
	c, _ := dial(t, hub, hub.Token("statuses: write"))
	for name, try := range map[string]struct{ sha, context string }{
		"an abbreviation": {"abc1234", "perfcheck/shop"},
		"a path":          {"../../user", "perfcheck/shop"},
		"no context":      {headSHA, ""},
	} {
		if err := c.SetStatus(t.Context(), try.sha, Status{Context: try.context, State: StateSuccess}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := hub.Requests(); len(got) > 0 {
		t.Errorf("requests %q", got)
	}
}

func TestStatusesRunOut(t *testing.T) {
	hub := newHub(t)
	c, _ := dial(t, hub, hub.Token("statuses: write"))
	hub.FillStatuses(headSHA, "PerfCheck/shop")
	err := c.SetStatus(t.Context(), headSHA, Status{Context: "perfcheck/shop", State: StateSuccess})
	if err == nil || !strings.Contains(err.Error(), "maximum number of statuses") {
		t.Errorf("got %v", err)
	}
	if err := c.SetStatus(t.Context(), headSHA, Status{Context: "perfcheck/other", State: StateSuccess}); err != nil {
		t.Error(err)
	}
}

func TestDescribe(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"  p50\n\t+3 % ", "p50 +3 %"},
		{"🚀 faster 🚀 by half", "faster by half"},
		{strings.Repeat("é", 140), strings.Repeat("é", 140)},
		{strings.Repeat("é", 141), strings.Repeat("é", 139) + "…"},
		{strings.Repeat("é", 139) + " and", strings.Repeat("é", 139) + "…"},
		{strings.Repeat("é", 130) + " and on and on", strings.Repeat("é", 130) + " and on…"},
		{"no " + strings.Repeat("é", 150), "no " + strings.Repeat("é", 136) + "…"},
	} {
		if got := describe(test.text); got != test.want {
			t.Errorf("describe(%q)\ngot  %q\nwant %q", test.text, got, test.want)
		}
	}
}

func FuzzDescribe(f *testing.F) {
	f.Add("slower: p50 +12 % on GET /products/${id}")
	f.Add(strings.Repeat("🚀", 100) + strings.Repeat(" é", 100))
	f.Add(strings.Repeat("x\xff ", 100))
	f.Fuzz(func(t *testing.T, text string) {
		got := describe(text)
		if n := utf8.RuneCountInString(got); n > 140 || !utf8.ValidString(got) {
			t.Errorf("%d characters, valid %t: %q", n, utf8.ValidString(got), got)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r > 0xffff || r == '\n' || r == '\r' }) {
			t.Errorf("not what GitHub takes: %q", got)
		}
		if again := describe(got); again != got {
			t.Errorf("%q, then %q", got, again)
		}
	})
}
