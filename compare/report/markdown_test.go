package report

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

func comment(t testing.TB, c *compare.Comparison, o CommentOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Comment(&b, c, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func markdown(t testing.TB, c *compare.Comparison) string {
	t.Helper()
	var b bytes.Buffer
	if err := Markdown(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// said is all that a comment can say beside the comparison.
var said = CommentOptions{
	Suite:     "shop",
	Reproduce: "perfcheck compare a1b2c3d4 e5f6a7b8",
	Accept:    "# perfcheck.accept.yml\n- {metric: p50, step: product, by: 10%, until: 2026-04-01}",
	ReportURL: "https://github.com/acme/shop/actions/runs/1/artifacts/2",
	RunURL:    "https://github.com/acme/shop/actions/runs/1",
}

func TestComment(t *testing.T) {
	fork := said
	fork.Unattested = true
	for _, test := range []struct {
		name string
		c    *compare.Comparison
		o    CommentOptions
	}{
		{"pass", passing(), CommentOptions{}},
		{"regression", regression(), said},
		{"improvement", improvement(), CommentOptions{Suite: "shop"}},
		{"inconclusive", inconclusive(), said},
		{"too-few", tooFew(), said},
		{"invalid", invalid(), said},
		{"skipped", skipped(), CommentOptions{RunURL: said.RunURL}},
		{"apart", apart(), CommentOptions{}},
		{"profiles", profiles(), fork},
		{"accepted", accepted(), said},
		{"recorded", readRecorded(t), said},
		{"cut", large(40), CommentOptions{ReportURL: said.ReportURL, Limit: 6000}},
	} {
		t.Run(test.name, func(t *testing.T) {
			golden(t, "comment-"+test.name+".md", []byte(comment(t, test.c, test.o)))
		})
	}
}

func TestMarkdown(t *testing.T) {
	golden(t, "markdown-regression.md", []byte(markdown(t, regression())))
	golden(t, "markdown-invalid.md", []byte(markdown(t, invalid())))
	wantOrder(t, markdown(t, chosen()), "<summary>How it was decided", "Which runs were taken", "not taken: ")
}

// A service that died is no slowdown to accept.
func TestCommentOffersToAcceptASlowdown(t *testing.T) {
	died := passing()
	died.Verdict, died.Reasons = compare.Regression, []string{"head's service died in 3 of 6 blocks (0, 2, 5) where base's did not"}
	for c, want := range map[*compare.Comparison]bool{regression(): true, died: false, passing(): false} {
		if got := strings.Contains(comment(t, c, said), "How to accept it"); got != want {
			t.Errorf("%s: offered %v", c.Reasons[0], got)
		}
	}
}

// Of many accepted slowdowns a comment shows those that somebody should know of.
func TestCommentShowsTheAcceptedThatCount(t *testing.T) {
	c := accepted()
	unused := c.Accepted[1]
	c.Accepted = append([]compare.Accepted{unused, unused, unused}, c.Accepted...)
	c.Accepted[5].State = compare.Exceeded
	got := comment(t, c, CommentOptions{})
	wantOrder(t, got, "accepted** p50 may get worse", "accepted** p50 of step product", "accepted** p99 may", "and 3 more accepted")
}

// large is a comparison of so many steps, every tenth of which regressed.
func large(steps int) *compare.Comparison {
	c := regression()
	for i := range steps {
		name := fmt.Sprintf("GET /api/v%d/@acme/%s#%d", i, strings.Repeat("products|<b>`/", 20), i)
		d := latency(name, "p50", 0.0104, 0.01, -0.01, 0.02, 0.05, compare.Pass)
		if i%10 == 9 {
			d = latency(name, "p50", 0.0104, 0.122, 0.098, 0.141, 0.05, compare.Regression)
		}
		c.Deltas = append(c.Deltas, d)
	}
	return c
}

func TestCommentKeepsToItsLimit(t *testing.T) {
	whole := len(comment(t, large(100), CommentOptions{}))
	for limit := whole + 1; limit > 5000; limit -= 2999 {
		o := said
		o.Limit = limit
		got := comment(t, large(100), o)
		if len(got) > limit {
			t.Errorf("%d bytes, want at most %d", len(got), limit)
		}
		wantWhole(t, got)
		wantOrder(t, got, "`product` p50", "|\n", "full report")
	}
	for _, steps := range []int{1000, 5000} {
		got := comment(t, large(steps), said)
		if len(got) > commentLimit || len(got) < commentLimit/2 {
			t.Errorf("%d steps: %d bytes", steps, len(got))
		}
		wantWhole(t, got)
	}
	o := said
	o.Reproduce, o.Accept = "x"+strings.Repeat("`", maxCommand/3-10), strings.Repeat("x", maxCommand-10)
	o.RunURL, o.ReportURL = "https://example.com/?"+strings.Repeat("<", maxURL-50), "https://example.com/?"+strings.Repeat("<", maxURL-50)
	for _, text := range []string{"` ", "\U0001d400`", "\U0001d400 ", "| "} {
		worst := infected(strings.Repeat(text, 500))
		for range 100 {
			worst.Reasons, worst.Warnings, worst.Notes = append(worst.Reasons, worst.Reasons[0]), append(worst.Warnings, worst.Reasons[0]), append(worst.Notes, worst.Reasons[0])
			worst.Accepted = append(worst.Accepted, worst.Accepted[0])
			worst.Deltas = append(worst.Deltas, worst.Deltas[9], worst.Deltas[0])
			worst.Targets, worst.Retries = append(worst.Targets, worst.Targets[0]), append(worst.Retries, worst.Retries[0])
		}
		got := comment(t, worst, o)
		if len(got) > commentLimit || strings.Count(got, "| regression |") < 5 {
			t.Errorf("%q: %d bytes with %d regressions", text, len(got), strings.Count(got, "| regression |"))
		}
		wantWhole(t, got)
	}
	crowd := regression()
	for range 1000 {
		crowd.Targets = append(crowd.Targets, compare.Target{Side: bench.Head, Name: strings.Repeat("api|", 10)})
	}
	for _, limit := range []int{6500, 20_000, commentLimit} {
		o := said
		o.Limit = limit
		got := comment(t, crowd, o)
		if len(got) > limit {
			t.Errorf("%d bytes, want at most %d", len(got), limit)
		}
		wantWhole(t, got)
		wantOrder(t, got, "`product` p50", "Load by target", "targets for which there is no room: see the [full report]")
	}
	if got := markdown(t, large(5000)); len(got) > markdownLimit || !strings.Contains(got, "no room") {
		t.Errorf("the full report has %d bytes", len(got))
	}
}

// wantWhole makes sure that nothing is cut in its middle.
func wantWhole(t *testing.T, got string) {
	t.Helper()
	if n := strings.Count(got, "\n```"); n%2 != 0 {
		t.Errorf("%d fences", n)
	}
	if a, b := strings.Count(got, "<details>"), strings.Count(got, "</details>"); a != b {
		t.Errorf("%d details are opened and %d closed", a, b)
	}
	if !strings.HasSuffix(got, "\n") {
		t.Errorf("ends in the middle of a line: %q", got[len(got)-20:])
	}
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "| ") && !strings.HasSuffix(line, " |\n") {
			t.Errorf("a row is cut: %q", line)
		}
	}
}

func wantOrder(t *testing.T, got string, want ...string) {
	t.Helper()
	rest := got
	for _, text := range want {
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Fatalf("no %q where it should be in\n%s", text, got)
		}
		rest = after
	}
}

func TestCommentLeadsWithRegressions(t *testing.T) {
	got := comment(t, large(1000), CommentOptions{})
	if n := strings.Count(got, "| regression |"); n != 101 {
		t.Errorf("%d of 101 regressions are shown", n)
	}
	wantOrder(t, got, "| regression |", "| undecided |", "| not gated |", "| pass |", "and ")
}

func TestCommentLeadsWithWhatTheReasonsTell(t *testing.T) {
	got := comment(t, readRecorded(t), CommentOptions{})
	wantOrder(t, got, "p50 of step search products rose", "| ❌ `search products` p50", "| ❌ `list products` p50", "| ❌ cpu_per_request", "| ❓ p99")
}

func TestCommentRefuses(t *testing.T) {
	for _, o := range []CommentOptions{
		{Limit: 100},
		{Limit: -1},
		{RunURL: "javascript:alert(1)"},
		{ReportURL: "//example.com/report"},
		{ReportURL: "https://exa mple.com"},
		{ReportURL: "https://example.com/" + strings.Repeat("a", maxURL)},
	} {
		if err := Comment(new(bytes.Buffer), regression(), o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

func TestMarkdownLeavesTheModelAlone(t *testing.T) {
	c := profiles()
	comment(t, c, said)
	markdown(t, c)
	Headline(c)
	if !reflect.DeepEqual(c, profiles()) {
		t.Error("the comparison was changed")
	}
}

func TestHeadline(t *testing.T) {
	died := regression()
	died.Reasons = []string{"head's service died in 3 of 9 blocks (2, 4, 7) where base's did not"}
	long := regression()
	for i := range long.Deltas {
		if d := &long.Deltas[i]; d.Verdict == compare.Regression && d.Gated {
			d.Step = "GET /" + strings.Repeat("product/", 30) + "price\n::error::x"
			long.Reasons = []string{strings.Replace(long.Reasons[0], "step product", "step "+d.Step, 1)}
		}
	}
	for _, test := range []struct {
		c    *compare.Comparison
		want string
	}{
		{passing(), "pass: no gated metric got worse by more than its threshold in 12 blocks"},
		{regression(), "regression: p50 of product +12.2 % (+9.8 % to +14.1 %), limit +5 %"},
		{readRecorded(t), "regression: p50 of search products +44 % (+38.7 % to +50.4 %), limit +5 %; 4 more"},
		{died, "regression: head's service died in 3 of 9 blocks (2, 4, 7) where base's did not"},
		{profiles(), "regression: checkout: p50 of product +12.2 % (+9.8 % to +14.1 %), limit +5 %"},
		{long, "regression: p50 of GET /product/product/product/product/product/product/…ct/product/price ::error::x +12.2 % (+9.8 % to +14.1 %), limit +5 %"},
		{improvement(), "improvement: checkout: p90 -21 % (-25 % to -18 %), limit +5 %"},
		{inconclusive(), "inconclusive: 12 blocks do not decide p99 and p50 of step pay"},
		{apart(), "inconclusive: p50 +7 % (-4.1 % to +19.4 %), limit +3 %"},
		{skipped(), "skipped: none of the changed files is among the paths that matter: services/shop/**"},
		{&compare.Comparison{Verdict: compare.Invalid}, "invalid"},
	} {
		if got := Headline(test.c); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
	if got := Headline(large(1000)); len([]rune(got)) > maxHeadline {
		t.Errorf("%d characters: %s", len([]rune(got)), got)
	}
}

func TestChart(t *testing.T) {
	limits := func(low, at, high float64) *compare.Delta {
		d := latency("", "p50", 0.01, at*0.05, low*0.05, high*0.05, 0.05, compare.Regression)
		return &d
	}
	for _, test := range []struct {
		low, at, high float64
		want          string
	}{
		{-0.5, 0, 0.5, "        ┊ ├─█─┤ ┊"},
		{0, 0, 0, "        ┊   █   ┊"},
		{-5, 5, 5, "<───────┼───┼───┼───────>"},
		{-1, 0.5, 1.5, "├───┼─█─┼─┤"},
		{0.5, 2, 8, "┊   │ ├─┼───█───────────>"},
		{8, 9, 10, "┊   │   ┊            9× >"},
		{998, 1000, 1000, "┊   │   ┊         1000× >"},
		{-1300, -1234.5, -1200, "< 1234×         ┊   │   ┊"},
		{-10, -9, -8, "< 9×            ┊   │   ┊"},
		{1e300, 1e305, 1e307, "┊   │   ┊       1e+305× >"},
	} {
		d := limits(test.low, test.at, test.high)
		if got := rulerOf([]*compare.Delta{d}).plot(d); got != test.want {
			t.Errorf("%v to %v to %v:\ngot  %q\nwant %q", test.low, test.at, test.high, got, test.want)
		}
	}
	higher, lower := limits(1, 2, 2.5), limits(-2.5, -2, -1)
	lower.Better = bench.HigherIsBetter
	if chart([]*compare.Delta{higher}) != chart([]*compare.Delta{lower}) {
		t.Error("worse is not always to the right")
	}
	unlimited := limits(0, 1, 2)
	unlimited.Limit = 0
	if got := chart([]*compare.Delta{unlimited}); got != "" {
		t.Errorf("drawn without a limit:\n%s", got)
	}
}
