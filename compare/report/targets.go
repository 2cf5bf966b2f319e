package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// A targetRow is what one copy of a scaled service got of the load, as tables have it.
type targetRow struct{ Label, Requests, P50, P99, Failed string }

var targetColumns = targetRow{"target", "requests", "p50", "p99", "failed"}

func newTargetRow(label string, t *compare.Target) targetRow {
	seconds := func(v float64) string {
		if v == 0 { // all failed, or the run was thinned
			return none
		}
		return bench.Seconds.Format(v)
	}
	return targetRow{label, strconv.FormatInt(t.Requests, 10), seconds(t.P50), seconds(t.P99), strconv.FormatInt(t.Failed, 10)}
}

// targetsOfRun are those of all trials that may be judged.
func targetsOfRun(r *bench.Run) (rows []targetRow) {
	for _, t := range compare.TargetsOf(r) {
		rows = append(rows, newTargetRow(t.Name, &t))
	}
	return rows
}

// targets are those of base and head.
func targets(c *compare.Comparison) (rows []targetRow) {
	for i := range c.Targets {
		t := &c.Targets[i]
		rows = append(rows, newTargetRow(inProfile(c, t.Profile, string(t.Side)+" "+t.Name), t))
	}
	return rows
}

func (p *page) targets(indent string, rows []targetRow) {
	if len(rows) == 0 {
		return
	}
	var t table
	add := func(s style, r targetRow) { t.add(s, indent+r.Label, r.Requests, r.P50, r.P99, r.Failed) }
	add(dim, targetColumns)
	for _, r := range rows {
		add(plain, r)
	}
	p.WriteByte('\n')
	p.table(t)
}

// load is what no metric says of it, as far as there is room: where the table of
// what changed is cut, there is none.
func (p *post) load(room int) string {
	table := p.targets(room)
	again := p.fold("Requests that were sent again", p.items("", sentences(again(p.c))))
	if len(table)+len(again) > room {
		again = ""
	}
	return join(table, again)
}

// targets is their table, cut before the first for which there is no room.
func (p *post) targets(room int) string {
	const title = "Load by target"
	s := &sheet{room: room - len(title) - foldSize - leftOutSize - len(p.elsewhere())}
	head := markdownRow(targetColumns) + "| :-- | --: | --: | --: | --: |\n"
	rows := targets(p.c)
	for i, r := range rows {
		r.Label = inCell(prose(shorten(r.Label, maxName)))
		if s.add(head + markdownRow(r)) {
			head = ""
			continue
		}
		if i == 0 {
			return ""
		}
		left := fmt.Sprintf("…and %s for which there is no room: see the %s\n", bench.Count(len(rows)-i, "target"), p.elsewhere())
		return p.fold(title, join(s.String(), left))
	}
	return p.fold(title, s.String())
}

func markdownRow(r targetRow) string {
	return "| " + strings.Join([]string{r.Label, r.Requests, r.P50, r.P99, r.Failed}, " | ") + " |\n"
}

// Targets and Again tell of the load what no metric does.
func (r htmlReport) Targets() []targetRow {
	rows := targets(r.c)
	for i := range rows {
		rows[i].Label = clean(rows[i].Label)
	}
	return rows
}

func (r htmlReport) Again() folded { return fold(sentences(again(r.c))) }
