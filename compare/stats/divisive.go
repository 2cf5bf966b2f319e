package stats

import (
	"math"
	"math/rand/v2"
)

// Divisive finds the places at which a series changes, by E-divisive means
// (Matteson and James 2014, JASA 109, 334-345): the series is split where the
// energy distance of the values before and after is largest, and so are the
// parts, until a split is no stronger than those of the same values in random
// order. A change may be one of the mean, the spread or the shape.
//
// The random order makes Level exact, on the average of all seeds, whatever the
// law of the values is, as long as their order means nothing where nothing
// changes. Student's t at the place that was chosen for its difference, as in
// Hunter (Fleming et al. 2023), has no such level, and takes the values for normal.
type Divisive struct {
	Level    float64 // chance that a series without a change is split
	Shuffles int     // random orders that a split is held against, 1/Level-1 or more
	Least    int     // fewest values between two changes, 2 or more
	Seed     uint64
}

// DefaultDivisive is what perfcheck looks for changes with. 199 shuffles are
// those of R's ecp; its own fewest values between changes are 30, which a history
// of commits does not have.
var DefaultDivisive = Divisive{Level: 0.01, Shuffles: 199, Least: 3, Seed: 1}

// A ChangePoint is a place at which a series changes.
type ChangePoint struct {
	At int     // index of the first value after the change
	P  float64 // share of the orders, the series' own among them, that split the part at least as strongly
}

// Changes returns the change points of v, which holds no NaN, in order. What it
// says of a part depends on the values of the part alone.
func (d Divisive) Changes(v []float64) []ChangePoint {
	s := newSplitter(len(v), d.Least)
	return d.divide(nil, s, v, 0)
}

// divide appends the change points of a part, which begins at the given index.
func (d Divisive) divide(found []ChangePoint, s *splitter, part []float64, begin int) []ChangePoint {
	at, strength := s.split(part)
	if strength <= 0 {
		return found
	}
	p, significant := d.test(s, part, strength)
	if !significant {
		return found
	}
	found = d.divide(found, s, part[:at], begin)
	found = append(found, ChangePoint{begin + at, p})
	return d.divide(found, s, part[at:], begin+at)
}

// test holds a split's strength against those of the same values in random
// order. It stops as soon as too many are as strong.
func (d Divisive) test(s *splitter, part []float64, strength float64) (p float64, significant bool) {
	random := rand.New(rand.NewPCG(d.Seed, uint64(len(part))))
	shuffled := append([]float64(nil), part...)
	extreme := 1
	for range d.Shuffles {
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		// But for rounding: the same two halves in another order are as strong.
		if _, q := s.split(shuffled); q >= strength*(1-1e-9) {
			extreme++
		}
		if float64(extreme) > d.Level*float64(d.Shuffles+1) {
			return 1, false
		}
	}
	return float64(extreme) / float64(d.Shuffles+1), true
}

// A splitter holds the memory for splitting series up to a length.
type splitter struct {
	least   int
	inverse []float64 // 1/i
	before  []float64 // by index: sum of all distances between the values before it
	window  []float64 // by end: sum of all distances within the right sample
}

func newSplitter(n, least int) *splitter {
	s := &splitter{least, make([]float64, n+1), make([]float64, n+1), make([]float64, n+1)}
	for i := range s.inverse {
		s.inverse[i] = 1 / float64(i)
	}
	return s
}

// split returns where v splits best, and how strongly: the place and the
// largest value of
//
//	ab/(a+b) · (2·mean |x-y| - mean |x-x'| - mean |y-y'|)
//
// over all samples x, the first a values, and y, the next b of them. That y
// need not reach to the end finds what changes twice and is as before at the
// end. Where v has no two samples, the strength is 0.
//
// It takes n² steps: one more value in y, at its beginning, adds the distances
// of that value only, and the sum of those between x and y is what those within
// either leave of all.
func (s *splitter) split(v []float64) (at int, strength float64) {
	s.sum(v)
	clear(s.window)
	for a := len(v) - 1; a >= s.least; a-- {
		first, rest := v[a], v[a+1:]
		window, all := s.window[a+2:][:len(rest)], s.before[a+2:][:len(rest)]
		inverse, inverseSum := s.inverse[1:][:len(rest)], s.inverse[a+2:][:len(rest)]
		left := s.before[a]
		perLeft, length, size, added := left*s.inverse[a-1], float64(a), 1.0, 0.0
		for i, y := range rest { // y is the last of the right sample
			size++
			added += math.Abs(first - y)
			right := window[i] + added
			window[i] = right
			between := all[i] - left - right
			q := (between - perLeft*size - right*length*inverse[i]) * inverseSum[i]
			if 2*q >= strength && i+2 >= s.least {
				at, strength = a, 2*q
			}
		}
	}
	return at, strength
}

// sum adds up the distances before each index.
func (s *splitter) sum(v []float64) {
	for i, x := range v {
		even, odd := 0.0, 0.0 // two sums at a time take half as long as one
		for j := 0; j+1 < i; j += 2 {
			even += math.Abs(x - v[j])
			odd += math.Abs(x - v[j+1])
		}
		if i%2 == 1 {
			even += math.Abs(x - v[i-1])
		}
		s.before[i+1] = s.before[i] + even + odd
	}
}
