package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

func methodApart(c *compare.Comparison) string {
	return fmt.Sprintf("D is the natural logarithm of a value, with a minus where larger is better, or the value itself of what can be 0, as error_rate. "+
		"The change is the median of all differences in D between one of head's values and one of base's. "+
		"Both p speak against two fifths of the limit, as a D, which is taken off head's D and off the change. "+
		"By the trials, p is that of Mann-Whitney's U, the number of pairs in which head's D is larger, and half of those in which both are equal. "+
		"By the sessions, it is from Student's t with one degree of freedom less than sessions; the standard error is the root of 2 times the standard deviation S "+
		"of the earlier sessions in D; where S is 0, p is 1 / (sessions + 1) for a change beyond that, else 1. "+
		"The larger p of the two counts, and the wider interval of the change: by the ranks of the trials, or from Student's t. "+
		"The p of the gated metrics are adjusted by Holm's procedure. For the better, base and head change places, "+
		"and the limit of 3 %% is as a D not ln 1.03 but -ln 0.97, or the other way round where larger is better. "+
		"A regression needs an adjusted one-sided p of at most %s and a change beyond the limit, a pass an interval that ends before the limit.",
		probability(c.Level))
}

// sides are the values of base and head, and of the sessions before them.
func sides(d *compare.Delta) []fact {
	e := &d.Explain
	all := []fact{{"base", values(d.Unit, e.Base)}, {"head", values(d.Unit, e.Head)}}
	if n := len(e.Sessions); n > 0 {
		text := values(d.Unit, e.Sessions)
		if n >= compare.MinSessions { // fewer do not tell
			text += ", which scatter by " + bench.FormatChange(d.Scale, d.Unit, d.SessionSpread)
		}
		all = append(all, fact{"sessions", text})
	}
	return all
}

func testedApart(c *compare.Comparison, d *compare.Delta) string {
	e := &d.Explain
	text := fmt.Sprintf("against %.8f: U = %s, p = %s by the trials", e.Null, strconv.FormatFloat(e.U, 'g', -1, 64), probability(e.PSingle))
	n := family(c, d)
	if n == 0 {
		return text
	}
	text += fmt.Sprintf(", %s by the sessions and %s adjusted over %s", probability(e.PSessions), probability(d.P), bench.Count(n, "metric"))
	if d.PBetter < 1 {
		text += fmt.Sprintf("; for the better %s adjusted", probability(d.PBetter))
	}
	return text
}

// values lists numbers in base units, with the digits that D needs.
func values(u bench.Unit, all []float64) string {
	texts := make([]string, len(all))
	for i, v := range all {
		texts[i] = exact(v)
	}
	return strings.Join(texts, ", ") + inUnit(u)
}
