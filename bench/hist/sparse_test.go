package hist

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// everywhere returns a histogram of one duration in each place that it has for
// one: tens of thousands, whose text is a few hundred bytes.
func everywhere() *Histogram {
	h := New()
	for d := Lowest; d <= Highest; d += max(d/2048, 32) {
		h.Record(d)
	}
	return h
}

// What is read is small in memory, and says what it said before.
func TestReadIsSmall(t *testing.T) {
	for name, h := range map[string]*Histogram{
		"empty":       New(),
		"one":         record([]time.Duration{time.Millisecond}),
		"many":        record(lognormal(1, 5000)),
		"every 10 µs": record(steps(10*time.Microsecond, 10_000)),
	} {
		text := encoded(t, h)
		var got Histogram
		if err := got.UnmarshalText(text); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		size := len(got.read.text)
		if got.read.packed != nil {
			size += got.read.packed.GetMemorySize()
		}
		if got.counts != nil || size > (maxGrowth+1)*len(text) {
			t.Errorf("%s: takes %d bytes for a text of %d", name, size, len(text))
		}
		if got.Count() != h.Count() || got.Max() != h.Max() || got.Quantile(0.9) != h.Quantile(0.9) || got.TailMean(0.01) != h.TailMean(0.01) {
			t.Errorf("%s: says something else than before", name)
		}
		sum := New()
		sum.Merge(&got)
		if !bytes.Equal(encoded(t, sum), text) {
			t.Errorf("%s: adds something else than it counts", name)
		}
	}
	// Of both kinds of text, what could be unpacked to the most.
	var wide, deceptive Histogram
	text := encoded(t, everywhere())
	if err := wide.UnmarshalText(text); err != nil || wide.read.packed != nil && wide.read.packed.GetMemorySize() > maxGrowth*len(text) {
		t.Errorf("one of every place: %v, of %d bytes", err, len(text))
	}
	if err := deceptive.UnmarshalText(encodedV2(t, everywhere())); err != nil || deceptive.read.packed != nil {
		t.Errorf("the deceptive one is unpacked in memory: %v", err)
	}
}

func steps(step time.Duration, n int) (durations []time.Duration) {
	for i := range n {
		durations = append(durations, time.Duration(i+1)*step)
	}
	return durations
}

// A text that claims a range of gigabytes is refused before room is made for it.
func TestReadRefusesOtherRanges(t *testing.T) {
	wide := hdrhistogram.NewPacked(1, math.MaxInt64, 5)
	full := hdrhistogram.NewPacked(int64(Lowest), int64(Highest), digits)
	if err := full.RecordValues(int64(time.Second), maxCount+1); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		h    *hdrhistogram.PackedHistogram
		want string
	}{
		"wide":          {wide, "range 1..9223372036854775807 ns with 5 digits, want 100.."},
		"other digits":  {hdrhistogram.NewPacked(int64(Lowest), int64(Highest), 2), "with 2 digits"},
		"longer":        {hdrhistogram.NewPacked(int64(Lowest), 2*int64(Highest), digits), "want 100..600000000000"},
		"too many":      {full, "more than anybody can have measured"},
		"one that fits": {hdrhistogram.NewPacked(int64(Lowest), int64(Highest), digits), ""},
	} {
		text, err := test.h.Encode()
		if err != nil {
			t.Fatal(err)
		}
		err = new(Histogram).UnmarshalText(text)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}
