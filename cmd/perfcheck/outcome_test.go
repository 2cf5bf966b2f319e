package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/report"
)

var (
	testCommit = strings.Repeat("a", 40)
	testRun    = action.RunID{ID: 1000, Attempt: 1}
)

// testSession is one of the service that tests measure.
func testSession(t testing.TB) *session {
	t.Helper()
	config, err := profile.Load("testdata/service/perfcheck.yml")
	if err != nil {
		t.Fatal(err)
	}
	return &session{config: config, profiles: config.Profiles}
}

// testOutcome is that of two equal services, measured in blocks.
func testOutcome(t testing.TB, s *session, blocks int) *outcome {
	t.Helper()
	var runs []*bench.Run
	for i, side := range []bench.Side{bench.Base, bench.Head} {
		run := &bench.Run{
			ID: string(side), Pairing: "pairing", Side: side, Profile: s.profiles[0].Name, Digest: s.profiles[0].Digest,
			Service: "process", Interleave: profile.Slices, Complete: true, Subject: bench.Subject{Commit: testCommit},
			Started: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		}
		random := rand.New(rand.NewPCG(uint64(i), 1))
		for block := range blocks {
			run.Trials = append(run.Trials, quickTrial(block+1, run.Started, time.Millisecond, random))
		}
		runs = append(runs, run)
	}
	c, err := compare.Judge([]compare.Pair{{Base: runs[0], Head: runs[1], Gates: s.profiles[0].Gates}}, compare.Options{Final: true})
	if err != nil {
		t.Fatal(err)
	}
	o, err := newOutcome("default", c)
	if err != nil {
		t.Fatal(err)
	}
	o.Run, o.Commit = testRun, testCommit
	for _, run := range runs {
		data, err := bench.EncodeRun(run)
		if err != nil {
			t.Fatal(err)
		}
		o.Runs = append(o.Runs, data)
	}
	return o
}

// The second stage judges by the runs of all profiles, without their histograms
// where these would take too much.
func TestOutcomeHasTheRunsOfAllProfiles(t *testing.T) {
	s := sessionOf(t, []string{"browse", "pay"}, slices.Concat(pairing("browse", "p1", ""), pairing("pay", "p2", ""))...)
	side := func(side bench.Side) target {
		return target{side: side, subject: bench.Subject{Tree: "t-" + string(side)}}
	}
	c, pairs, err := s.recorded(side(bench.Base), side(bench.Head))
	if err != nil {
		t.Fatal(err)
	}
	says := func(c *compare.Comparison) (text string) {
		for _, d := range c.Deltas {
			text += fmt.Sprintln(d.Profile, d.Key, d.Verdict, d.Low, d.High)
		}
		return text
	}
	for most, thin := range map[int]bool{maxRuns: false, 10_000: true} {
		var o outcome
		if err := o.addRuns(pairs, most); err != nil {
			t.Fatal(err)
		}
		there, err := o.pairs(s)
		if err != nil || len(there) != 2 || there[1].Head.Profile != "pay" || there[1].Head.Thinned() != thin {
			t.Fatalf("at most %d bytes: %v, %v", most, there, err)
		}
		again, err := compare.Judge(there, compare.Options{Final: true})
		if err != nil || says(again) != says(c) {
			t.Errorf("at most %d bytes: judged anew it is\n%s\nnot\n%s, %v", most, says(again), says(c), err)
		}
	}
}

// judged is what the second stage makes of a file, as long as GitHub plays along.
func judged(s *session, data []byte) (*compare.Comparison, error) {
	p := &publisher{publishOptions: publishOptions{suite: "default"}, sha: testCommit, ran: testRun}
	o, err := p.outcome(bytes.NewReader(data))
	if err != nil {
		return p.unread(err), nil
	}
	claimed, err := o.comparison()
	if err != nil {
		return p.unread(err), nil
	}
	c, err := o.judge(s, claimed)
	if err != nil {
		return p.unread(err), nil
	}
	return c, posts(p, s, c)
}

