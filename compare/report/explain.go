package report

import (
	"fmt"
	"strconv"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// explain writes, for each metric, what one needs to redo it by hand.
func (p *page) explain(c *compare.Comparison) {
	if len(c.Deltas) == 0 {
		return
	}
	p.titled("How it was decided", decided(c))
	for _, d := range ordered(c.Deltas) {
		p.explainMetric(c, d)
	}
}

// decided says how the verdict is made of the numbers of each metric.
func decided(c *compare.Comparison) (all []fact) {
	switch {
	case c.Apart && c.Level > 0:
		all = []fact{{"apart", methodApart(c)}}
	case c.Exchanges > 0:
		all = method(c)
	}
	if c.Without != nil {
		all = append(all, fact{"accepted", "a metric that is a regression by its gate's limit, or undecided, is judged once more by the same rule with the accepted limits, " +
			"over all gated metrics anew, and that counts where it is milder; all others, and improvements, are judged as if nothing were accepted"})
	}
	return all
}

func (p *page) explainMetric(c *compare.Comparison, d *compare.Delta) {
	p.WriteByte('\n')
	l := lookOf(d.Verdict)
	p.paragraph(l.style, l.symbol+" "+label(c, d)+": ", d.Rule)
	p.facts(workings(c, d))
	p.blocks(d)
}

// method says how each number below it is made of D, such that a reader needs
// no other source.
func method(c *compare.Comparison) []fact {
	exchanges := fmt.Sprintf("here all %d", c.Exchanges)
	if c.Sampled {
		exchanges = fmt.Sprintf("here %d of them, drawn with seed %d", c.Exchanges, c.Seed)
	}
	return []fact{
		{"D", "by how much head is worse in a block: the natural logarithm of head / base, or of base / head where larger is better; " +
			"head - base of what can be 0, as error_rate, or base - head where larger is better"},
		{"change", "the median of the averages of every two D, each D with itself included; its interval leaves out as many of them at " +
			"each end as Wilcoxon's signed-rank test rejects; a logarithm is shown as exp(change) - 1, or exp(-change) - 1 where larger is better"},
		{"against", "two fifths of the limit, as a D: what p speaks against, lest a change below the limit is called because it scatters; " +
			"D' is D less this"},
		{"U", "Mann-Whitney's, of head's against base's values, base's made worse by that, centred per block: of all ordered " +
			"pairs of blocks, each with itself included, those whose D' add up to more than 0, and half of those whose D' add up to 0"},
		{"p alone", "the share of exchanges with a U at least as large; an exchange swaps the arms of some blocks, and so the signs of their D': " + exchanges},
		{"adjusted", "over all gated metrics: the share of exchanges in which this one, or any that scored lower, scores as high, and no less than the " +
			"adjusted p of any that scored higher. A metric scores only where its mean D' exceeds the rest of its limit: by U, in standard deviations " +
			"over all exchanges, and where two are alike, by the mean of D' over its root mean square (step-down max-T, Westfall and Young 1993)"},
		{"better", "p for the better is made of -D likewise, against two fifths of the limit for the better: as a D, 3 % is not ln 1.03 but " +
			"-ln 0.97, or the other way round where larger is better"},
		{"rule", fmt.Sprintf("a regression needs an adjusted p of at most %s and a change beyond the limit, "+
			"a pass an interval that ends before the limit", probability(c.Level))},
	}
}

// workings are what a metric's verdict was made of, but for the values of its blocks.
func workings(c *compare.Comparison, d *compare.Delta) []fact {
	if d.Blocks == 0 {
		return nil
	}
	all := []fact{{"change", fmt.Sprintf("%s, %s interval %s, limit %s", change(d), confidence(c), interval(d), limit(d))}}
	test := tested
	if c.Apart {
		test = testedApart
	}
	if text := test(c, d); text != "" {
		all = append(all, fact{"test", text})
	}
	if d.Explain.LeftOut != "" {
		all = append(all, fact{"left out", d.Explain.LeftOut})
	}
	if c.Apart {
		all = append(all, sides(d)...)
	}
	return all
}

// blocks writes the values of both sides, where they were measured together.
func (p *page) blocks(d *compare.Delta) {
	e := &d.Explain
	if len(e.Blocks) == 0 {
		return
	}
	in := inUnit(d.Unit)
	var t table
	t.add(dim, "block", "base"+in, "head"+in, "D")
	for i, block := range e.Blocks {
		t.add(plain, strconv.Itoa(block), exact(e.Base[i]), exact(e.Head[i]), worsening(e.Change[i]))
	}
	p.table(t)
}

// tested writes the outcome of the tests, and nothing where there was none.
func tested(c *compare.Comparison, d *compare.Delta) string {
	e := &d.Explain
	if c.Exchanges == 0 { // too few blocks
		return ""
	}
	text := fmt.Sprintf("against %s: U = %s, %d of %d exchanges at least as extreme, p = %s alone",
		strconv.FormatFloat(e.Null, 'f', 8, 64), strconv.FormatFloat(e.U, 'g', -1, 64), e.Extreme, c.Exchanges, probability(e.PSingle))
	if n := family(c, d); n > 0 {
		text += fmt.Sprintf(" and %s adjusted over %s", probability(d.P), bench.Count(n, "metric"))
	}
	if d.PBetter < 1 {
		text += fmt.Sprintf("; for the better %s adjusted", probability(d.PBetter))
	}
	return text
}

// family returns over how many metrics d's p was adjusted: all that are gated,
// or for a gate that is advisory itself alone; 0 where it was not.
func family(c *compare.Comparison, d *compare.Delta) (n int) {
	switch {
	case !measured(c, d) || c.Level == 0:
		return 0
	case !d.Gated && d.Verdict == "":
		return 0
	case !d.Gated:
		return 1
	}
	for i := range c.Deltas {
		if c.Deltas[i].Gated && measured(c, &c.Deltas[i]) {
			n++
		}
	}
	return n
}

// measured says whether a metric was measured often enough to be tested.
func measured(c *compare.Comparison, d *compare.Delta) bool {
	return d.Blocks >= compare.MinBlocks && (!c.Apart || len(d.Explain.Sessions) >= compare.MinSessions)
}

// inUnit names a unit behind what is in it.
func inUnit(u bench.Unit) string {
	if u == bench.Fraction || u == "" {
		return ""
	}
	return " (" + string(u) + ")"
}

// exact writes a value in base units with the digits that D needs.
func exact(v float64) string { return strconv.FormatFloat(v, 'g', 9, 64) }

// worsening writes a D.
func worsening(d float64) string { return fmt.Sprintf("%+.8f", d) }

// probability keeps small ones apart: 0.00024, not 0.000.
func probability(p float64) string { return strconv.FormatFloat(p, 'g', 2, 64) }
