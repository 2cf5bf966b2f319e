package compare

import (
	"fmt"
	"math"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// change says how far a metric moved: "p50 of step pay rose by 11.8 % (95 %
// interval 10.9 % to 12.6 %)".
func (d *Delta) change() string {
	format := func(v float64) string { return bench.FormatChange(d.Scale, d.Unit, v) }
	what, low, high := "rose by "+format(d.Shift), d.Low, d.High
	switch {
	case format(d.Shift) == format(0):
		what = "did not change"
	case d.Shift < 0:
		what, low, high = "fell by "+format(-d.Shift), -d.High, -d.Low
	}
	return fmt.Sprintf("%s %s (%g %% interval %s to %s)", d.name(), what, confidence*100, format(low), format(high))
}

func (d *Delta) name() string { return name(d.Key) }

// name is how sentences call a metric.
func name(k bench.Key) string {
	if k.Step == "" {
		return k.Metric
	}
	return fmt.Sprintf("%s of step %s", k.Metric, k.Step)
}

// limit names the threshold, and what it comes from where that is a floor in units.
func (d *Delta) limit() string {
	text := "the threshold of "
	if d.GateLimit > 0 {
		text = "the accepted limit of "
	}
	text += bench.FormatChange(d.Scale, d.Unit, d.Limit)
	if d.Limit > d.Threshold {
		text += fmt.Sprintf(" (at least %s)", d.Unit.Format(d.AtLeast))
	}
	return text
}

// reason is what a reviewer reads of a decided metric.
func (d *Delta) reason() string {
	switch d.Verdict {
	case Regression:
		text := d.change() + ", above " + d.limit()
		if word := bench.Called[d.Metric]; word != "" {
			text += ": " + word
		}
		return text
	case Improvement:
		return d.change() + ", by more than " + d.limit()
	case Pass:
		return d.change() + ", which is below " + d.limit()
	default:
		return d.change()
	}
}

// rule is the sentence that decided the metric at a level, with its numbers;
// undecided is the one for a metric that is not decided.
func (a *assessment) rule(level float64, undecided func() string) string {
	d := &a.delta
	switch {
	case a.owed():
		return fmt.Sprintf("%s is gated, and nothing measured it: %s", d.name(), a.leftOut())
	case a.unmeasured():
		return fmt.Sprintf("%s is not judged: %s", d.name(), a.leftOut())
	case a.role == shown && d.Blocks == 0:
		return fmt.Sprintf("%s cannot be compared: %s", d.name(), a.leftOut())
	case a.role == shown:
		return d.change() + "; no gate"
	case d.Verdict == Regression:
		return fmt.Sprintf("%s; p %.2g is not above the level of %g", d.reason(), d.P, level)
	case d.Verdict == Improvement:
		return fmt.Sprintf("%s; p %.2g is not above the level of %g", d.reason(), d.PBetter, level)
	case d.Verdict == Pass:
		return d.reason()
	default:
		return undecided()
	}
}

// undecided says why a metric is not decided and what would decide it.
func (a *assessment) undecided(e examination) string {
	d := &a.delta
	needs := d.needs(e.blocks)
	if d.Blocks >= MinBlocks {
		return a.open(e.level) + "; " + needs
	}
	if why := a.leftOut(); why != "" {
		needs += " (" + why + ")"
	}
	return fmt.Sprintf("%s is undecided: %s", d.name(), needs)
}

// Needs says what would decide a gated metric that is undecided, and nothing of
// others. Where too little was measured for any look, or base and head apart, the
// verdict's reasons say it of all.
func (c *Comparison) Needs(d *Delta) string {
	if c.Apart || c.Level == 0 || !d.Gated || d.Verdict != Inconclusive {
		return ""
	}
	return d.needs(c.Blocks)
}

// needs says what would decide a metric that so many blocks have not decided.
func (d *Delta) needs(blocks int) string {
	switch {
	case d.Blocks < MinBlocks:
		return fmt.Sprintf("it has a value in %d of %d blocks, and needs %d", d.Blocks, blocks, MinBlocks)
	case d.NeedBlocks > 0 && d.NeedTime > 0:
		return fmt.Sprintf("about %d blocks would decide it, %v in all", d.NeedBlocks, d.NeedTime.Round(time.Second))
	case d.NeedBlocks > 0:
		return fmt.Sprintf("about %d blocks would decide it", d.NeedBlocks)
	case blocks >= MaxBlocks:
		return fmt.Sprintf("after %d blocks no more are looked at: make trials longer or the machine quieter", MaxBlocks)
	default:
		return fmt.Sprintf("not even %d blocks would decide it: make trials longer or the machine quieter", MaxBlocks)
	}
}

// open says of an undecided metric how far it is from being decided.
func (a *assessment) open(level float64) string {
	d := &a.delta
	if a.shift.Estimate > a.worse {
		return fmt.Sprintf("%s, above %s, but that may be chance: p %.2g is above the level of %g", d.change(), d.limit(), d.P, level)
	}
	return fmt.Sprintf("%s, so that it may exceed %s", d.change(), d.limit())
}

// roundUp rounds up to whole seconds, and above a minute to 10 s.
func roundUp(t time.Duration) time.Duration {
	unit := time.Second
	if t > time.Minute {
		unit = 10 * time.Second
	}
	return time.Duration(math.Ceil(float64(t)/float64(unit))) * unit
}

// Told returns the deltas of which the reasons speak, in their order: none where
// they speak of something else, as of a service that died.
func (c *Comparison) Told() []Delta {
	var deltas []Delta
	var texts []string
	switch c.Verdict {
	case Regression, Improvement:
		deltas = telling(c.with(c.Verdict), c.Deltas)
		texts = c.reasons(deltas)
	case Inconclusive:
		deltas = c.with(Inconclusive)
		texts = c.rules(deltas)
	}
	if len(texts) == 0 || len(c.Reasons) == 0 || texts[0] != c.Reasons[0] {
		return nil
	}
	return deltas
}
