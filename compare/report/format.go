package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// none stands where there is no number.
const none = "–"

// value writes a number in base units for a reader, to 3 significant digits.
func value(u bench.Unit, v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return none
	}
	switch u {
	case bench.Seconds, bench.CPUTime:
		return scaled(v, []step{{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}})
	case bench.Bytes:
		return scaled(v, []step{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}, {1, "B"}})
	case bench.Fraction:
		return digits(v*100) + "%"
	}
	return digits(v) + " " + string(u)
}

type step struct {
	size float64
	unit string
}

// scaled writes v in the largest unit of which it is at least one.
func scaled(v float64, steps []step) string {
	last := steps[len(steps)-1]
	for _, s := range steps {
		if math.Abs(v) >= s.size {
			return digits(v/s.size) + " " + s.unit
		}
	}
	return digits(v/last.size) + " " + last.unit
}

// digits writes v with 3 significant digits, and all of its whole part.
func digits(v float64) string {
	size := math.Abs(v)
	switch {
	case size == 0:
		return "0"
	case size >= 99.95:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case size >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case size >= 0.9995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case size >= 0.0005:
		return strconv.FormatFloat(v, 'f', 3, 64)
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

// change writes a change with its sign: percent of base's value, percentage
// points of a share, or base units.
func change(d *compare.Delta, v float64) string {
	size := limit(d, math.Abs(v))
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return none
	case strings.Trim(size, "0.% pb") == "":
		return size // no sign before nothing
	case v < 0:
		return "-" + size
	}
	return "+" + size
}

// limit writes the size of a change.
func limit(d *compare.Delta, v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return none
	case d.Scale == bench.Ratio:
		return percent(v * 100)
	case d.Unit == bench.Fraction:
		return trim(strconv.FormatFloat(v*100, 'f', 2, 64)) + " pp"
	}
	return value(d.Unit, v)
}

// percent has one decimal, but none where it would be 0 or says nothing.
func percent(v float64) string {
	if v >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64) + "%"
	}
	return trim(strconv.FormatFloat(v, 'f', 1, 64)) + "%"
}

// trim takes zeros, and then the point, from the end of a decimal number.
func trim(number string) string {
	if !strings.Contains(number, ".") {
		return number
	}
	return strings.TrimRight(strings.TrimRight(number, "0"), ".")
}

func interval(d *compare.Delta) string {
	if d.Blocks == 0 {
		return none
	}
	return change(d, d.Low) + " to " + change(d, d.High)
}

// threshold writes the limit with the sign of a change for the worse.
func threshold(d *compare.Delta) string {
	sign := "+"
	if d.Better == bench.HigherIsBetter {
		sign = "-"
	}
	text := sign + limit(d, d.Threshold)
	if d.AtLeast > 0 {
		text += " and " + value(d.Unit, d.AtLeast)
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

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
