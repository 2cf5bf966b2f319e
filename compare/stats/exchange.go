// Package stats holds the statistics of a comparison: tests, estimates and
// their intervals, spread and power, all as pure functions of numbers.
//
// In a paired measurement each block yields one number a metric: D, the change
// from base to head, turned so that larger is worse. That is all this package
// knows of the world; NaN stands for a block that has no number.
//
// The tests are exact under the one assumption that the design of the
// measurement makes true: when head is no different from base, exchanging the
// two arms of any block would have been as likely an outcome.
package stats

import (
	"cmp"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// exactBlocks is the largest number of blocks of which all exchanges are
// enumerated; beyond it, sampleSize of them are drawn.
const (
	exactBlocks = 12
	sampleSize  = 20_000
)

// tie is the difference up to which two standard scores count as equal: they
// are quotients of integers and roots of integers, equal but for rounding.
const tie = 1e-9

// Exchanges are ways in which the arms of a paired measurement can be
// exchanged within whole blocks, the measurement as it was among them.
type Exchanges struct {
	count   int
	width   int     // bytes a mask
	masks   []uint8 // count masks; a set bit exchanges the arms of its block
	sampled bool
}

// NewExchanges returns all 2^blocks exchanges where blocks is at most 12, else
// the measurement as it was and 19,999 others drawn from the seed, so that a
// share of the exchanges is a valid p-value (Phipson and Smyth 2010).
func NewExchanges(blocks int, seed uint64) *Exchanges {
	x := &Exchanges{count: sampleSize, width: (blocks + 7) / 8, sampled: blocks > exactBlocks}
	if !x.sampled {
		x.count = 1 << blocks
	}
	x.masks = make([]uint8, x.count*x.width)
	random := rand.New(rand.NewPCG(seed, uint64(blocks)))
	for e := 1; e < x.count; e++ {
		for b := range x.width {
			mask := uint8(e >> (8 * b))
			if x.sampled {
				mask = uint8(random.Uint32())
			}
			x.masks[e*x.width+b] = mask
		}
	}
	return x
}

// Count returns how many exchanges there are.
func (x *Exchanges) Count() int { return x.count }

// Sampled says whether they are a sample and not all that are possible.
func (x *Exchanges) Sampled() bool { return x.sampled }

// Test returns the Mann-Whitney U of head's against base's values after each
// block was centred (aligned ranks: Hodges and Lehmann 1962), and how many
// exchanges have a U at least as large: divided by [Exchanges.Count], the
// one-sided p-value. U lies between 0 and n² for n blocks with a number, and
// is n²/2 where neither arm is larger.
func (x *Exchanges) Test(d []float64) (u float64, extreme int) {
	a := align(Sample{D: d, Limit: math.Inf(-1)})
	observed := a.score(x.mask(0))
	for e := range x.count {
		if a.score(x.mask(e)).u >= observed.u-tie {
			extreme++
		}
	}
	n := 0.0
	for _, v := range d {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n*n/2 + a.rankSum(x.mask(0))/2, extreme
}

// A Sample is one metric of a family that is tested jointly.
type Sample struct {
	D     []float64 // by block
	Limit float64   // the metric competes only where the mean of D exceeds it
}

// StepDown returns a one-sided p-value for each sample, adjusted over all of
// them by the step-down max-T procedure (Westfall and Young 1993, algorithm
// 4.1): the chance that any of the metrics still in question scores so high
// when none has changed. The score is U's standard score where the mean of D
// exceeds the sample's limit, else minus infinity, in the measurement and in
// every exchange alike; a sample that does not exceed its limit gets 1.
//
// In n blocks all alike U's score is as high as it can be, and of many samples
// one is so, too, in some exchange: it has only to flip what few of its blocks
// differ. A score that equals another sample's counts therefore as higher when
// its D are more of one size (the mean of D over its root mean square). Within
// one sample equal scores stay equal, so that one alone gets the p of [Exchanges.Test].
func (x *Exchanges) StepDown(samples []Sample) []float64 {
	p := make([]float64, len(samples))
	order := make([]int, len(samples))
	all := make([]aligned, len(samples))
	scores := make([]score, len(samples))
	for i, s := range samples {
		p[i], order[i], all[i] = 1, i, align(s)
		scores[i] = all[i].score(x.mask(0))
	}
	slices.SortStableFunc(order, func(a, b int) int { return scores[b].compare(scores[a]) })
	competing := 0
	for competing < len(order) && scores[order[competing]] != none {
		competing++
	}
	if competing == 0 {
		return p
	}
	extreme := make([]int, len(samples))
	for e := range x.count {
		mask, rival := x.mask(e), none
		for _, i := range slices.Backward(order) {
			own := all[i].score(mask)
			if own.u >= scores[i].u-tie || !rival.less(scores[i]) {
				extreme[i]++
			}
			if rival.less(own) {
				rival = own
			}
		}
	}
	floor := 0.0
	for _, i := range order[:competing] {
		floor = max(floor, float64(extreme[i])/float64(x.count))
		p[i] = floor
	}
	return p
}

func (x *Exchanges) mask(e int) []uint8 { return x.masks[e*x.width : (e+1)*x.width] }

// A score says how far a sample is from no change under some exchange.
type score struct {
	u    float64 // U's standard score
	even float64 // the mean of D over its root mean square, -1 to 1; it decides between equal u
}

// none is the score of a sample that does not compete.
var none = score{u: math.Inf(-1)}

func (s score) less(t score) bool { return s.compare(t) < 0 }

func (s score) compare(t score) int {
	if d := s.u - t.u; d > tie || d < -tie {
		return cmp.Compare(s.u, t.u)
	}
	if d := s.even - t.even; d > tie || d < -tie {
		return cmp.Compare(s.even, t.even)
	}
	return 0
}

// aligned is a sample, prepared so that its score under an exchange takes one
// look-up for every eight blocks.
type aligned struct {
	tables [][256]sums
	scale  float64 // from a sum of ranks to a standard score; 0 where the ranks have no spread
	limit  float64 // of the sum of D
	even   float64 // from a sum of D to its evenness
}

// sums are taken over eight blocks, under one exchange of their arms.
type sums struct {
	ranks float64 // of the signed weights; a whole number
	d     float64
}

// align ranks the 2n values ±D/2 of the centred blocks. Exchanging block i
// moves head's rank sum by 2r-1, where r is the (mid)rank of |D| among all n;
// by nothing where D is 0.
func align(s Sample) aligned {
	weights := rankWeights(s.D)
	a := aligned{tables: make([][256]sums, (len(s.D)+7)/8)}
	var n, squares, size, power float64
	for b, d := range s.D {
		if math.IsNaN(d) {
			continue
		}
		n++
		squares += weights[b] * weights[b]
		size += math.Abs(d)
		power += d * d
	}
	// The slack is far below any change that matters, and above the
	// rounding of a sum of n numbers.
	a.limit = n*s.Limit + 1e-12*size
	if squares > 0 {
		a.scale = 1 / math.Sqrt(squares)
		a.even = 1 / math.Sqrt(n*power)
	}
	for t := range a.tables {
		end := min(8*t+8, len(s.D))
		a.tables[t] = signedSums(s.D[8*t:end], weights[8*t:end])
	}
	return a
}

// signedSums adds up at most eight blocks under each of their 256 exchanges,
// each from the one that differs by its lowest block.
func signedSums(d, weights []float64) (table [256]sums) {
	for b, v := range d {
		if !math.IsNaN(v) {
			table[0].ranks += math.Copysign(weights[b], v)
			table[0].d += v
		}
	}
	for mask := 1; mask < len(table); mask++ {
		s := table[mask&(mask-1)]
		if b := bits.TrailingZeros(uint(mask)); b < len(d) && !math.IsNaN(d[b]) {
			s.ranks -= 2 * math.Copysign(weights[b], d[b])
			s.d -= 2 * d[b]
		}
		table[mask] = s
	}
	return table
}

// rankWeights returns 2r-1 for each block, r being the midrank of |D|, and 0
// for a block whose D is 0 or missing.
func rankWeights(d []float64) []float64 {
	weights := make([]float64, len(d))
	for i, v := range d {
		if math.IsNaN(v) || v == 0 {
			continue
		}
		for _, w := range d {
			switch c := cmp.Compare(math.Abs(w), math.Abs(v)); {
			case math.IsNaN(w):
			case c < 0:
				weights[i] += 2
			case c == 0:
				weights[i]++
			}
		}
	}
	return weights
}

func (a *aligned) rankSum(mask []uint8) (sum float64) {
	for b, m := range mask {
		sum += a.tables[b][m].ranks
	}
	return sum
}

func (a *aligned) score(mask []uint8) score {
	var ranks, d float64
	for b, m := range mask {
		s := &a.tables[b][m]
		ranks += s.ranks
		d += s.d
	}
	if d <= a.limit || a.scale == 0 {
		return none
	}
	return score{ranks * a.scale, d * a.even}
}
