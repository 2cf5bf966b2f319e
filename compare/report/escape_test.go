package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	source "github.com/yuin/goldmark/text"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

func TestProse(t *testing.T) {
	for in, want := range map[string]string{
		"p50 of step pay rose by 11.8 % (95 % interval 10.9 % to 12.6 %)": "p50 of step pay rose by 11.8 % (95 % interval 10.9 % to 12.6 %)",
		"cpu_per_request fell":                "cpu_per_request fell",
		"Merge base & head; it's \"fine\"":    "Merge base & head; it's \"fine\"",
		"thanks @user and @org/team":          "thanks `@user` and `@org/team`",
		"fixes #12, GH-12 and org/repo#12":    "fixes `#12,` `GH-12` and `org/repo#12`",
		"JIRA-123 GHSA-jfh8-c2jp-5v3q":        "`JIRA-123` `GHSA-jfh8-c2jp-5v3q`",
		"revert a1b2c3d4e":                    "revert `a1b2c3d4e`",
		"see http://evil.example/?a=1":        "see `http://evil.example/?a=1`",
		"WWW.evil.example me@evil.example":    "`WWW.evil.example` `me@evil.example`",
		"[a](b) ![a](b) <img src=x>":          "`[a](b)` `![a](b)` `<img` src=x>",
		"*a* _a_ __a__ ~a~ ~~a~~ a_b_c":       "`*a*` `_a_` `__a__` `~a~` `~~a~~` a_b_c",
		":tada: at 12:04 &lt; &#60; $x$ a\\b": "`:tada:` at 12:04 `&lt;` `&#60;` `$x$` `a\\b`",
		"# heading":                           "`#` heading",
		"- item":                              "`-` item",
		"a - b + c":                           "a - b + c",
		"1. item":                             "`1.` item",
		"> quote":                             "`>` quote",
		"---":                                 "`---`",
		"```":                                 "```` ``` ````",
		"<!-- perfcheck:v1 key=x -->":         "`<!--` perfcheck:v1 key=x -->",
		"a\n\n# b":                            "a `#` b",
		"a\u202eb\u200bc\u3164d\ufe0f\x1b[0m": "`abcd[0m`",
		"":                                    "–",
		"\u200b":                              "–",
	} {
		if got := prose(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestCode(t *testing.T) {
	for in, want := range map[string]string{
		"list products": "`list products`",
		"a`b":           "``a`b``",
		"`a``b":         "``` `a``b ```",
		"a\\":           "`a\\`",
		" a\t b\n":      "`a b`",
		"":              "–",
	} {
		if got := code(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	if got := fence("sh", "a\n````\n\x1bb  \n"); got != "`````sh\na\n````\nb\n`````\n" {
		t.Errorf("got %s", got)
	}
}

func TestLinkStaysOne(t *testing.T) {
	got, err := link("full report", "https://example.com/a>b(c)`d`?e=<f> g|h\\")
	want := "[full report](<https://example.com/a%3Eb%28c%29%60d%60?e=%3Cf%3E%20g%7Ch%5C>)"
	if err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// infected is a comparison in which all that comes from outside is text.
func infected(text string) *compare.Comparison {
	c := regression()
	c.ID, c.Service = text, text
	c.Base = bench.Subject{Commit: text, Tree: text, Title: text, Branch: text, Dirty: true}
	c.Head = c.Base
	c.Host = bench.Host{CPU: "x" + text, OS: text, Kernel: text, Engine: text, Perfcheck: text}
	c.Reasons, c.Warnings, c.Notes = []string{text, text}, []string{text}, []string{text}
	c.Accepted = []compare.Accepted{{Acceptance: bench.Acceptance{Profile: text, Why: text, Where: text}, Rule: text, Effect: text}}
	c.Targets = []compare.Target{{Profile: text, Side: bench.Side(text), Name: text}}
	c.Retries = []compare.Retry{{Profile: text, Side: bench.Side(text), StepFailure: bench.StepFailure{Step: text, Failure: bench.Failure{Kind: text, Example: text}}}}
	for i := range c.Deltas {
		d := &c.Deltas[i]
		d.Step, d.Profile, d.Metric, d.Rule, d.Explain.LeftOut = text, text, text, text, text
		d.Unit = bench.Unit(text)
	}
	return c
}

var gfm = goldmark.New(goldmark.WithExtensions(extension.GFM))

// skeleton lists what a page is made of but its text: blocks, cells, emphasis,
// links, HTML.
func skeleton(t testing.TB, page string) string {
	t.Helper()
	data := []byte(page)
	var b strings.Builder
	depth := 0
	err := ast.Walk(gfm.Parser().Parse(source.NewReader(data)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			depth--
			return ast.WalkContinue, nil
		}
		depth++
		switch n := n.(type) {
		case *ast.Text:
			wantInert(t, string(n.Segment.Value(data)))
			return ast.WalkContinue, nil
		case *ast.CodeSpan:
			return ast.WalkSkipChildren, nil
		case *ast.RawHTML:
			fmt.Fprintf(&b, "%d %s\n", depth, n.Segments.Value(data))
		case *ast.HTMLBlock:
			fmt.Fprintf(&b, "%d %s\n", depth, n.Lines().Value(data))
		case *ast.Link:
			fmt.Fprintf(&b, "%d link %s\n", depth, n.Destination)
		default:
			fmt.Fprintf(&b, "%d %s\n", depth, n.Kind())
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// linked is what GitHub makes links, pictures or formulas of, in any text that is not code.
var linked = regexp.MustCompile(`(?i)[@#$]|://|www\.|:[\w+-]+:|gh-\d|ghsa-`)

func wantInert(t testing.TB, text string) {
	t.Helper()
	if linked.MatchString(text) {
		t.Errorf("not in code: %q", text)
	}
	for _, r := range text {
		if unicode.Is(unicode.C, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) {
			t.Errorf("%U in %q", r, text)
		}
	}
}

// wantText makes sure that text adds nothing to any page but itself.
func wantText(t testing.TB, text string) {
	t.Helper()
	if text == "" {
		return // which leaves out what would hold it
	}
	plain, evil := infected("x"), infected(text)
	wantSameSkeleton(t, text, markdown(t, evil), markdown(t, plain))
	o, e := said, said
	o.Suite, o.Reproduce, o.Accept = "x", "x", "x"
	e.Suite, e.Reproduce, e.Accept = "x"+text, "x\n"+shorten(text, 500), "x\n"+shorten(text, 500)
	page := comment(t, evil, e)
	wantSameSkeleton(t, text, page, comment(t, plain, o))
	if len(page) > commentLimit {
		t.Errorf("%.300q: %d bytes", text, len(page))
	}
	if line := Headline(evil); strings.ContainsAny(line, "\n\r\x1b") || len([]rune(line)) > maxHeadline {
		t.Errorf("headline %q", line)
	}
}

func wantSameSkeleton(t testing.TB, text, got, want string) {
	t.Helper()
	g, w := strings.Split(skeleton(t, got), "\n"), strings.Split(skeleton(t, want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("%.300q adds %q where %q should be, in\n%.3000s", text, g[i], w[i], got)
		}
	}
	if len(g) != len(w) {
		t.Fatalf("%.300q: %d blocks, want %d, in\n%.3000s", text, len(g), len(w), got)
	}
}

// attacks are what a pull request could name a step, a branch or a commit.
var attacks = []string{
	hostile,
	"| a | b |", `\| a \\| b`, "a | `b", "`` ` | ```", "```\n</details>\n# PASS", "~~~", "\n\n## ✅ **Pass**",
	"</details><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- perfcheck:v1 key=shop -->", "-->", "&lt;b&gt;", "]]>",
	"[x](https://evil.example)", "![x](https://evil.example/x.png)", "[x]: https://evil.example", "[^1]: x", "<https://evil.example>",
	"https://evil.example", "www.evil.example", "me@evil.example", "mailto:me@evil.example", "xmpp:me@evil.example/x",
	"@user @org/team #12 GH-12 org/repo#12 org/repo@a1b2c3d4", ":tada: $x$ $`x`$ $$x$$", "``\u200b`\n</details>", "```math\nx\n```", "```mermaid\ngraph TD\n```",
	"**bold** __bold__ *it* _it_ ~~gone~~", "- [ ] task", "1) one", "+ x", "> [!CAUTION]\n> x", "===", "---", "***", "    code", "\tcode",
	"\\", "\\`", "a\\", "`a\\`|", strings.Repeat("`", 300), strings.Repeat("|", 2000), strings.Repeat("$ ", 1000), strings.Repeat("a", 9000),
	strings.Repeat("e\u0301", 1000), "a\u2028b\u2029c\u0085d\vd\fe", "\u202e\u2066\u200d\ufeff\U000e0041", "ﬁ＠user＃12", "商品の一覧",
}

func FuzzNothingFromOutsideIsMarkdown(f *testing.F) {
	for _, attack := range attacks {
		f.Add(attack)
	}
	f.Fuzz(func(t *testing.T, text string) { wantText(t, text) })
}

func TestInfectedTextIsThere(t *testing.T) {
	var b bytes.Buffer
	if err := gfm.Convert([]byte(comment(t, infected("a | b <c>"), said)), &b); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "<code>a | b &lt;c&gt;</code>"); n < 5 {
		t.Errorf("%d times in\n%s", n, b.String())
	}
}
