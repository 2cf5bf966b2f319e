package report

import (
	"fmt"
	"io"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// Calibration writes a calibration for a terminal: in the first line whether
// the thresholds are within reach, then a table of the gated metrics, then what
// to do about those that are not. Explain is ignored.
func Calibration(w io.Writer, k *compare.Calibration, o TextOptions) error {
	p := &page{color: o.Color, width: o.Width}
	l := calibrationLook(k)
	p.paragraph(l.style, l.symbol+" "+l.word+": ", k.Summary)
	p.WriteByte('\n')
	p.calibrated(k)
	p.noise(k)
	if len(k.Advice) > 0 {
		p.WriteByte('\n')
	}
	for _, text := range k.Advice {
		p.paragraph(yellow, "  ? ", text)
	}
	p.remarks(k.Warnings, k.Notes)
	_, err := io.WriteString(w, p.String())
	return err
}

func calibrationLook(k *compare.Calibration) look {
	switch {
	case !k.Usable:
		return look{"!", "NOT CALIBRATED", red}
	case len(k.Advice) > 0 || k.Verdict != compare.Pass:
		return look{"?", "CALIBRATED", yellow}
	default:
		return look{"✓", "CALIBRATED", green}
	}
}

func (p *page) calibrated(k *compare.Calibration) {
	p.field("commit", subject(k.Subject))
	if len(k.Metrics) > 0 && !k.ManyProfiles() {
		p.field("profile", k.Metrics[0].Profile)
	}
	p.field("measured", judged(k.Blocks, k.Invalid)+" of the commit with itself"+took(k.Elapsed)+", "+timestamp(k.Created))
	if k.Verdict != compare.Invalid {
		p.field("verdict", lookOf(k.Verdict).word+": "+firstOf(k.Reasons))
	}
	if k.Block > 0 {
		p.field("budget", fmt.Sprintf("%s, which allows %s of about %s", elapsed(k.Budget), bench.Count(k.Fits, "block"), elapsed(k.Block)))
	}
	if k.Host.CPU != "" {
		p.field("host", host(k.Host, k.Service))
	}
}

// firstOf returns the first sentence and how many there are beside it.
func firstOf(sentences []string) string {
	switch n := len(sentences); n {
	case 0:
		return none
	case 1:
		return sentences[0]
	default:
		return fmt.Sprintf("%s; and %d more", sentences[0], n-1)
	}
}

// noise writes the table of metrics. A narrow page goes without all looks but
// the first and the last.
func (p *page) noise(k *compare.Calibration) {
	if len(k.Metrics) == 0 || !k.Usable {
		return
	}
	var t table
	between := addLooks(&t, k)
	for i := range k.Metrics {
		addNoise(&t, k, &k.Metrics[i])
	}
	if p.width > 0 && t.width() > p.width {
		t.drop(between...)
	}
	p.WriteByte('\n')
	p.table(t)
	p.WriteByte('\n')
	p.paragraph(dim, "  lowest  ", "the smallest threshold that a metric without a change passes within the budget")
	p.paragraph(dim, "  noise   ", "how much the change of identical code scatters from block to block")
	p.paragraph(dim, "  in 8    ", "the smallest change that is called a regression after 8 blocks, which take the time below it")
	p.paragraph(dim, "  passes  ", "when a metric without a change passes its limit; all in 4 of 5 comparisons, each metric for itself")
}

// addLooks writes the two lines of the table's head, and returns the columns of
// the looks between the first and the last.
func addLooks(t *table, k *compare.Calibration) (between []int) {
	names, times := []string{"  metric", "limit", "lowest", "noise"}, make([]string, 4)
	for i, l := range k.Looks {
		if i > 0 && i < len(k.Looks)-1 {
			between = append(between, len(names))
		}
		names, times = append(names, fmt.Sprintf("in %d", l.Blocks)), append(times, elapsed(l.Time))
	}
	t.add(dim, append(names, "passes")...)
	t.add(dim, append(times, "its limit")...)
	return between
}

func addNoise(t *table, k *compare.Calibration, n *compare.Noise) {
	size := func(v float64) string { return bench.FormatChange(n.Scale, n.Unit, v) }
	l := reach(n)
	texts := []string{l.symbol + " " + k.Label(n), size(n.Limit), none, none}
	if n.Lowest > 0 {
		texts[2] = size(n.Lowest)
	}
	if n.Why == "" {
		texts[3] = size(n.Spread)
	}
	for i := range k.Looks {
		if i < len(n.Visible) {
			texts = append(texts, size(n.Visible[i]))
		} else {
			texts = append(texts, none)
		}
	}
	row := t.add(plain, append(texts, l.word)...)
	row[len(row)-1].style = l.style
	if !n.Reachable {
		row[0].style = l.style
	}
}

// reach is how it shows whether and when a metric passes.
func reach(n *compare.Noise) look {
	switch {
	case n.Why != "":
		return look{"–", "not judged", dim}
	case n.Reachable:
		return look{"✓", "in " + elapsed(n.NeedTime), green}
	case n.NeedBlocks > 0:
		return look{"?", "in " + elapsed(n.NeedTime), yellow}
	default:
		return look{"?", "never", yellow}
	}
}
