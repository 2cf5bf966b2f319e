package hist

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// precision is what 3 significant digits may be off by.
const precision = 1e-3

// lognormal returns n durations with a median of 5 ms and a long tail.
func lognormal(seed uint64, n int) []time.Duration {
	random := rand.New(rand.NewPCG(seed, 0))
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = time.Duration(5e6 * math.Exp(random.NormFloat64()))
	}
	return out
}

func record(durations []time.Duration) *Histogram {
	h := New()
	for _, d := range durations {
		h.Record(d)
	}
	return h
}

func wantNear(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if math.Abs(float64(got-want)) > precision*float64(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestQuantilesAgainstExactOnes(t *testing.T) {
	for seed := range uint64(5) {
		durations := lognormal(seed, 20_000)
		h := record(durations)
		slices.Sort(durations)
		for _, q := range []float64{0.001, 0.5, 0.9, 0.99, 0.999, 1} {
			wantNear(t, "quantile", h.Quantile(q), durations[int(math.Ceil(q*20_000))-1])
		}
		wantNear(t, "max", h.Max(), durations[len(durations)-1])
	}
}

func TestTailMeanAgainstExactOne(t *testing.T) {
	for _, n := range []int{1, 10, 1000, 20_000} {
		durations := lognormal(uint64(n), n)
		h := record(durations)
		slices.Sort(durations)
		for _, share := range []float64{0.01, 0.1, 1} {
			slowest := durations[n-max(1, int(share*float64(n)+0.5)):]
			var sum time.Duration
			for _, d := range slowest {
				sum += d
			}
			wantNear(t, "tail", h.TailMean(share), sum/time.Duration(len(slowest)))
		}
	}
}

func TestEmpty(t *testing.T) {
	h := New()
	if h.Count() != 0 || h.Quantile(0.5) != 0 || h.TailMean(0.01) != 0 {
		t.Errorf("count %d, median %v, tail %v", h.Count(), h.Quantile(0.5), h.TailMean(0.01))
	}
}

func TestOutsideTheRange(t *testing.T) {
	h := record([]time.Duration{-time.Second, 0, Lowest - 1, Lowest, Highest, Highest + 1, math.MaxInt64})
	if h.Count() != 7 {
		t.Errorf("counted %d, want 7", h.Count())
	}
	wantNear(t, "max", h.Max(), Highest)
	if low := h.Quantile(0); low > 2*Lowest {
		t.Errorf("lowest: %v", low)
	}
}

func TestMergeIsAsIfRecordedInOne(t *testing.T) {
	a, b := lognormal(1, 5000), lognormal(2, 500)
	a[0], b[0] = 0, 0 // below the range
	merged, other := record(a), record(b)
	before := encoded(t, other)
	merged.Merge(other)
	whole := record(slices.Concat(a, b))
	if !bytes.Equal(encoded(t, merged), encoded(t, whole)) {
		t.Error("not the same as recording all in one")
	}
	if !bytes.Equal(encoded(t, other), before) {
		t.Error("the merged histogram was changed")
	}
}

func encoded(t *testing.T, h *Histogram) []byte {
	t.Helper()
	text, err := h.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTextRoundTrip(t *testing.T) {
	for name, durations := range map[string][]time.Duration{
		"empty": nil,
		"one":   {time.Millisecond},
		"ends":  {Lowest, Highest},
		"many":  lognormal(1, 5000),
	} {
		h := record(durations)
		var got Histogram
		if err := got.UnmarshalText(encoded(t, h)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(encoded(t, &got), encoded(t, h)) || got.Count() != h.Count() {
			t.Errorf("%s: %d of %d came back", name, got.Count(), h.Count())
		}
		// What was read can be recorded to and merged with.
		got.Record(Highest)
		h.Merge(&got)
		if want := int64(2*len(durations) + 1); h.Count() != want {
			t.Errorf("%s: %d after a merge, want %d", name, h.Count(), want)
		}
	}
}

func FuzzUnmarshalText(f *testing.F) {
	for _, h := range []*Histogram{New(), record([]time.Duration{Lowest, time.Millisecond, Highest})} {
		text, err := h.MarshalText()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		if text, err = h.all().Encode(hdrhistogram.V2CompressedEncodingCookieBase); err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("no histogram"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var h Histogram
		if h.UnmarshalText(text) != nil {
			return
		}
		again := encoded(t, &h)
		var h2 Histogram
		if err := h2.UnmarshalText(again); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(encoded(t, &h2), again) {
			t.Error("differs after a round trip")
		}
		same := New()
		same.Merge(&h)
		if text[0] == textMark && !bytes.Equal(encoded(t, same), text) {
			t.Error("is not the only text of what it counts")
		}
		h.Record(Highest)
		if h.Quantile(0.5) < 0 || h.TailMean(0.01) < 0 {
			t.Errorf("median %v, tail %v", h.Quantile(0.5), h.TailMean(0.01))
		}
	})
}

// Most steps of most windows of a warm-up see no request: what counts nothing
// takes no room, also once it was read, merged and written.
func TestEmptyTakesNoRoom(t *testing.T) {
	h := New()
	h.Merge(New())
	text, err := h.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var read Histogram
	if err := read.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	h.Merge(&read)
	if h.counts != nil || h.Count() != 0 || h.Quantile(0.5) != 0 || h.TailMean(0.01) != 0 {
		t.Errorf("an empty histogram counts %d, its median is %v", h.Count(), h.Quantile(0.5))
	}
}
