package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/compare"
)

// JUnit writes a comparison as JUnit XML, in the form that GitLab, Jenkins and
// Azure Pipelines all read: a suite for the verdict, then one for each profile,
// where each metric that has a gate is a test case.
//
// A regression is a failure and an invalid comparison an error. What is
// undecided, not judged or advisory is skipped, with the reason, so that it is
// never green. The suite of the verdict is always there: without it a comparison
// that has no metrics would be a file without failures.
func JUnit(w io.Writer, c *compare.Comparison) error {
	all := junitSuites{Name: "perfcheck", Time: seconds(c.Elapsed)}
	verdict := newJunitSuite(c, "perfcheck", verdictCase(c))
	verdict.Time = all.Time // and no other suite's, since readers add them up
	all.Suites = append(all.Suites, verdict)
	for _, name := range profileNames(c) {
		all.Suites = append(all.Suites, newJunitSuite(c, name, metricCases(c, name)...))
	}
	for _, s := range all.Suites {
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
	}
	data, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("comparison %s: %v", c.ID, err)
	}
	_, err = io.WriteString(w, xml.Header+string(data)+"\n")
	return err
}

// The elements and attributes are those of the schema of Jenkins' xUnit plugin
// (junit-10.xsd), which refuses others.
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		Name    string   `xml:"name,attr"`
		junitCounts
		Time   string       `xml:"time,attr"`
		Suites []junitSuite `xml:"testsuite"`
	}

	junitSuite struct {
		Name string `xml:"name,attr"`
		junitCounts
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr,omitempty"`
		Timestamp  string          `xml:"timestamp,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}

	junitCounts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
	}

	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}

	// A junitCase without outcome has passed.
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitOutcome `xml:"failure"`
		Error   *junitOutcome `xml:"error"`
		Skipped *junitOutcome `xml:"skipped"`
		Output  string        `xml:"system-out,omitempty"`
	}

	junitOutcome struct {
		Type    string `xml:"type,attr,omitempty"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func newJunitSuite(c *compare.Comparison, name string, cases ...junitCase) junitSuite {
	s := junitSuite{
		Name: clean(name), Timestamp: c.Created.UTC().Format(time.RFC3339),
		Properties: junitProperties(c), Cases: cases,
	}
	s.Tests = len(cases)
	for _, t := range cases {
		switch {
		case t.Failure != nil:
			s.Failures++
		case t.Error != nil:
			s.Errors++
		case t.Skipped != nil:
			s.Skipped++
		}
	}
	return s
}

func junitProperties(c *compare.Comparison) (properties []junitProperty) {
	known := append(facts(c), fact{"comparison", c.ID}, fact{"seed", strconv.FormatUint(c.Seed, 10)}, fact{"perfcheck", c.Host.Perfcheck})
	for _, f := range cleanFacts(known) {
		properties = append(properties, junitProperty{f.Name, f.Text})
	}
	return properties
}

// verdictCase is the comparison's own.
func verdictCase(c *compare.Comparison) junitCase {
	t := junitCase{Class: "perfcheck", Name: "verdict"}
	text := junitText(slices.Concat(c.Reasons, acceptedTexts(c), c.Warnings)...)
	outcome := &junitOutcome{Type: clean(string(c.Verdict)), Message: clean(reason(c)), Text: text}
	switch c.Verdict {
	case compare.Pass, compare.Improvement:
		t.Output = text
	case compare.Regression:
		t.Failure = outcome
	case compare.Inconclusive, compare.Skipped:
		t.Skipped = outcome
	default:
		t.Error = outcome
	}
	return t
}

// reason is the first, or where there is none the verdict itself.
func reason(c *compare.Comparison) string {
	if len(c.Reasons) == 0 {
		return lookOf(c.Verdict).word
	}
	return c.Reasons[0]
}

// metricCases are those of the metrics of a profile that have a gate.
func metricCases(c *compare.Comparison, profile string) (cases []junitCase) {
	for i := range c.Deltas {
		if d := &c.Deltas[i]; d.Profile == profile && hasGate(d) {
			cases = append(cases, metricCase(c, d))
		}
	}
	return cases
}

func metricCase(c *compare.Comparison, d *compare.Delta) junitCase {
	t := junitCase{Class: clean(d.Profile), Name: clean(d.Metric)}
	if d.Step != "" {
		t.Class += "/" + clean(d.Step)
	}
	text := junitText(d.Rule, numbers(c, d))
	outcome := &junitOutcome{Type: clean(string(d.Verdict)), Message: clean(d.Rule), Text: text}
	switch {
	case c.Verdict == compare.Invalid:
		outcome.Message = "not judged: the comparison is invalid"
		t.Skipped = outcome
	case !d.Gated && d.Verdict != "":
		outcome.Message = clean("advisory: " + d.Rule)
		t.Skipped = outcome
	case d.Verdict == compare.Regression && c.Verdict == compare.Regression:
		t.Failure = outcome
	case d.Verdict == compare.Pass, d.Verdict == compare.Improvement:
		t.Output = text
	default:
		t.Skipped = outcome
	}
	return t
}

// numbers are those of a row of the table, in one line.
func numbers(c *compare.Comparison, d *compare.Delta) string {
	return fmt.Sprintf("base %s, head %s, change %s, %s interval %s, limit %s, noise %s, sees %s",
		value(d, d.Base), value(d, d.Head), change(d), confidence(c), interval(d), limit(d), noise(c, d), size(d, d.Seen))
}

// junitText writes a line for each sentence.
func junitText(sentences ...string) string {
	var b strings.Builder
	for _, s := range sentences {
		b.WriteString(clean(s) + "\n")
	}
	return b.String()
}

// seconds writes a duration as JUnit has it.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }
