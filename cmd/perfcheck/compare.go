package main

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/compare"
)

// The values of --measure.
const (
	measureAuto   = "auto"
	measureAlways = "always"
	measureNever  = "never"
)

// A question is which two subjects are compared, and when they are measured for it.
type question struct {
	base, head string // revisions; empty for the defaults
	measure    string
	maxAge     time.Duration // of stored runs; 0 for any
}

// compareOptions are the parsed command line of perfcheck compare.
type compareOptions struct {
	question
	output output
	failOn failOn
}

func compareCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:      "compare",
		Usage:     "measure two commits side by side, and say whether the second is slower",
		ArgsUsage: "[BASE [HEAD]]",
		Description: "BASE is by default the merge base with the default branch, HEAD the working tree\n" +
			"as it is. Both are measured with the perfcheck.yml of the working tree, and\n" +
			"judged with its " + profile.AcceptFile + ".\n" +
			"Exit code: 0 pass or improvement, 1 regression, 2 wrong usage or configuration,\n" +
			"3 invalid or could not measure, 4 inconclusive with --fail-on inconclusive.",
		Flags: slices.Concat(measureFlags(), []cli.Flag{measureFlag(), maxAgeFlag(), failOnFlag()}, verdictFlags()),
		Action: func(c *cli.Context) error {
			o, err := parseCompare(c)
			if err != nil {
				return err
			}
			s, err := openSession(c, ui)
			if err != nil {
				return err
			}
			return o.run(c, s)
		},
	}
}

func parseCompare(c *cli.Context) (o compareOptions, err error) {
	o.base, o.head = c.Args().Get(0), c.Args().Get(1)
	if c.NArg() > 2 {
		return o, usageErrorf("compare takes BASE and HEAD, got %d arguments", c.NArg())
	}
	if slices.Contains(c.Args().Slice(), "") {
		return o, usageErrorf("an argument of compare names no commit: what is it taken from, and is that set?")
	}
	if o.measure, err = parseMeasure(c); err != nil {
		return o, err
	}
	if o.maxAge, err = parseMaxAge(c, o.measure); err != nil {
		return o, err
	}
	if o.failOn, err = parseFailOn(c); err != nil {
		return o, err
	}
	o.output, err = parseVerdictOutput(c)
	return o, err
}

// measureFlag is that of every command that compares.
func measureFlag() cli.Flag {
	return &cli.StringFlag{Name: "measure", Value: measureAuto, Usage: "`WHEN` to measure: auto (when the store has no decided comparison of the two), always, never"}
}

func parseMeasure(c *cli.Context) (string, error) {
	measure := c.String("measure")
	switch measure {
	case measureAuto, measureAlways, measureNever:
	default:
		return "", usageErrorf("--measure: want auto, always or never, got %q", measure)
	}
	for _, name := range []string{"seed", "budget"} {
		if measure == measureNever && c.IsSet(name) {
			return "", usageErrorf("--%s has no effect with --measure never: remove one of them", name)
		}
	}
	return measure, nil
}

func maxAgeFlag() cli.Flag {
	return &cli.StringFlag{Name: "max-age", Usage: "take no stored run that is older than `AGE`, as 90d or 12h"}
}

func parseMaxAge(c *cli.Context, measure string) (age time.Duration, err error) {
	text := c.String("max-age")
	switch days, ok := strings.CutSuffix(text, "d"); {
	case !c.IsSet("max-age"):
		return 0, nil
	case measure == measureAlways:
		return 0, usageErrorf("--max-age has no effect with --measure always: remove one of them")
	case ok:
		n, e := strconv.ParseUint(days, 10, 16)
		age, err = time.Duration(n)*24*time.Hour, e
	default:
		age, err = time.ParseDuration(text)
	}
	if err != nil || age <= 0 {
		return 0, usageErrorf("--max-age: want an age as 90d or 12h, got %q", text)
	}
	return age, nil
}

func (o compareOptions) run(c *cli.Context, s *session) error {
	base, head, err := o.targets(c.Context, s)
	if err != nil {
		return err
	}
	if o.maxAge > 0 {
		s.oldest = time.Now().Add(-o.maxAge)
	}
	result, _, err := o.answer(c, s, base, head)
	if err != nil {
		if o.output.explain {
			s.ui.lookedAt(err)
		}
		return err
	}
	if err := o.output.comparison(s.ui, result); err != nil {
		return err
	}
	return o.failOn.exit(result.Verdict)
}

// answer finds the comparison of two subjects in the store, or makes it, and returns
// the runs that it was made from, too.
func (q question) answer(c *cli.Context, s *session, base, head target) (*compare.Comparison, []compare.Pair, error) {
	s.ui.say("comparing base %v %s", base.subject, base.subject.Title)
	s.ui.say("     with head %v %s", head.subject, head.subject.Title)
	if base.subject.Tree == head.subject.Tree {
		s.ui.say("both have the same files: this shows how steady the measurement is")
	}
	if q.measure == measureNever {
		return s.recorded(base, head)
	}
	m, err := newMeasurement(c, s, base, head)
	if err != nil {
		return nil, nil, err
	}
	if q.measure == measureAuto && !c.IsSet("seed") && !c.IsSet("budget") {
		if result, pairs, err := m.decided(base, head); err != nil || result != nil {
			return result, pairs, err
		}
	}
	if err := m.checkBudget(c); err != nil {
		return nil, nil, err
	}
	return m.compare(c.Context)
}

// targets resolves what is compared.
func (q question) targets(ctx context.Context, s *session) (base, head target, err error) {
	if q.head == "" {
		head, err = s.workingTree(ctx)
	} else {
		head, err = s.commit(ctx, q.head)
	}
	if err != nil {
		return base, head, err
	}
	if q.base == "" {
		base, err = s.mergeBase(ctx, head)
	} else {
		base, err = s.commit(ctx, q.base)
	}
	base.side, head.side = bench.Base, bench.Head
	return base, head, err
}

// compare measures until a look decides or the budget ends, and stores the outcome.
func (m *measurement) compare(ctx context.Context) (*compare.Comparison, []compare.Pair, error) {
	m.goal = compare.NextLook
	runs, err := m.run(ctx, func(runs []*bench.Run) (bool, error) {
		c, err := compare.Judge(m.pairs(runs), compare.Options{Now: time.Now(), Accepted: m.accepted})
		return err == nil && c.Decided, err
	})
	if err != nil {
		return nil, nil, err
	}
	return m.conclude(runs)
}

// conclude judges and stores what was measured.
func (m *measurement) conclude(runs []*bench.Run) (*compare.Comparison, []compare.Pair, error) {
	pairs := m.pairs(runs)
	result, err := m.judgeStored(pairs)
	if err != nil {
		return nil, nil, err
	}
	m.dropLogs(runs, result.Logs)
	m.warnUnstored(m.record(result, pairs))
	return result, pairs, nil
}

// pairs puts the runs of each profile together with its gates.
func (s *session) pairs(runs []*bench.Run) []compare.Pair {
	var pairs []compare.Pair
	for i, p := range s.profiles {
		pairs = append(pairs, compare.Pair{Base: runs[2*i], Head: runs[2*i+1], Gates: p.Gates})
	}
	return pairs
}
