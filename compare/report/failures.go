package report

import (
	"fmt"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// failures writes each way in which requests of a step failed, or made a user send
// them again.
func (p *page) failures(r *bench.Run) {
	p.ways(r, red, "✗", "", func(s bench.Step) []bench.Failure { return s.Errors })
	p.ways(r, yellow, "↻", "sent again after ", func(s bench.Step) []bench.Failure { return s.Retries })
}

// redirects writes how many were followed, where there were any.
func (p *page) redirects(r *bench.Run) {
	sums := make(map[string]int64)
	for _, t := range r.Trials {
		for _, s := range t.Steps {
			sums[s.Name] += s.Redirects
		}
	}
	for _, name := range r.StepNames() {
		if n := sums[name]; n > 0 {
			p.paragraph(dim, fmt.Sprintf("  → %s: ", clean(name)), bench.Count(int(n), "redirect")+" followed")
		}
	}
}

// ways writes each kind of failure of a step once: when, by the trials' own
// clocks, and a few of the messages.
func (p *page) ways(r *bench.Run, style style, mark, before string, of func(bench.Step) []bench.Failure) {
	sums := r.Failures(of)
	if len(sums) > 0 {
		p.WriteByte('\n')
	}
	for i := range sums {
		p.way(style, mark+" "+sums[i].Step, before, &sums[i].Failure)
	}
}

func (p *page) way(style style, of, before string, f *bench.Failure) {
	p.paragraph(style, "  "+clean(of)+": ", way(before, f))
}

func way(before string, f *bench.Failure) string {
	return fmt.Sprintf("%s%d × %s%s: %s", before, f.Count, f.Kind, during(f), strings.Join(f.Examples(), "; "))
}

// again says of both sides after which failures requests of a step were sent again.
func again(c *compare.Comparison) (all []fact) {
	for i := range c.Retries {
		r := &c.Retries[i]
		all = append(all, fact{inProfile(c, r.Profile, string(r.Side)+" "+r.Step), way("sent again after ", &r.Failure)})
	}
	return all
}

func (p *page) again(all []fact) {
	if len(all) > 0 {
		p.WriteByte('\n')
	}
	for _, f := range all {
		p.paragraph(yellow, "  ↻ "+clean(f.Name)+": ", f.Text)
	}
}

// sentences are facts for a list.
func sentences(all []fact) (texts []string) {
	for _, f := range all {
		texts = append(texts, f.Name+": "+f.Text)
	}
	return texts
}

// during says when in a trial failures came, where that is known: a run that
// another perfcheck measured may not tell.
func during(f *bench.Failure) string {
	first, last := bench.Seconds.Format(f.First.Seconds()), bench.Seconds.Format(f.Last.Seconds())
	switch {
	case f.Last == 0:
		return ""
	case first == last:
		return " at " + first
	}
	return " between " + first + " and " + last
}
