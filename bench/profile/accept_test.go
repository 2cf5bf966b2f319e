package profile

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

var (
	today  = time.Date(2026, 3, 1, 15, 4, 5, 0, time.UTC)
	mayEnd = time.Date(2026, 5, 31, 0, 0, 0, 0, time.UTC)
)

const accepting = `version: 1
accept:
  # until the ledger has its index
  - profile: checkout
    step: product
    metric: p50
    up_to: 12%
    why: prices are checked against the ledger (#123)
    until: 2026-05-31

  - {profile: checkout, metric: error_rate, up_to: 0.5pp, why: "the ledger: it refuses", until: 2026-02-28}
`

// accepted are the entries of the text above.
func accepted() []bench.Acceptance {
	return []bench.Acceptance{
		{Profile: "checkout", Key: bench.Key{Step: "product", Metric: "p50"}, UpTo: 0.12,
			Why: "prices are checked against the ledger (#123)", Until: mayEnd, Where: "perfcheck.accept.yml:4"},
		{Profile: "checkout", Key: bench.Key{Metric: "error_rate"}, UpTo: 0.005,
			Why: "the ledger: it refuses", Until: time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC), Where: "perfcheck.accept.yml:11"},
	}
}

func TestAccepted(t *testing.T) {
	got, err := load(t).parseAccepted([]byte(accepting), today)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "accepted", got, accepted())
	for _, test := range []struct {
		now  time.Time
		want bool
	}{
		{today, true},
		{time.Date(2026, 5, 31, 23, 59, 59, 0, time.UTC), true},
		{time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), false},
		{time.Date(2026, 6, 1, 1, 0, 0, 0, time.FixedZone("", 2*60*60)), true}, // in UTC it is still May
	} {
		if got[0].Holds(test.now) != test.want {
			t.Errorf("on %v: holds %v", test.now, !test.want)
		}
	}
}

