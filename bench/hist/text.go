package hist

import (
	"encoding/base64"
	"math/bits"
	"sort"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A histogram travels as textMark and, in base64 without padding, binary
// interpolative coding (Moffat and Stuiver, Information Retrieval 3, 2000): how
// many durations there are; the place of the middle one; then, in the same way,
// those before it, for which only the places up to it are left, and those after it.
// Of measured latencies an arithmetic coder makes 4 % less, and HdrHistogram's own
// encoding two thirds more. The first letter of that is another.
const textMark = 'i'

// The places of the range: 2048 of 64 ns each, then 1024 in each doubling.
const (
	unitBits  = 6  // of nanoseconds below a unit
	placeBits = 10 // of a place in its doubling
)

// lastPlace is that of the longest duration.
var lastPlace = placeOf(int64(Highest))

func placeOf(nanoseconds int64) int {
	units := uint64(nanoseconds) >> unitBits
	doubling := max(bits.Len64(units)-placeBits-1, 0)
	return doubling<<placeBits + int(units>>doubling)
}

// lowestAt returns the fewest nanoseconds that have the place.
func lowestAt(place int) int64 {
	doubling := max(place>>placeBits-1, 0)
	return int64(place-doubling<<placeBits) << (doubling + unitBits)
}

// An encoder writes durations by their rank, the shortest first.
type encoder struct {
	bitWriter
	places []int   // that have durations, ascending
	upTo   []int64 // how many durations have that place or one before it
}

func encodeText(counts *hdrhistogram.Histogram) []byte {
	packed := newPacked()
	packed.MergeFrom(counts)
	var e encoder
	var total int64
	for value, count := range packed.ForEachBucket {
		total += count
		e.places, e.upTo = append(e.places, placeOf(value)), append(e.upTo, total)
	}
	e.writeCount(total)
	e.between(0, total, 0, lastPlace)
	return base64.RawStdEncoding.AppendEncode([]byte{textMark}, e.data)
}

// between writes n durations from a rank on, which lie between two places.
func (e *encoder) between(rank, n int64, first, last int) {
	if n == 0 || first == last {
		return
	}
	half := n / 2
	place := e.place(rank + half)
	e.writeOneOf(place-first, last-first+1)
	e.between(rank, half, first, place)
	e.between(rank+half+1, n-half-1, place, last)
}

func (e *encoder) place(rank int64) int {
	return e.places[sort.Search(len(e.upTo), func(i int) bool { return e.upTo[i] > rank })]
}

// A decoder reads what an encoder wrote, or what anybody says that it did: each
// place but the only one left takes a bit at least, so that there are no more
// than the text has bits.
type decoder struct {
	bitReader
	packed *hdrhistogram.PackedHistogram
}

func decodeText(text []byte) (*hdrhistogram.PackedHistogram, error) {
	data, err := base64.RawStdEncoding.Strict().AppendDecode(nil, text[1:])
	if err != nil {
		return nil, err
	}
	d := decoder{bitReader{data: data}, newPacked()}
	total, err := d.readCount()
	if err != nil {
		return nil, err
	}
	if err := d.between(total, 0, lastPlace); err != nil {
		return nil, err
	}
	return d.packed, d.end()
}

func (d *decoder) between(n int64, first, last int) error {
	switch {
	case n == 0:
		return nil
	case first == last:
		return d.packed.RecordValues(lowestAt(first), n)
	}
	offset, err := d.readOneOf(last - first + 1)
	if err != nil {
		return err
	}
	half, place := n/2, first+offset
	if err := d.between(half, first, place); err != nil {
		return err
	}
	if err := d.packed.RecordValues(lowestAt(place), 1); err != nil {
		return err
	}
	return d.between(n-half-1, place, last)
}

func newPacked() *hdrhistogram.PackedHistogram {
	return hdrhistogram.NewPacked(int64(Lowest), int64(Highest), digits)
}
