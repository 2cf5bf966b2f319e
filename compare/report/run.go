package report

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare/stats"
)

// Run writes a single run for a terminal: each step's requests, rate and
// latency, what the service used, and what went wrong. Numbers other than
// counts are medians over the trials that may be judged.
func Run(w io.Writer, r *bench.Run, o TextOptions) error {
	p := &page{color: o.Color, width: o.Width}
	p.line(bold, "Run "+r.ID)
	p.WriteByte('\n')
	p.runFacts(r)
	p.WriteByte('\n')
	p.steps(r)
	p.targets("", targetsOfRun(r))
	p.redirects(r)
	p.WriteByte('\n')
	p.usage(r)
	p.failures(r)
	p.invalid(r)
	p.remarks(trialWarnings(r), slices.Concat(missing(r), r.Notes))
	_, err := io.WriteString(w, p.String())
	return err
}

func (p *page) runFacts(r *bench.Run) {
	p.field("commit", subject(r.Subject))
	p.field("profile", r.Profile)
	state := bench.Count(len(r.Trials), "trial")
	if bad := len(r.Trials) - len(r.Valid()); bad > 0 {
		state += fmt.Sprintf(", %d invalid", bad)
	}
	if !r.Complete {
		state += ", not complete"
	}
	if r.Thinned() {
		state += ", thinned to its numbers"
	}
	p.field("measured", state+", "+timestamp(r.Started))
	if r.Host.CPU != "" {
		p.field("host", host(r.Host, r.Service))
	}
}

func host(h bench.Host, service string) string {
	text := fmt.Sprintf("%s, %s", h.CPU, bench.Count(h.Cores, "core"))
	if service != "" {
		text += ", service by " + service
	}
	return text
}

func (p *page) steps(r *bench.Run) {
	names := r.StepNames()
	var t table
	t.add(dim, "step", "requests", "rate", "p50", "p90", "p99", "failed")
	if len(names) != 1 {
		addStep(&t, r, "", "all")
	}
	for _, name := range names {
		addStep(&t, r, name, name)
	}
	p.table(t)
}

// addStep adds the row of one step or transaction, or of all steps where it has
// no name.
func addStep(t *table, r *bench.Run, step, label string) {
	var requests, failed int64
	for i := range r.Trials {
		for _, s := range r.Trials[i].Named(step) {
			requests += s.Requests
			failed += s.Failed()
		}
	}
	share := "0"
	if failed > 0 {
		share = fmt.Sprintf("%d (%s)", failed, bench.Fraction.Format(float64(failed)/float64(requests)))
	}
	row := t.add(plain, label, strconv.FormatInt(requests, 10), median(r, step, "throughput"),
		median(r, step, "p50"), median(r, step, "p90"), median(r, step, "p99"), share)
	if failed > 0 {
		row[len(row)-1].style = red
	}
}

// median returns the middle of a metric's values in the valid trials, written.
func median(r *bench.Run, step, metric string) string {
	m, err := r.Metric(metric)
	if err != nil {
		return none
	}
	v := valuesOf(r, step, metric)
	if len(v) == 0 {
		return none
	}
	return m.Unit.Format(stats.Median(v))
}

// valuesOf returns those of a metric in the valid trials that have one.
func valuesOf(r *bench.Run, step, metric string) (v []float64) {
	series, _ := r.Series(bench.Key{Step: step, Metric: metric}, r.Valid())
	return slices.DeleteFunc(series, math.IsNaN)
}

// missing says why the trials have no number of a quantile, and how long ones would.
func missing(r *bench.Run) (notes []string) {
	for _, metric := range []string{"p50", "p90", "p99"} {
		_, why := r.Series(bench.Key{Metric: metric}, r.Valid())
		if errors.Is(why, bench.ErrTooFew) && len(valuesOf(r, "", metric)) == 0 {
			notes = append(notes, fmt.Sprintf("no %s: %v", metric, why))
		}
	}
	return notes
}

// logLines is how much of a service's log is shown of an invalid trial.
const logLines = 8

func (p *page) invalid(r *bench.Run) {
	first := true
	for _, t := range r.Trials {
		if len(t.Invalid) == 0 {
			continue
		}
		if first {
			p.WriteByte('\n')
		}
		p.paragraph(red, fmt.Sprintf("  ! block %d is invalid: ", t.Block), strings.Join(t.Invalid, "; "))
		if first && t.Log != "" {
			lines := strings.Split(strings.TrimRight(t.Log, "\n"), "\n")
			for _, line := range lines[max(0, len(lines)-logLines):] {
				p.line(dim, "    | "+line)
			}
		}
		first = false
	}
}

// trialWarnings returns the warnings of all trials, each once.
func trialWarnings(r *bench.Run) (warnings []string) {
	seen := make(map[string]bool)
	for _, t := range r.Trials {
		for _, text := range t.Warnings {
			if !seen[text] {
				seen[text] = true
				warnings = append(warnings, text)
			}
		}
	}
	return warnings
}
