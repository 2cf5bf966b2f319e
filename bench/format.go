package bench

import (
	"math"
	"strconv"
)

// A magnitude is one of the sizes in which a unit is printed.
type magnitude struct {
	size float64 // in base units
	name string
}

// magnitudes of the units, the largest first. CPU time is printed as the time
// it is: the metric's name says that it is for one request.
var magnitudes = map[Unit][]magnitude{
	Seconds:   {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}},
	CPUTime:   {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}},
	PerSecond: {{1, "req/s"}},
	Fraction:  {{1e-2, "%"}},
	Bytes:     {{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}, {1, "B"}},

	BytesPerSecond:  {{1 << 30, "GiB/s"}, {1 << 20, "MiB/s"}, {1 << 10, "KiB/s"}, {1, "B/s"}},
	BytesPerRequest: {{1 << 30, "GiB/req"}, {1 << 20, "MiB/req"}, {1 << 10, "KiB/req"}, {1, "B/req"}},
	PerRequest:      {{1e9, "G/req"}, {1e6, "M/req"}, {1e3, "k/req"}, {1, "/req"}},
}

// Format returns v, which is in base units, with three digits and the unit
// that suits its size: "1.23 ms", "312 req/s", "0.5 %", "24.5 MiB".
func (u Unit) Format(v float64) string {
	sizes := magnitudes[u]
	if len(sizes) == 0 {
		if u == "" || u[0] == '/' { // a number, or one for each second or request
			return plain(v) + string(u)
		}
		return plain(v) + " " + string(u)
	}
	chosen := sizes[len(sizes)-1]
	for _, m := range sizes {
		// What would be printed as 1000 of one size is 1 of the next; 0 is of the unit itself.
		if math.Abs(v) >= 0.9995*m.size || v == 0 && m.size == 1 {
			chosen = m
			break
		}
	}
	return digits(v/chosen.size, 2) + " " + chosen.name
}

// plain returns v with three significant digits at least.
func plain(v float64) string {
	if math.Abs(v) < 1 {
		return strconv.FormatFloat(v+0, 'g', 3, 64) // no -0
	}
	return digits(v, 2)
}

// FormatChange returns a change of a metric of unit u: a share of the base's
// value as "11.8 %" on the scale Ratio, else a difference, which for a
// Fraction is in percentage points: "0.15 pp". Only a minus is shown as sign.
func FormatChange(s Scale, u Unit, change float64) string {
	switch {
	case s == Ratio:
		return digits(change*100, 2) + " %"
	case u == Fraction:
		return digits(change*100, 3) + " pp"
	default:
		return u.Format(change)
	}
}

// FormatSigned is [FormatChange] with a plus before what is written as more than
// zero, as a column of changes wants it.
func FormatSigned(s Scale, u Unit, change float64) string {
	text := FormatChange(s, u, change)
	if change > 0 && text != FormatChange(s, u, 0) {
		return "+" + text
	}
	return text
}

// Count returns a number of things: "1 block", "2 blocks".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// digits returns v with three significant digits, but with no more decimals
// than given and no zeros at the end.
func digits(v float64, decimals int) string {
	if a := math.Abs(v); a >= 99.95 {
		decimals = 0
	} else if a >= 9.995 {
		decimals = min(decimals, 1)
	}
	scale := math.Pow10(decimals)
	rounded := math.Round(v*scale) / scale
	// Adding 0 turns -0 into 0.
	return strconv.FormatFloat(rounded+0, 'f', -1, 64)
}
