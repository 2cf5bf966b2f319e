package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/perfcheck/perfcheck/compare"
)

func html(t *testing.T, c *compare.Comparison) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// recorded is a comparison of a real service.
func recorded(t *testing.T) *compare.Comparison {
	t.Helper()
	file, err := os.Open("../../testdata/recorded/n-plus-one.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	c, err := ReadJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// models are comparisons of every kind.
func models(t *testing.T) map[string]*compare.Comparison {
	t.Helper()
	return map[string]*compare.Comparison{
		"pass": passing(), "regression": regression(), "inconclusive": inconclusive(), "invalid": invalid(),
		"apart": apart(), "improvement": improvement(), "recorded": recorded(t), "nothing": {},
		"skipped": skipped(), "profiles": profiles(), "accepted": accepted(), "chosen": chosen(),
		"scaled": scaled(),
	}
}

func TestHTMLNeedsNothingElse(t *testing.T) {
	foreign := regexp.MustCompile(`(?i)https?:|<script|<img|<iframe|<object|<form| src=|@import|url\(| on[a-z]+=| style=`)
	for name, c := range models(t) {
		if found := foreign.FindString(html(t, c)); found != "" {
			t.Errorf("%s: the page has %q", name, found)
		}
	}
}

func TestHTMLHasEachMetric(t *testing.T) {
	for name, c := range models(t) {
		page := html(t, c)
		for i := range c.Deltas {
			id := fmt.Sprintf("m%d", i+1)
			if n := strings.Count(page, `<div id="`+id+`">`); n != 1 {
				t.Errorf("%s: %d places for metric %s", name, n, id)
			}
			if n := strings.Count(page, `href="#`+id+`"`); n != 1 {
				t.Errorf("%s: %d rows lead to metric %s", name, n, id)
			}
		}
		if n := strings.Count(page, "<details class=\"metric"); n != len(c.Deltas) {
			t.Errorf("%s: %d parts of %d metrics", name, n, len(c.Deltas))
		}
	}
}

func TestHTMLSays(t *testing.T) {
	for name, want := range map[string][]string{
		"regression": {"<title>✗ regression: p50 of step product rose by 12.2 %", "a1b2c3d4  Add the cart (main)", "12 blocks judged and 1 invalid",
			"block 7 was measured again", "1 regression", "9 pass", "about 24 blocks would decide it", "1 of 4096 exchanges", "0.0104<td>0.0117<td>0.11780000"},
		"inconclusive": {"Warnings", "the machine is noisy", "not decide p99 and p50 of step pay"},
		"apart":        {"how much the earlier sessions scatter", "Student&#39;s t", "beside 5 earlier sessions"},
		"invalid":      {"4 of 9 blocks are invalid", "give it a core of its own"},
		"improvement":  {"search: p50", "checkout: p90"},
		"accepted":     {"with the accepted limits, over all gated metrics anew"},
		"chosen":       {"Which runs were taken", "20260225T090000-a1b2 not taken: is incomplete"},
		"skipped":      {"» skipped: none of the changed files"},
	} {
		page := html(t, models(t)[name])
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: the page does not say %q", name, text)
			}
		}
	}
}

// Long lists of reasons are folded, and none is lost.
func TestHTMLFoldsSentences(t *testing.T) {
	c := regression()
	for i := range 20 {
		c.Reasons = append(c.Reasons, fmt.Sprintf("reason %d.", i))
	}
	page := html(t, c)
	if !strings.Contains(page, "<summary>15 more</summary>") {
		t.Error("nothing says that there are more")
	}
	for _, reason := range c.Reasons {
		if !strings.Contains(page, reason) {
			t.Errorf("%q is not there", reason)
		}
	}
}

// The policy allows the style that the page has, and no other.
func TestHTMLPolicyIsOfItsStyle(t *testing.T) {
	page := html(t, regression())
	_, style, _ := strings.Cut(page, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	want := "style-src &#39;sha256-" + strings.ReplaceAll(base64.StdEncoding.EncodeToString(sum[:]), "+", "&#43;") + "&#39;"
	if !strings.Contains(page, want) {
		t.Errorf("no %s in %s", want, page[:400])
	}
}

// What needs a decision is unfolded, and only that.
func TestHTMLUnfolds(t *testing.T) {
	for name, want := range map[string]int{"pass": 0, "regression": 2, "inconclusive": 2, "improvement": 0, "recorded": 5} {
		page := html(t, models(t)[name])
		if got := len(regexp.MustCompile(`<details class="metric (bad|doubt)" open>`).FindAllString(page, -1)); got != want {
			t.Errorf("%s: %d open, want %d", name, got, want)
		}
		if got := strings.Count(page, " open>"); got != want {
			t.Errorf("%s: %d open in all, want %d", name, got, want)
		}
	}
}

func TestHTMLObeysNothingFromOutside(t *testing.T) {
	const evil = "</title></style><script>x</script><b>\x1b[31m\u202e\u200b\x00\" onload='y' PASS"
	page := html(t, hostileIn(recorded(t), evil))
	for _, tag := range []string{"<script", "<b>", "</style></style>"} {
		if strings.Contains(page, tag) {
			t.Errorf("the page has %s", tag)
		}
	}
	if !strings.Contains(page, "PASS") {
		t.Error("the hostile text is not there at all")
	}
	for i, r := range page {
		if r != '\n' && unicode.Is(unicode.C, r) {
			t.Fatalf("%U in %q", r, page[max(0, i-40):i+4])
		}
	}
}

// A comparison with 500 metrics in 34 blocks is about as large as they get.
func TestHTMLOfManyMetricsStaysSmall(t *testing.T) {
	size := len(html(t, manyMetrics()))
	t.Logf("%d bytes", size)
	if size > 3_400_000 {
		t.Errorf("%d bytes, want about 3 MB at most", size)
	}
}

// manyMetrics has 500 metrics in 34 blocks; what differs is drawn from a seed.
func manyMetrics() *compare.Comparison {
	random := rand.New(rand.NewPCG(1, 2))
	c := regression()
	template := c.Deltas[9]
	c.Deltas = nil
	for i := range 500 {
		d := template
		d.Step, d.Verdict, d.Blocks = fmt.Sprintf("GET /products/%d", i), compare.Pass, 34
		if i%50 == 0 {
			d.Verdict = compare.Regression
		}
		d.Explain = compare.Explain{U: 144, Extreme: 1, PSingle: 0.00024}
		for block := range 34 {
			base := 0.0104 * (1 + 0.05*random.NormFloat64())
			head := base * (1.12 + 0.01*random.NormFloat64())
			d.Explain.Blocks = append(d.Explain.Blocks, block+1)
			d.Explain.Base = append(d.Explain.Base, base)
			d.Explain.Head = append(d.Explain.Head, head)
			d.Explain.Change = append(d.Explain.Change, head/base-1)
		}
		c.Deltas = append(c.Deltas, d)
	}
	return c
}

func BenchmarkHTML(b *testing.B) {
	c := manyMetrics()
	for b.Loop() {
		if err := HTML(new(bytes.Buffer), c); err != nil {
			b.Fatal(err)
		}
	}
}

func TestFigure(t *testing.T) {
	for text, want := range map[string]figure{
		"+44 %":       {"+44", " %"},
		"-8.78 %":     {"−8", ".78 %"},
		"1894 req/s":  {"1894", " req/s"},
		none:          {none, ""},
		"a\x1b[2J -1": {"a[2J", " −1"},
	} {
		if got := newFigure(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
