package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/report"
)

// gateReports are the files that gate writes.
var gateReports = []renderer{
	{"comparison.json", report.JSON},
	{"report.md", report.Markdown},
	{"report.html", report.HTML},
	{"junit.xml", report.JUnit},
}

// makeDir makes the folder that the reports go to. One that was there before is
// the user's, and loses only what an earlier gate left: should this one die, that
// must not be taken for its answer.
func (g *gate) makeDir() error {
	if _, err := os.Stat(g.dir); err == nil {
		return g.removeReports()
	}
	if err := os.MkdirAll(g.dir, 0o755); err != nil {
		return err
	}
	return hide(g.dir)
}

func (g *gate) removeReports() error {
	names, err := fs.Glob(os.DirFS(g.dir), logsDir+"/*/block-*.log") // see logFile
	if err != nil {
		return err
	}
	for _, r := range gateReports {
		names = append(names, r.name)
	}
	for _, name := range append(names, outcomeFile) {
		if err := os.Remove(filepath.Join(g.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, name := range names { // a folder of logs stays where something is in it
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			_ = os.Remove(filepath.Join(g.dir, dir))
		}
	}
	return nil
}

// publishable writes a verdict wherever somebody may look for it: files first,
// since whoever reads the output may stop reading it.
func (g *gate) publishable(c *compare.Comparison) error {
	kept, err := g.copyLogs(c)
	err = errors.Join(err, g.writeOutcome(kept))
	for _, r := range gateReports {
		var text bytes.Buffer
		e := r.write(&text, kept)
		if e == nil {
			e = writeFile(filepath.Join(g.dir, r.name), text.Bytes())
		}
		err = errors.Join(err, e)
	}
	err = errors.Join(err, report.Text(g.text(), c, g.ui.text(false)))
	if g.event != nil {
		err = errors.Join(err, g.tell(c))
	}
	return err
}

// copyLogs puts the services' logs beside the reports, and returns the comparison
// with their places there.
func (g *gate) copyLogs(c *compare.Comparison) (*compare.Comparison, error) {
	var errs []error
	kept := *c
	kept.Logs = nil
	for _, name := range c.Logs {
		text, err := os.ReadFile(g.session.beside(name))
		rel := strings.TrimPrefix(name, stateDir+string(os.PathSeparator))
		to := filepath.Join(g.dir, rel)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o755)
		}
		if err == nil {
			err = os.WriteFile(to, text, 0o600)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		kept.Logs = append(kept.Logs, rel)
	}
	return &kept, errors.Join(errs...)
}

// text is where the report for people goes. In a step of GitHub Actions a line
// of it must not be taken for a command.
func (g *gate) text() io.Writer {
	if !onGitHub() {
		return g.ui.out
	}
	return action.Guard(g.ui.out)
}

func (g *gate) writeOutcome(c *compare.Comparison) error {
	o, err := newOutcome(g.suite, c)
	if err != nil {
		return err
	}
	if g.event != nil {
		o.Run, o.Commit = g.event.Run, g.event.Reported()
	}
	if !c.Apart && len(c.Deltas) > 0 {
		err = o.addRuns(g.pairs, maxRuns)
	}
	return errors.Join(err, o.write(g.dir))
}

// tell writes what GitHub Actions reads.
func (g *gate) tell(c *compare.Comparison) error {
	var summary bytes.Buffer
	err := report.Markdown(&summary, c)
	err = errors.Join(err, action.AppendSummary(os.Getenv, summary.String()), action.WriteOutputs(os.Getenv,
		action.Output{Name: "verdict", Value: string(c.Verdict)},
		action.Output{Name: "base-sha", Value: c.Base.Commit},
		action.Output{Name: "head-sha", Value: g.event.Reported()},
		action.Output{Name: "report-path", Value: filepath.Join(g.dir, "report.html")},
		action.Output{Name: "json", Value: filepath.Join(g.dir, "comparison.json")},
	))
	if g.session == nil {
		return err
	}
	for _, a := range g.session.annotations(c) {
		_, e := io.WriteString(g.ui.out, a.Command())
		err = errors.Join(err, e)
	}
	return err
}
