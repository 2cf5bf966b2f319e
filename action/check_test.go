package action

import (
	"fmt"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/action/githubtest"
)

func TestCreateCheck(t *testing.T) {
	for _, annotations := range []int{0, 1, MaxAnnotations} {
		t.Run(fmt.Sprint(annotations), func(t *testing.T) {
			hub := newHub(t)
			c, _ := dial(t, hub, hub.Token("checks: write"))
			check := Check{
				Name: "perfcheck/shop", Conclusion: ConclusionFailure, Title: "slower", Summary: "**slower**",
				URL: "https://ci.example/1",
			}
			for i := range annotations {
				check.Annotations = append(check.Annotations, Annotation{
					Path: "perfcheck.yml", Line: i + 1, Title: "p50", Message: fmt.Sprintf("gate %d", i),
				})
			}
			if err := c.CreateCheck(t.Context(), headSHA, check); err != nil {
				t.Fatal(err)
			}
			runs := hub.Checks(headSHA)
			if len(runs) != 1 {
				t.Fatalf("%d check runs", len(runs))
			}
			compareCheck(t, runs[0], check)
		})
	}
}

func compareCheck(t *testing.T, got githubtest.Check, want Check) {
	t.Helper()
	if got.Name != want.Name || got.Status != "completed" || got.Conclusion != string(want.Conclusion) ||
		got.URL != want.URL {
		t.Errorf("got %+v, want %+v", got, want)
	}
	out := got.Output
	if out.Title != want.Title || out.Summary != want.Summary {
		t.Errorf("output %q, %q", out.Title, out.Summary)
	}
	if len(out.Annotations) != len(want.Annotations) {
		t.Fatalf("%d annotations, want %d", len(out.Annotations), len(want.Annotations))
	}
	for i, a := range want.Annotations {
		if got := out.Annotations[i]; got != (githubtest.Annotation{
			Path: a.Path, StartLine: a.Line, EndLine: a.Line, Level: "failure", Title: a.Title, Message: a.Message,
		}) {
			t.Errorf("annotation %d: %+v, want %+v", i, got, a)
		}
	}
}

func TestCheckThatCannotBeSent(t *testing.T) {
	hub := newHub(t)
	c, _ := dial(t, hub, hub.Token("checks: write"))
	fine := Check{Name: "perfcheck", Conclusion: ConclusionSuccess, Title: "t", Summary: strings.Repeat("é", 65_535)}
	long := fine
	long.Summary += "é"
	many := fine
	many.Annotations = make([]Annotation, MaxAnnotations+1)
	for name, try := range map[string]struct {
		sha   string
		check Check
	}{
		"a long summary":   {headSHA, long},
		"many annotations": {headSHA, many},
		"an abbreviation":  {"abc1234", fine},
	} {
		if err := c.CreateCheck(t.Context(), try.sha, try.check); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := hub.Requests(); len(got) > 0 {
		t.Errorf("requests %q", got)
	}
	if err := c.CreateCheck(t.Context(), headSHA, fine); err != nil {
		t.Error(err)
	}
}
