package report

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/mattn/go-runewidth"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// hostile is what a pull request could name a step or a commit.
const hostile = "ok\x1b[2J\x1b]0;title\a\r\nPASS\u202e\u009b31m\xff"

func TestTextObeysNothingFromOutside(t *testing.T) {
	c := regression()
	c.ID, c.Base.Title, c.Head.Branch, c.Host.CPU, c.Service = hostile, hostile, hostile, hostile, hostile
	c.Reasons, c.Warnings, c.Notes = []string{hostile, hostile}, []string{hostile}, []string{hostile}
	for i := range c.Deltas {
		d := &c.Deltas[i]
		d.Step, d.Profile, d.Metric, d.Rule, d.Explain.LeftOut = hostile, hostile, hostile, hostile, hostile
		d.Unit = bench.Unit(hostile)
	}
	c.Accepted = []compare.Accepted{{Acceptance: bench.Acceptance{Profile: hostile, Why: hostile, Where: hostile}, Rule: hostile, Effect: hostile}}
	c.Candidates = []compare.Candidate{{Profile: hostile, Run: hostile, Why: hostile}}
	c.Targets = []compare.Target{{Profile: hostile, Side: hostile, Name: hostile}}
	c.Retries = []compare.Retry{{Profile: hostile, Side: hostile, StepFailure: bench.StepFailure{Step: hostile, Failure: bench.Failure{Kind: hostile, Example: hostile}}}}
	wantHarmless(t, text(t, c, TextOptions{Width: 100, Explain: true}))
}

// scaled is of a service of several copies, one of which failed.
func scaled() *compare.Comparison {
	c := passing()
	c.Targets = []compare.Target{{Side: bench.Base, Name: "api-1", Requests: 300, P50: 0.0012, P99: 0.0034}, {Side: bench.Head, Name: "api-1", Requests: 290, Failed: 290}}
	c.Retries = []compare.Retry{{Side: bench.Head, StepFailure: bench.StepFailure{Step: "pay", Failure: bench.Failure{Kind: "5xx", Count: 7, Example: "503 for POST /pay"}}}}
	return c
}

// Where there are any, the copies of the service and the causes of retries are told
// of both sides, in all reports that people read.
func TestReportsOfBothSides(t *testing.T) {
	for report, want := range map[string][]string{
		string(text(t, scaled(), TextOptions{})): {
			"  base api-1       300  1.2 ms  3.4 ms  0\n",
			"  head api-1       290       –       –  290\n",
			"  ↻ head pay: sent again after 7 × 5xx: 503 for POST /pay\n",
		},
		comment(t, scaled(), CommentOptions{}): {
			"<summary>Load by target</summary>\n\n| target | requests | p50 | p99 | failed |\n",
			"| base `api-1` | 300 | 1.2 ms | 3.4 ms | 0 |\n",
			"| head `api-1` | 290 | – | – | 290 |\n",
			"- head pay: sent again after 7 × 5xx: 503 for POST /pay\n",
		},
		markdown(t, scaled()): {"### Load by target\n\n| target", "| head `api-1` | 290 | – | – | 290 |\n", "### Requests that were sent again\n"},
		html(t, scaled()): {
			`<th scope="row">head api-1</th><td>290</td><td>–</td><td>–</td><td>290</td>`,
			"<li>head pay: sent again after 7 × 5xx: 503 for POST /pay</li>",
		},
	} {
		for _, want := range want {
			if !strings.Contains(report, want) {
				t.Errorf("no %q in\n%s", want, report)
			}
		}
	}
}

