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
	p.list(red, "✗", ways(r.Failures(func(s bench.Step) []bench.Failure { return s.Errors }), ""))
	p.list(yellow, "↻", ways(r.Failures(func(s bench.Step) []bench.Failure { return s.Retries }), sentAgain))
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
			p.paragraph(dim, fmt.Sprintf("  → %s: ", name), bench.Count(int(n), "redirect")+" followed")
		}
	}
}

const sentAgain = "sent again after "

// ways say of each kind of failure of a step when it came, by the trials' own
// clocks, and a few of the messages.
func ways(failures []bench.StepFailure, before string) (all []fact) {
	for i := range failures {
		all = append(all, fact{failures[i].Step, way(before, &failures[i].Failure)})
	}
	return all
}

func way(before string, f *bench.Failure) string {
	return fmt.Sprintf("%s%d × %s%s: %s", before, f.Count, f.Kind, during(f), strings.Join(f.Examples(), "; "))
}

// again says of both sides after which failures requests of a step were sent again.
func again(c *compare.Comparison) (all []fact) {
	for i := range c.Retries {
		r := &c.Retries[i]
		all = append(all, fact{inProfile(c, r.Profile, string(r.Side)+" "+r.Step), way(sentAgain, &r.Failure)})
	}
	return all
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
