package bench

import (
	"math"
	"testing"
)

func TestUnitFormat(t *testing.T) {
	tests := []struct {
		unit Unit
		v    float64
		want string
	}{
		{Seconds, 0, "0 s"},
		{Seconds, 0.00123456, "1.23 ms"},
		{Seconds, 0.000843, "843 µs"},
		{Seconds, 0.00099996, "1 ms"},
		{Seconds, 0.0000005, "500 ns"},
		{Seconds, 12.345, "12.3 s"},
		{Seconds, -0.0005, "-500 µs"},
		{CPUTime, 0.0021, "2.1 ms"},
		{PerSecond, 312.4, "312 req/s"},
		{PerSecond, 1234567, "1234567 req/s"},
		{PerSecond, 0.5, "0.5 req/s"},
		{Fraction, 0.005, "0.5 %"},
		{Bytes, 24.5 * (1 << 20), "24.5 MiB"},
		{Bytes, 512, "512 B"},
		{Bytes, 0, "0 B"},
		{BytesPerSecond, 0, "0 B/s"},
		{PerRequest, 0, "0 /req"},
		{Fraction, 0, "0 %"},
		{Unit("widgets"), 3, "3 widgets"},
		{Unit("widgets"), math.Copysign(0, -1), "0 widgets"},
	}
	for _, test := range tests {
		if got := test.unit.Format(test.v); got != test.want {
			t.Errorf("%s: %v is formatted as %q, want %q", test.unit, test.v, got, test.want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 blocks", 1: "1 block", 2: "2 blocks"} {
		if got := Count(n, "block"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestFormatChange(t *testing.T) {
	tests := []struct {
		scale  Scale
		unit   Unit
		change float64
		want   string
	}{
		{Ratio, Seconds, 0.118, "+11.8 %"},
		{Ratio, Seconds, 0.05, "+5 %"},
		{Ratio, Seconds, -0.0123, "-1.23 %"},
		{Ratio, Seconds, -0.00001, "0 %"},
		{Ratio, Seconds, 0.00001, "0 %"},
		{Difference, BytesPerSecond, 0, "0 B/s"},
		{Ratio, Bytes, 2.5, "+250 %"},
		{Difference, Fraction, 0.001, "+0.1 pp"},
		{Difference, Fraction, 0.00013, "+0.013 pp"},
		{Difference, Fraction, 0, "0 pp"},
		{Difference, Seconds, 0.002, "+2 ms"},
	}
	for _, test := range tests {
		if got := FormatSigned(test.scale, test.unit, test.change); got != test.want {
			t.Errorf("%s %s: %v is formatted as %q, want %q", test.scale, test.unit, test.change, got, test.want)
		}
	}
	if got := FormatChange(Ratio, Seconds, 0.118); got != "11.8 %" {
		t.Errorf("unsigned: got %q", got)
	}
}
