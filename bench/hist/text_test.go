package hist

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// encodedV2 is what older perfchecks wrote.
func encodedV2(t *testing.T, h *Histogram) []byte {
	t.Helper()
	text, err := h.all().Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Stored texts must be read for ever, so these never change. The last one by hand:
// 011 is 2 durations. 1.5 ms is unit 23437, so place 5560: one of 24670, of which
// the first 8098 take 14 bits. The other one is at the last of the 5561 places that
// are left, of which those from 2631 on take 13 bits, and 2631 is added.
func TestTextIsAsItWas(t *testing.T) {
	for name, test := range map[string]struct {
		durations []time.Duration
		want      string
	}{
		"empty": {nil, "igA"},
		"one":   {[]time.Duration{0}, "iQACA"},
		"two":   {[]time.Duration{1500 * time.Microsecond, 1500 * time.Microsecond}, "iatx//A"},
	} {
		if got := string(encoded(t, record(test.durations))); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestOlderTextIsRead(t *testing.T) {
	h := record(lognormal(1, 5000))
	var got Histogram
	if err := got.UnmarshalText(encodedV2(t, h)); err != nil {
		t.Fatal(err)
	}
	sum := New()
	sum.Merge(&got)
	if string(encoded(t, sum)) != string(encoded(t, h)) {
		t.Error("counts something else")
	}
	if string(encoded(t, &got)) != string(encodedV2(t, h)) {
		t.Error("is not written as it was read")
	}
}

// 200 requests take ten bits each at most, as text.
func TestTextIsSmall(t *testing.T) {
	h := record(lognormal(1, 200))
	if text, older := len(encoded(t, h)), len(encodedV2(t, h)); text > 250 || 10*text > 6*older {
		t.Errorf("%d bytes, and as HdrHistogram writes it %d", text, older)
	}
}

func TestEveryPlace(t *testing.T) {
	for place := range lastPlace + 1 {
		lowest := lowestAt(place)
		if placeOf(lowest) != place || place > 0 && placeOf(lowest-1) != place-1 {
			t.Fatalf("place %d: begins at %d, which is in %d", place, lowest, placeOf(lowest))
		}
	}
	// The library's places are the same.
	for value := range everywhere().packed().ForEachBucket {
		if lowestAt(placeOf(value)) != value {
			t.Fatalf("%d is not where place %d begins", value, placeOf(value))
		}
	}
}

func (h *Histogram) packed() *hdrhistogram.PackedHistogram {
	p := newPacked()
	p.MergeFrom(h.all())
	return p
}

func TestCountsBeyondMemory(t *testing.T) {
	h := &Histogram{counts: newCounts()}
	for _, d := range []time.Duration{Lowest, time.Millisecond, Highest} {
		if err := h.counts.RecordValues(int64(d), maxCount/4); err != nil {
			t.Fatal(err)
		}
	}
	var got Histogram
	if err := got.UnmarshalText(encoded(t, h)); err != nil || got.Count() != h.Count() || got.Quantile(0.5) != h.Quantile(0.5) {
		t.Errorf("got %d, %v, want %d", got.Count(), err, h.Count())
	}
}

func TestDecodeRefuses(t *testing.T) {
	many := &Histogram{counts: newCounts()}
	if err := many.counts.RecordValues(1000, math.MaxInt64/2); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ text, want string }{
		"nothing":         {"i", "cut off"},
		"cut off":         {"iatw", "cut off"},
		"more bytes":      {"igAAA", "after its end"},
		"more bits":       {"igQ", "after its end"},
		"padded":          {"igA==", "base64"},
		"no base64":       {"i?", "base64"},
		"too many":        {string(encoded(t, many)), "more durations than anybody"},
		"only zeros":      {"i" + strings.Repeat("A", 100), "more durations than anybody"},
		"other character": {"jgA", "cut off"},
	} {
		err := new(Histogram).UnmarshalText([]byte(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}