func TestRunObeysNothingFromOutside(t *testing.T) {
	r := run()
	r.ID, r.Profile, r.Subject.Title, r.Host.CPU, r.Notes = hostile, hostile, hostile, hostile, []string{hostile}
	for i := range r.Trials {
		trial := &r.Trials[i]
		trial.Invalid, trial.Log, trial.Warnings = []string{hostile}, hostile, []string{hostile}
		for j := range trial.Steps {
			trial.Steps[j].Name = hostile
			trial.Steps[j].Errors = []bench.Failure{{Kind: hostile, Count: 1, Example: hostile}}
		}
	}
	var b bytes.Buffer
	if err := Run(&b, r, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	wantHarmless(t, b.Bytes())
}

func wantHarmless(t *testing.T, got []byte) {
	t.Helper()
	if !strings.Contains(string(got), "PASS") {
		t.Error("the hostile text is not there at all")
	}
	for i, r := range string(got) {
		if r != '\n' && unicode.Is(unicode.C, r) {
			t.Fatalf("%U at %d of %q", r, i, got)
		}
	}
	for _, line := range strings.Split(string(got), "\n") {
		if strings.HasPrefix(line, "PASS") {
			t.Errorf("a line of its own: %q", line)
		}
	}
}

func TestColorChangesNothingElse(t *testing.T) {
	for _, c := range []*compare.Comparison{passing(), regression(), inconclusive(), invalid(), improvement(), apart(), accepted(), chosen()} {
		o := TextOptions{Width: 100, Explain: true}
		want := string(text(t, c, o))
		o.Color = true
		colored := string(text(t, c, o))
		if !strings.Contains(colored, "\x1b[") {
			t.Errorf("%s: no colour", c.Verdict)
		}
		for _, s := range []style{"0", bold, dim, red, green, yellow} {
			colored = strings.ReplaceAll(colored, "\x1b["+string(s)+"m", "")
		}
		if colored != want {
			t.Errorf("%s: with colours\n%s\nwithout\n%s", c.Verdict, colored, want)
		}
	}
}

func TestTextKeepsToItsWidth(t *testing.T) {
	c := regression()
	c.Deltas[0].Step = strings.Repeat("商品の一覧", 20)
	for _, width := range []int{90, 100, 140} {
		got := string(text(t, c, TextOptions{Width: width, Explain: true}))
		for _, line := range strings.Split(got, "\n") {
			// A word that is longer than the page is not broken.
			if w := runewidth.StringWidth(line); w > width && !strings.Contains(line, c.Deltas[0].Step) {
				t.Errorf("width %d: %d in %q", width, w, line)
			}
		}
		if !strings.Contains(got, "…") {
			t.Errorf("width %d: the long name is not cut in the table", width)
		}
	}
}

func TestLongTableFoldsPassesOnly(t *testing.T) {
	c := regression()
	for range 40 {
		c.Deltas = append(c.Deltas, c.Deltas[8]) // a pass
	}
	c.Deltas = append(c.Deltas, c.Deltas[9]) // a regression, last of all
	short := string(text(t, c, TextOptions{}))
	if n := strings.Count(short, "✗ product p50"); n != 2 {
		t.Errorf("%d of 2 regressions shown", n)
	}
	if !strings.Contains(short, "more pass; --explain shows them") {
		t.Error("nothing says that passes are hidden")
	}
	if all := string(text(t, c, TextOptions{Explain: true})); strings.Contains(all, "more pass") {
		t.Error("--explain hides passes")
	}
}

func TestRenderersLeaveTheModelAlone(t *testing.T) {
	c := regression()
	text(t, c, TextOptions{Explain: true, Color: true, Width: 60})
	encode(t, c)
	junit(t, c)
	csvRows(t, c)
	html(t, c)
	if !reflect.DeepEqual(c, regression()) {
		t.Error("the comparison was changed")
	}
}

func encode(t *testing.T, c *compare.Comparison) string {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJSONRoundTrip(t *testing.T) {
	for _, c := range []*compare.Comparison{passing(), regression(), inconclusive(), invalid(), improvement(), apart(), accepted(), chosen(), skipped()} {
		got, err := ReadJSON(strings.NewReader(encode(t, c)))
		if err != nil {
			t.Errorf("%s: %v", c.Verdict, err)
			continue
		}
		if !reflect.DeepEqual(got, c) {
			t.Errorf("got %+v, want %+v", got, c)
		}
	}
	golden(t, "invalid.json", []byte(encode(t, invalid())))
}

func TestJSONRefusesWhatItCannotSay(t *testing.T) {
	c := passing()
	c.Deltas[0].Low = math.Inf(-1)
	if err := JSON(new(bytes.Buffer), c); err == nil {
		t.Error("an infinite number was written")
	}
}

func TestReadJSONIsStrict(t *testing.T) {
	good, wanted := encode(t, regression()), encode(t, accepted())
	for name, test := range map[string]struct {
		data string
		want error
	}{
		"empty":            {"", nil},
		"cut off":          {good[:len(good)/2], nil},
		"data after it":    {good + "{}", nil},
		"unknown field":    {strings.Replace(good, `"verdict"`, `"verdikt"`, 1), nil},
		"no schema":        {strings.Replace(good, `"schema": 1`, `"schema": 0`, 1), nil},
		"newer":            {strings.Replace(good, `"schema": 1`, `"schema": 2`, 1), ErrSchema},
		"unknown verdict":  {strings.Replace(good, `"verdict": "regression"`, `"verdict": "fine"`, 1), nil},
		"metric skipped":   {strings.Replace(good, `"verdict": "pass"`, `"verdict": "skipped"`, 1), nil},
		"no verdict":       {strings.Replace(good, `"verdict": "regression"`, `"verdict": ""`, 1), nil},
		"value is missing": {strings.Replace(good, "0.0103,", "", 1), nil},
		"unknown state":    {strings.Replace(wanted, `"state": "used"`, `"state": "fine"`, 1), nil},
		"no outcome": {strings.Replace(wanted, `"without_accepted": {
    "verdict": "regression"`, `"without_accepted": {
    "verdict": "fine"`, 1), nil},
		"not a number": {strings.Replace(good, "0.0103,", "NaN,", 1), nil},
		"too large":    {strings.Replace(good, "0.0103,", "1e999,", 1), nil},
	} {
		if test.data == good || test.data == wanted {
			t.Fatalf("%s: nothing was changed", name)
		}
		_, err := ReadJSON(strings.NewReader(test.data))
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want an error (%v)", name, err, test.want)
		}
	}
}

func FuzzReadJSON(f *testing.F) {
	for _, c := range []*compare.Comparison{regression(), invalid(), accepted()} {
		var b bytes.Buffer
		if err := JSON(&b, c); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadJSON(bytes.NewReader(data))
		if err != nil {
			return
		}
		text(t, c, TextOptions{Width: 80, Explain: true})
		junit(t, c)
		csvRows(t, c)
		if page := html(t, c); strings.Contains(page, "NaN") && !strings.Contains(string(data), "NaN") {
			t.Error("a plot has a coordinate that is no number")
		}
		comment(t, c, said)
		markdown(t, c)
		Headline(c)
		again, err := ReadJSON(strings.NewReader(encode(t, c)))
		if err != nil {
			t.Fatal(err)
		}
		if encode(t, again) != encode(t, c) {
			t.Error("differs after a round trip")
		}
	})
}

// Whoever reads any report of people's sees what was accepted, and why.
func TestEveryReportShowsWhatIsAccepted(t *testing.T) {
	write := func(f func(io.Writer, *compare.Comparison) error) string {
		var b bytes.Buffer
		if err := f(&b, accepted()); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for name, got := range map[string]string{
		"text": string(text(t, accepted(), TextOptions{})), "comment": comment(t, accepted(), CommentOptions{}),
		"Markdown": write(Markdown), "HTML": write(HTML), "JUnit": write(JUnit), "JSON": write(JSON),
	} {
		for _, want := range []string{"until the cache is back", "may get worse by 40", "its last day is over", "without accepted slowdowns: regression", "pass instead of regression"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
}
