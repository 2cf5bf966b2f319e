// Package hist records durations in High Dynamic Range histograms
// (Gil Tene, https://hdrhistogram.github.io/HdrHistogram/).
//
// It is the only package that knows the hdrhistogram library. Histograms of
// one trial are merged exactly; quantiles are read once, at the end, and never
// averaged.
package hist

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The range of a histogram. A duration outside it is recorded at the nearer end.
const (
	Lowest  = 100 * time.Nanosecond
	Highest = 10 * time.Minute
)

// digits is the number of significant decimal digits that a value keeps.
const digits = 3

// A Histogram counts durations between [Lowest] and [Highest], each kept to
// 3 significant digits (64 ns at the lower end). It is not safe for concurrent use.
// The zero value is empty, and ready to record.
type Histogram struct {
	counts *hdrhistogram.Histogram // nil until there are some, beside those in read
	recent []int64                 // recorded, and not in counts yet
	read   sparse
}

// batch is how many durations are recorded until they are counted. Counts lie far
// apart in memory: for a batch the CPU fetches several at once, where it would
// wait for each between two requests.
const batch = 128

// New returns an empty histogram. Once durations are counted it takes about
// 200 KiB, however many follow; one that is read from text takes little more
// than the text.
func New() *Histogram { return &Histogram{} }

func newCounts() *hdrhistogram.Histogram {
	return hdrhistogram.New(int64(Lowest), int64(Highest), digits)
}

// all returns the counts as they are quick to read and to add to.
func (h *Histogram) all() *hdrhistogram.Histogram {
	if len(h.recent) > 0 {
		h.settle()
	}
	if h.counts != nil {
		return h.counts
	}
	counts := newCounts()
	h.read.addTo(counts)
	return counts
}

// Record counts one duration.
func (h *Histogram) Record(d time.Duration) {
	switch {
	case h.recent == nil:
		h.recent = make([]int64, 0, batch)
	case len(h.recent) == batch:
		h.settle()
	}
	h.recent = append(h.recent, int64(min(max(d, Lowest), Highest)))
}

// settle adds what is recent to the counts.
func (h *Histogram) settle() {
	if h.counts == nil {
		h.counts = newCounts()
		h.read.addTo(h.counts)
	}
	for _, d := range h.recent {
		_ = h.counts.RecordValue(d) // which fails only outside the range
	}
	h.recent = h.recent[:0]
}

// Merge adds all that other counted. Other is not changed.
func (h *Histogram) Merge(other *Histogram) {
	if other.Count() == 0 {
		return
	}
	h.counts = h.all()
	if !other.recorded() {
		other.read.addTo(h.counts)
		return
	}
	h.counts.Merge(other.all())
}

// Count returns how many durations were recorded.
func (h *Histogram) Count() int64 {
	recent := int64(len(h.recent))
	if h.counts == nil {
		return h.read.total + recent
	}
	return h.counts.TotalCount() + recent
}

// recorded says whether there is more in h than what was read.
func (h *Histogram) recorded() bool { return h.counts != nil || len(h.recent) > 0 }

// Quantile returns the duration that a share q (between 0 and 1) of the
// recorded ones did not exceed, and 0 when nothing was recorded.
func (h *Histogram) Quantile(q float64) time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.all().ValueAtQuantile(q * 100))
}

// Max returns the longest duration, and 0 when nothing was recorded.
func (h *Histogram) Max() time.Duration { return h.Quantile(1) }

// TailMean returns the mean of the slowest share (between 0 and 1) of the
// recorded durations, at least one of them, and 0 when nothing was recorded.
func (h *Histogram) TailMean(share float64) time.Duration {
	total := h.Count()
	if total == 0 {
		return 0
	}
	want := max(int64(share*float64(total)+0.5), 1)
	bars := h.all().Distribution()
	left, sum := want, 0.0
	for i := len(bars) - 1; i >= 0 && left > 0; i-- {
		n := min(bars[i].Count, left)
		sum += float64(n) * float64(bars[i].From+bars[i].To) / 2
		left -= n
	}
	return time.Duration(sum / float64(want))
}

// emptyText is the text of a histogram without a duration.
const emptyText = "igA"

// MarshalText encodes h as docs/format.md says. One that was read, and not
// recorded to since, is encoded as it was.
func (h *Histogram) MarshalText() ([]byte, error) {
	switch {
	case h.recorded():
	case h.read.text != nil:
		return h.read.text, nil
	default: // most of a run's that are empty were never recorded to
		return []byte(emptyText), nil
	}
	return encodeText(h.all()), nil
}

// UnmarshalText reads what [Histogram.MarshalText] wrote, and the HdrHistogram
// interchange format V2, compressed, base64, of the same range. The text may be
// anybody's: what is kept in memory is at most a small multiple of it.
func (h *Histogram) UnmarshalText(text []byte) error {
	read, err := readSparse(text)
	if err != nil {
		return fmt.Errorf("histogram: %w", err)
	}
	*h = Histogram{read: read}
	return nil
}
