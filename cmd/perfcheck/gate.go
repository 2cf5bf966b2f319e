package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/bench/revision"
	"github.com/perfcheck/perfcheck/compare"
)

// gateDir is where gate writes and publish reads, below the current folder.
const gateDir = stateDir + "/gate"

// suiteFlag is that of the commands that CI runs.
func suiteFlag() cli.Flag {
	return &cli.StringFlag{Name: "suite", Value: "default", Usage: "`NAME` of this check where a repository has several: its status is perfcheck/NAME, its comment its own"}
}

func parseSuite(c *cli.Context) (string, error) {
	suite := c.String("suite")
	if err := action.CheckSuite(suite); err != nil {
		return "", usageErrorf("--suite: %v", err)
	}
	return suite, nil
}

// pathsFlag is that of the commands that CI runs.
func pathsFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "paths", Usage: "measure only when a file that fits `PATTERN` changed, as in services/api/**; may be repeated, !PATTERN takes out"}
}

func parsePaths(c *cli.Context) (p paths, err error) {
	p.texts = c.StringSlice("paths")
	if p.patterns, err = revision.ParsePatterns(p.texts); err != nil {
		return p, usageErrorf("--paths: %v", err)
	}
	return p, nil
}

// paths are patterns of the files that matter; none is all files.
type paths struct {
	texts    []string
	patterns revision.Patterns
}

// unaffected says why changed files need no measurement; it is empty where one
// of them may matter.
func (p paths) unaffected(changed []string) string {
	if len(p.texts) == 0 || len(p.patterns.Matching(changed)) > 0 {
		return ""
	}
	return fmt.Sprintf("nothing that matters changed: no changed file, of %d, fits %s", len(changed), strings.Join(p.texts, ", "))
}

// gateOptions are the parsed command line of perfcheck gate, and the event it
// answers; nil outside of GitHub.
type gateOptions struct {
	question
	suite  string
	paths  paths
	dir    string
	failOn failOn
	event  *action.Event
}

func gateCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "gate",
		Usage: "compare what a CI event asks for, and write the verdict for machines and people",
		Description: "In GitHub Actions base and head are those of the event: of a pull request, a push, a merge\n" +
			"group. Elsewhere they are as for compare, or as --base and --head say.\n" +
			"Writes report.md, report.html, junit.xml, comparison.json and what publish reads into --out,\n" +
			"and in GitHub Actions the step summary, outputs and annotations.\n" +
			"Exit code: as for compare.",
		Flags: append(measureFlags(),
			&cli.StringFlag{Name: "base", Usage: "compare with `COMMIT` instead of the event's base"},
			&cli.StringFlag{Name: "head", Usage: "measure `COMMIT` instead of the one that is checked out"},
			&cli.StringFlag{Name: "out", Value: gateDir, Usage: "write the reports into `DIR`"},
			suiteFlag(), pathsFlag(), measureFlag(), failOnFlag(),
		),
		Action: func(c *cli.Context) error {
			o, err := parseGate(c)
			if err != nil && !onGitHub() {
				return err
			}
			return o.run(c, ui, err)
		},
	}
}

// parseGate reads first what an outcome needs: a mistake in the rest is told by one.
func parseGate(c *cli.Context) (o gateOptions, err error) {
	o.base, o.head, o.dir = c.String("base"), c.String("head"), c.String("out")
	if o.event, err = githubEvent(); err != nil {
		return o, err
	}
	for _, name := range []string{"base", "head"} {
		if o.event == nil && c.IsSet(name) && c.String(name) == "" {
			return o, usageErrorf("--%s names no commit: what is it taken from, and is that set?", name)
		}
	}
	if o.suite, err = parseSuite(c); err != nil {
		return o, err
	}
	if err := noArguments(c); err != nil {
		return o, err
	}
	if o.paths, err = parsePaths(c); err != nil {
		return o, err
	}
	if o.measure, err = parseMeasure(c); err != nil {
		return o, err
	}
	o.failOn, err = parseFailOn(c)
	return o, err
}

// onGitHub says whether this is a step of a workflow of GitHub Actions.
func onGitHub() bool { return os.Getenv("GITHUB_ACTIONS") == "true" }

// githubEvent returns what started the workflow that this is a step of; nil elsewhere.
func githubEvent() (*action.Event, error) {
	if !onGitHub() {
		return nil, nil
	}
	event, err := action.ReadEvent(os.Getenv)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return event, nil
}

// A gate is one run of perfcheck gate.
type gate struct {
	gateOptions
	ui         *ui
	session    *session // nil where the configuration cannot be read
	base, head target
	pairs      []compare.Pair // that were compared; none where nothing was measured
}

// run compares, unless the step is wrong, and leaves an outcome whatever
// happens: one that is missing could not be told from a gate that never ran.
func (o gateOptions) run(c *cli.Context, ui *ui, wrong error) error {
	g := &gate{gateOptions: o, ui: ui}
	if err := g.makeDir(); err != nil {
		return errors.Join(wrong, err)
	}
	result, err := (*compare.Comparison)(nil), wrong
	if err == nil {
		result, err = g.compare(c)
	}
	if err != nil {
		reason := here(err)
		if c.Context.Err() != nil && errors.Is(err, context.Canceled) {
			reason = "interrupted before there was a verdict"
		}
		result = compare.Unmeasured(g.base.subject, g.head.subject, compare.Invalid, time.Now(), reason)
	}
	failed := g.publishable(result)
	if err != nil {
		if failed != nil {
			ui.warn("%v", failed)
		}
		return err
	}
	if failed != nil {
		return failed
	}
	return o.failOn.exit(result.Verdict)
}

func (g *gate) compare(c *cli.Context) (result *compare.Comparison, err error) {
	if g.session, err = openSession(c, g.ui); err != nil {
		return nil, err
	}
	if err := g.choose(c.Context); err != nil {
		return nil, err
	}
	if reason, err := g.skip(c.Context); err != nil || reason != "" {
		return compare.Unmeasured(g.base.subject, g.head.subject, compare.Skipped, time.Now(), reason), err
	}
	result, g.pairs, err = g.answer(c, g.session, g.base, g.head)
	return result, err
}

// skip says why nothing need be measured; it is empty where something must.
func (g *gate) skip(ctx context.Context) (string, error) {
	if len(g.paths.texts) == 0 {
		return "", nil
	}
	changed, err := g.session.repo.Changed(ctx, g.base.commit, g.head.commit)
	if err != nil {
		return "", err
	}
	return g.paths.unaffected(changed), nil
}

// here is what an error says, with paths as from the current folder: those of
// the machine tell a reader of the report nothing.
func here(err error) string {
	dir, e := os.Getwd()
	if e != nil {
		return err.Error()
	}
	return strings.ReplaceAll(err.Error(), dir+string(os.PathSeparator), "")
}
