package hist

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// maxCount is how many durations a histogram may count that is read: beyond it
// a float64 does not hold every number.
const maxCount = 1 << 53

// maxGrowth is how many times larger than its text a histogram may be that is
// kept in memory unpacked. A thousand requests
// take about ten times their text, while one of HdrHistogram's that was made to
// deceive may be unpacked to a thousandfold.
const maxGrowth = 16

// A sparse histogram is one as it was read. Most of a run that is stored is
// such, and counted out they would take a hundred times the memory.
type sparse struct {
	text   []byte
	packed *hdrhistogram.PackedHistogram // nil where it would be too large
	total  int64
}

func readSparse(text []byte) (sparse, error) {
	packed, err := unpack(text)
	if err != nil {
		return sparse{}, err
	}
	s := sparse{text: bytes.Clone(text), total: packed.TotalCount()}
	if s.total > maxCount {
		return sparse{}, fmt.Errorf("counts %d durations, more than anybody can have measured", s.total)
	}
	if packed.GetMemorySize() <= maxGrowth*len(text) {
		s.packed = packed
	}
	return s, nil
}

// addTo adds the counts to others, which have the same range.
func (s sparse) addTo(counts *hdrhistogram.Histogram) {
	packed := s.packed
	if packed == nil && s.text != nil {
		packed, _ = unpack(s.text) // which could be unpacked when it was read
	}
	if packed != nil {
		packed.MergeInto(counts)
	}
}

// unpack reads text of either kind.
func unpack(text []byte) (*hdrhistogram.PackedHistogram, error) {
	if len(text) > 0 && text[0] == textMark {
		return decodeText(text)
	}
	// Before anything is unpacked: the library makes room for whatever range
	// and precision a text claims to have.
	if err := checkRange(text); err != nil {
		return nil, err
	}
	return hdrhistogram.DecodePacked(text)
}

// The layout of HdrHistogram's interchange format: a cookie and a length, then compressed
// a header of cookie, length, offset, digits, lowest, highest and ratio
// (https://github.com/HdrHistogram/HdrHistogram, V2 encoding).
const (
	outerSize  = 8
	headerSize = 40
)

// checkRange wants the range and precision that [New] gives.
func checkRange(text []byte) error {
	outer := base64.NewDecoder(base64.StdEncoding, bytes.NewReader(text))
	if _, err := io.CopyN(io.Discard, outer, outerSize); err != nil {
		return errCutOff
	}
	inner, err := zlib.NewReader(outer)
	if err != nil {
		return err
	}
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(inner, header); err != nil {
		return errCutOff
	}
	figures, lowest, highest := binary.BigEndian.Uint32(header[12:]), binary.BigEndian.Uint64(header[16:]), binary.BigEndian.Uint64(header[24:])
	if lowest != uint64(Lowest) || highest != uint64(Highest) || figures != digits {
		return fmt.Errorf("range %d..%d ns with %d digits, want %d..%d with %d",
			lowest, highest, figures, int64(Lowest), int64(Highest), digits)
	}
	return nil
}
