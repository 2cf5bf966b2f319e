package report

import (
	"math"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// none stands where there is no number.
const none = "–"

// value writes the median of base's or head's values.
func value(d *compare.Delta, v float64) string {
	if d.Blocks == 0 {
		return none
	}
	return d.Unit.Format(v)
}

// change writes how far a metric moved, with its sign.
func change(d *compare.Delta) string {
	if d.Blocks == 0 {
		return none
	}
	return signed(d, d.Shift)
}

func interval(d *compare.Delta) string {
	if d.Blocks == 0 {
		return none
	}
	return signed(d, d.Low) + " to " + signed(d, d.High)
}

// signed writes any change of a metric with its sign.
func signed(d *compare.Delta, v float64) string { return bench.FormatSigned(d.Scale, d.Unit, v) }

// size writes a change without sign, where there is one.
func size(d *compare.Delta, v float64) string {
	if v == 0 {
		return none
	}
	return bench.FormatChange(d.Scale, d.Unit, math.Abs(v))
}

// noise writes how much a metric scatters without a change.
func noise(c *compare.Comparison, d *compare.Delta) string {
	if c.Apart {
		return size(d, d.SessionSpread)
	}
	return size(d, d.Spread)
}

// limit writes the threshold that held with the sign of a change for the worse,
// and says where it is an accepted one.
func limit(d *compare.Delta) string {
	if d.Threshold == 0 {
		return none
	}
	sign := "+"
	if d.Better == bench.HigherIsBetter {
		sign = "-"
	}
	text := sign + size(d, d.Threshold)
	if d.AtLeast > 0 {
		text += " and " + d.Unit.Format(d.AtLeast)
	}
	if d.GateLimit > 0 {
		text += " (accepted)"
	}
	return text
}

// elapsed writes a duration to the second, or to the millisecond below one.
func elapsed(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// took says how long a measurement took; nothing where that is 0, unknown.
func took(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return ", in " + elapsed(d)
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