// posts makes all that is posted of a comparison.
func posts(p *publisher, s *session, c *compare.Comparison) error {
	p.event = &action.Event{ServerURL: "https://github.com", WorkflowRun: &action.WorkflowRun{}}
	p.unattested = true
	if p.failOn.state(c.Verdict) == "" || p.failOn.conclusion(c.Verdict) == "" {
		return fmt.Errorf("verdict %q has no state", c.Verdict)
	}
	if n := len(p.headline(c)); n > 1000 {
		return fmt.Errorf("a headline of %d bytes", n)
	}
	if err := report.Comment(io.Discard, c, p.commentOptions(c)); err != nil {
		return err
	}
	return report.Markdown(io.Discard, c)
}

// An artifact may hold anything. What cannot be checked is invalid.
func TestHostileOutcome(t *testing.T) {
	s := testSession(t)
	const form = `{"schema": 2, "suite": "default", "run": {"id": 1000, "attempt": 1}, "commit": "%s", "comparison": {"schema": 1, %s}, "runs": [%s]}`
	claim := func(comparison, runs string) string { return fmt.Sprintf(form, testCommit, comparison, runs) }
	long := strings.Repeat("x", 1<<20)
	for name, data := range map[string]string{
		"nothing":               "",
		"no object":             "[]",
		"an empty object":       "{}",
		"an unknown field":      `{"schema": 2, "x": 1}`,
		"more behind it":        claim(`"verdict": "pass"`, "") + "{}",
		"deep":                  strings.Repeat("[", 1<<20),
		"not a number":          claim(`"verdict": "pass", "level": NaN`, ""),
		"a number too large":    claim(`"verdict": "pass", "level": 1e999`, ""),
		"an unknown verdict":    claim(`"verdict": "splendid"`, ""),
		"no verdict":            claim(`"reasons": []`, ""),
		"a pass without runs":   claim(`"verdict": "pass"`, ""),
		"no reason":             claim(`"verdict": "invalid"`, ""),
		"a book of reasons":     claim(`"verdict": "invalid", "reasons": ["`+long+`", "b", "c", "d", "e"]`, ""),
		"deltas without runs":   claim(`"verdict": "invalid", "deltas": [{"profile": "p", "metric": "p50", "verdict": "pass"}]`, ""),
		"a commit that is none": claim(`"verdict": "invalid", "base": {"commit": "$(id)"}`, ""),
		"a run that is none":    claim(`"verdict": "pass"`, "{}"),
		"a null":                claim(`"verdict": "pass"`, "null"),
		"a run without trials":  claim(`"verdict": "pass"`, `{"schema": 1, "id": "a", "profile": "`+s.profiles[0].Name+`", "side": "base"}`),
	} {
		c, err := judged(s, []byte(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text := strings.Join(c.Reasons, "")
		if c.Verdict != compare.Invalid || len(c.Deltas) > 0 || len(text) == 0 || len(text) > 2*maxReasons*maxReason {
			t.Errorf("%s: %s with %d deltas and %d bytes of reasons", name, c.Verdict, len(c.Deltas), len(text))
		}
	}
}

// FuzzOutcome has no file, whatever is in it, end the second stage otherwise than
// by a verdict that can be posted; and none without runs is green.
func FuzzOutcome(f *testing.F) {
	s := testSession(f)
	for _, o := range []*outcome{testOutcome(f, s, 1), testOutcome(f, s, compare.MinBlocks)} {
		data, err := json.Marshal(o)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		if c, err := judged(s, data); err != nil || len(c.Deltas) == 0 {
			f.Fatalf("an honest outcome: %+v, %v", c, err)
		}
	}
	f.Add([]byte(`{"schema": 2, "suite": "default", "comparison": {"schema": 1, "verdict": "skipped"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := judged(s, data)
		if err != nil {
			t.Fatal(err)
		}
		if o, err := readOutcome(bytes.NewReader(data)); err == nil && len(o.Runs) == 0 && c.Verdict != compare.Invalid {
			t.Errorf("%s without a run", c.Verdict)
		}
	})
}
