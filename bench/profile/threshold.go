package profile

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
)

// A notation is how thresholds are written: a number and its sign.
type notation struct{ name, sign, example string }

var (
	percent = notation{"percent", "%", "3%"}
	points  = notation{"percentage points", "pp", "0.1pp"}
)

// notationOf returns how shares of a metric are written; ok is false for one
// that is compared by difference in units of its own.
func notationOf(m bench.Metric) (n notation, ok bool) {
	if m.Scale == bench.Ratio {
		return percent, true
	}
	return points, m.Unit == bench.Fraction
}

// threshold reads a share in percent for a metric that is compared by ratio,
// percentage points for a share that is compared by difference, units for other
// differences: they are never mixed up silently.
func (r *reader) threshold(n *node, m bench.Metric) float64 {
	v, ok := share(n.text, m)
	if _, shared := notationOf(m); !ok || shared && v > 1 {
		r.bad(n, "%s", noThreshold(n.String(), n.text, m))
	}
	return v
}

// ParseThreshold reads the size of a change of a metric as perfcheck.yml has it:
// 3%, 0.1pp or 256KiB/s. It may be larger than any gate's.
func ParseThreshold(text string, m bench.Metric) (float64, error) {
	v, ok := share(text, m)
	if !ok {
		return 0, errors.New(noThreshold(strconv.Quote(text), text, m))
	}
	return v, nil
}

// FormatThreshold writes what [ParseThreshold] reads.
func FormatThreshold(v float64, m bench.Metric) string {
	format := func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
	if n, ok := notationOf(m); ok {
		return format(v*100) + n.sign
	}
	switch m.Unit {
	case bench.BytesPerSecond:
		return format(v/1024) + "KiB/s"
	case bench.BytesPerRequest:
		return format(v/1024) + "KiB"
	default:
		return format(v)
	}
}

func share(text string, m bench.Metric) (v float64, ok bool) {
	n, ok := notationOf(m)
	if !ok {
		return inUnits(text, m.Unit)
	}
	v, ok = number(text, n.sign)
	return v / 100, ok
}

// noThreshold says what is wrong with a text; got is how the message shows it.
func noThreshold(got, text string, m bench.Metric) string {
	want, ok := notationOf(m)
	if !ok {
		return fmt.Sprintf("want %s, got %s", amount(m.Unit), got)
	}
	message := fmt.Sprintf("want more than 0 and at most 100 %s, as in %s, got %s", want.name, want.example, got)
	if advice := instead(text, m); advice != "" {
		message += ": " + advice
	}
	return message
}

// instead says what to write in place of a text that is no threshold of m,
// where that can be guessed.
func instead(text string, m bench.Metric) string {
	want, _ := notationOf(m)
	digits := strings.TrimSpace(strings.TrimRight(text, "%p"))
	v, err := strconv.ParseFloat(digits, 64)
	_, inUnits := inUnits(text, m.Unit)
	switch {
	case inUnits:
		return fmt.Sprintf("a limit in units stands beside one in percent, and the larger holds: write {threshold: %s, at_least: %s}", want.example, text)
	case err != nil || math.IsNaN(v) || v > 100:
		return ""
	case v < 0:
		return "it is the size of a change for the worse, without a sign"
	case v == 0:
		return "chance alone exceeds 0; off gates nothing"
	case digits != text:
		return fmt.Sprintf("%s is compared in %s: write %s%s", m.Name, want.name, digits, want.sign)
	case v < 1:
		return fmt.Sprintf("write %s%s, or %.4g%s for a share of %s", digits, want.sign, v*100, want.sign, digits)
	default:
		return "write " + digits + want.sign
	}
}
