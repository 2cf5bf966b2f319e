package hist

import (
	"errors"
	"fmt"
	"math/bits"
)

// A bitWriter appends numbers of few bits to bytes, the highest bit first.
type bitWriter struct {
	data []byte
	free int // bits of the last byte
}

func (w *bitWriter) write(value uint64, width int) {
	for width > 0 {
		if w.free == 0 {
			w.data, w.free = append(w.data, 0), 8
		}
		n := min(width, w.free)
		part := value >> (width - n) & (1<<n - 1)
		w.data[len(w.data)-1] |= byte(part << (w.free - n))
		w.free -= n
		width -= n
	}
}

// writeOneOf writes which of so many numbers from 0 on it is, in truncated
// binary: where they are no power of two, the first ones take a bit less.
func (w *bitWriter) writeOneOf(value, of int) {
	width, short := truncated(of)
	if value < short {
		w.write(uint64(value), width)
		return
	}
	w.write(uint64(value+short), width+1)
}

// truncated returns how many bits each of the first of so many numbers takes,
// and how many numbers those are. The others take a bit more.
func truncated(of int) (width, short int) {
	width = bits.Len(uint(of)) - 1
	return width, 2<<width - of
}

// writeCount writes a number of any size, and first how many bits that is
// (Elias's gamma code of the number after it).
func (w *bitWriter) writeCount(n int64) {
	width := bits.Len64(uint64(n) + 1)
	w.write(0, width-1)
	w.write(uint64(n)+1, width)
}

var errCutOff = errors.New("cut off")

// A bitReader reads what a bitWriter wrote.
type bitReader struct {
	data []byte
	used int // bits
}

func (r *bitReader) read(width int) (value uint64, err error) {
	if width > 8*len(r.data)-r.used {
		return 0, errCutOff
	}
	for range width {
		bit := r.data[r.used/8] >> (7 - r.used%8) & 1
		value = value<<1 | uint64(bit)
		r.used++
	}
	return value, nil
}

func (r *bitReader) readOneOf(of int) (int, error) {
	width, short := truncated(of)
	value, err := r.read(width)
	if err != nil || int(value) < short {
		return int(value), err
	}
	last, err := r.read(1)
	return int(value<<1|last) - short, err
}

// readCount reads a number up to maxCount.
func (r *bitReader) readCount() (int64, error) {
	for width := range bits.Len64(maxCount) {
		bit, err := r.read(1)
		if err != nil {
			return 0, err
		}
		if bit == 1 {
			rest, err := r.read(width)
			return int64(1<<width|rest) - 1, err
		}
	}
	return 0, fmt.Errorf("counts more durations than anybody can have measured")
}

// end wants no bits that no number needs.
func (r *bitReader) end() error {
	rest := 8*len(r.data) - r.used
	if rest >= 8 {
		return fmt.Errorf("%d bytes after its end", rest/8)
	}
	if value, err := r.read(rest); err != nil || value != 0 {
		return fmt.Errorf("bits after its end")
	}
	return nil
}