func TestNothingAccepted(t *testing.T) {
	for _, text := range []string{"version: 1\n", "version: 1\naccept:\n", "version: 1\naccept: []\n"} {
		if got, err := load(t).parseAccepted([]byte(text), today); len(got) > 0 || err != nil {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	c := load(t)
	c.Path = t.TempDir() + "/perfcheck.yml"
	if got, err := c.Accepted(today); len(got) > 0 || err != nil {
		t.Errorf("no file: got %v, %v", got, err)
	}
}

// Each case changes the text and says which problems that makes.
func TestAcceptedProblems(t *testing.T) {
	tests := []struct{ old, new, want string }{
		{"version: 1\n", "", "1:1: version is missing: write version: 1"},
		{"version: 1", "version: 2", "1:10: version: this perfcheck reads version 1, got 2"},
		{"accept:\n", "acept:\n", "2:1: acept: unknown key: did you mean accept?"},
		{"profile: checkout\n", "profile: chekout\n", `4:14: accept[0].profile: no profile has this name: did you mean "checkout"?`},
		{"step: product", "step: produkt", `5:11: accept[0].step: no step has this name: did you mean "product"?`},
		{"step: product", "step: nothing like it", `5:11: accept[0].step: no step has this name: there are list products, product, balance, POST /transfers, browse, transfer`},
		{"metric: p50", "metric: p95", `6:13: accept[0].metric: no metric "p95": ` + thereAre + `; did you mean p90?`},
		{"metric: p50", "metric: p99", "6:13: accept[0].metric: no gate limits product p99 of profile checkout: there is nothing to accept"},
		{"metric: p50", "metric: p90", "6:13: accept[0].metric: the gate of product p90 is advisory and never fails: there is nothing to accept"},
		{"metric: p50", "metric: peak_memory", "6:13: accept[0].metric: no gate limits product peak_memory of profile checkout: there is nothing to accept"},
		{"up_to: 12%", "up_to: 6%", "7:12: accept[0].up_to: the gate of product p50 allows 6% without: want more"},
		{"up_to: 12%", "up_to: 100%", ""},
		{"up_to: 12%", "up_to: 120%", "7:12: accept[0].up_to: want at most 100%: for more, make its gate advisory: write p50: {threshold: 6%, advisory: true} below profiles.checkout.gate.steps.product in perfcheck.yml"},
		{"up_to: 12%", "up_to: 0.12", `7:12: accept[0].up_to: want more than 0 and at most 100 percent, as in 3%, got 0.12: write 0.12%, or 12% for a share of 0.12`},
		{"up_to: 12%", "up_to: 12pp", `7:12: accept[0].up_to: want more than 0 and at most 100 percent, as in 3%, got "12pp": p50 is compared in percent: write 12%`},
		{"0.5pp", "5pp", ""},
		{"0.5pp", "5.1pp", "11:52: accept[1].up_to: want at most 5pp: for more, make its gate advisory: write error_rate: {advisory: true} below profiles.checkout.gate in perfcheck.yml"},
		{"    why: prices are checked against the ledger (#123)\n", "", "4:5: accept[0]: why is missing: say why the team wants this"},
		{"    until: 2026-05-31\n", "", "4:5: accept[0]: until is missing: write its last day, as in 2026-12-31"},
		{"until: 2026-05-31", "until: soon", `9:12: accept[0].until: want a day, as in 2026-12-31, got "soon"`},
		{"until: 2026-05-31", "until: 2026-02-30", `9:12: accept[0].until: want a day, as in 2026-12-31, got "2026-02-30"`},
		{"until: 2026-05-31", "until: 2027-03-01", ""},
		{"until: 2026-05-31", "until: 2027-03-02", "9:12: accept[0].until: want a day up to 2027-03-01, a year from now: what is to last is a gate (perfcheck.yml)"},
		{"until: 2026-05-31", "until: 2026-05-31\n    owner: ann", "10:5: accept[0].owner: unknown key: want metric, profile, step, until, up_to or why"},
		{"  - {profile: checkout, metric: error_rate, up_to: 0.5pp,", "  - {profile: checkout, step: product, metric: p50, up_to: 9%,", ""}, // the other one has expired
		{"metric: error_rate, up_to: 0.5pp, why: \"the ledger: it refuses\", until: 2026-02-28",
			"step: product, metric: p50, up_to: 9%, why: again, until: 2026-03-01",
			"11:5: accept[1]: product p50 of profile checkout is accepted twice, first in line 4: keep one"},
		{"why: prices are checked against the ledger (#123)", "why: " + strings.Repeat("w", 201), "8:10: accept[0].why: want at most 200 characters: put the rest behind a link"},
		{"  # until the ledger has its index\n", "  - p50\n", `3:5: accept[0]: want a map of metric, profile, step, until, up_to or why, got "p50"`},
	}
	for _, test := range tests {
		if !strings.Contains(accepting, test.old) {
			t.Fatalf("the text has no %q", test.old)
		}
		c := load(t)
		_, err := c.parseAccepted([]byte(strings.Replace(accepting, test.old, test.new, 1)), today)
		got := ""
		if err != nil {
			got = strings.ReplaceAll(err.Error(), c.AcceptPath()+":", "")
		}
		if got != test.want {
			t.Errorf("%q for %q:\n got %s\nwant %s", test.new, test.old, got, test.want)
		}
	}
}

// What is over was right once: that its step, gate or profile is gone since, or
// the gate higher than it, is no mistake. Its form is still read.
func TestAcceptedThatIsOver(t *testing.T) {
	const over = "version: 1\naccept: [{profile: checkout, step: product, metric: p50, up_to: 12%, why: w, until: 2026-02-28}]\n"
	for _, test := range []struct{ old, new, want string }{
		{"", "", ""},
		{"profile: checkout", "profile: basket", ""},
		{"step: product", "step: cart", ""},
		{"metric: p50", "metric: p99", ""},
		{"up_to: 12%", "up_to: 1%", ""},
		{"metric: p50", "metric: p95", `no metric "p95"`},
		{"up_to: 12%", "up_to: 12pp", "want more than 0 and at most 100 percent"},
		{"why: w, ", "", "why is missing"},
	} {
		got, err := load(t).parseAccepted([]byte(strings.Replace(over, test.old, test.new, 1)), today)
		if test.want == "" && (err != nil || len(got) != 1) || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%q for %q: got %v, %v", test.new, test.old, got, err)
		}
	}
}

// The example in docs/verdict.md can be read.
func TestAcceptedOfDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/verdict.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
	if len(blocks) == 0 {
		t.Fatal("the page shows no accepted slowdown")
	}
	for _, block := range blocks {
		if got, err := load(t).parseAccepted(block[1], today); err != nil || len(got) != 1 {
			t.Errorf("%v, %v of\n%s", got, err, block[1])
		}
	}
}

// A fall of the throughput has no end at 100 %: the half is as bad as the double.
func TestMostOfThroughput(t *testing.T) {
	c, err := parse("perfcheck.yml", []byte(small("arrival: {users: 1}")))
	if err != nil {
		t.Fatal(err)
	}
	text := "version: 1\naccept: [{profile: p, metric: throughput, up_to: 51%, why: w, until: 2026-03-01}]\n"
	_, err = c.parseAccepted([]byte(text), today)
	if err == nil || !strings.Contains(err.Error(), "want at most 50%") {
		t.Errorf("got %v", err)
	}
}

// A share that the profile defines and compares by ratio is accepted as ratios are.
func TestMostOfAShareByRatio(t *testing.T) {
	c, err := parse("perfcheck.yml", []byte(small("arrival: {users: 1}", `metrics: {hits: {take: mean, unit: "1", better: lower}}
    gate: {hits: 7%}`)))
	if err != nil {
		t.Fatal(err)
	}
	for upTo, want := range map[string]string{"50%": "", "6%": "want more"} {
		text := "version: 1\naccept: [{profile: p, metric: hits, up_to: " + upTo + ", why: w, until: 2026-03-01}]\n"
		if _, err := c.parseAccepted([]byte(text), today); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", upTo, err, want)
		}
	}
}
