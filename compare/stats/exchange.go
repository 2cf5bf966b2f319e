// Package stats holds the statistics of a comparison: tests, estimates and
// their intervals, spread and power, all as pure functions of numbers.
//
// In a paired measurement each block yields one number a metric: D, the change
// from base to head, turned so that larger is worse. That is all this package
// knows of the world; NaN stands for a block that has no number.
//
// The tests are exact under one assumption: that in any block -D would have been
// as likely an outcome as D. The design of the measurement makes it true of a
// head that is no different from base, and of one that is worse by just so much
// in every block, once that is taken off D; where head is worse by less, the
// tests err on the safe side.
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
// exchanged within whole blocks, the measurement as it was first among them.
type Exchanges struct {
	count   int
	masks   [][]uint8 // by eight blocks, then by exchange; a set bit exchanges the arms of its block
	sampled bool
}

// NewExchanges returns all 2^blocks exchanges where blocks is at most 12, else
// the measurement as it was and 19,999 others drawn from the seed, so that a
// share of the exchanges is a valid p-value (Phipson and Smyth 2010).
func NewExchanges(blocks int, seed uint64) *Exchanges {
	x := &Exchanges{count: sampleSize, masks: make([][]uint8, (blocks+7)/8), sampled: blocks > exactBlocks}
	if !x.sampled {
		x.count = 1 << blocks
	}
	for b := range x.masks {
		x.masks[b] = make([]uint8, x.count)
	}
	random := rand.New(rand.NewPCG(seed, uint64(blocks)))
	for e := 1; e < x.count; e++ {
		for b := range x.masks {
			mask := uint8(e >> (8 * b))
			if x.sampled {
				mask = uint8(random.Uint32())
			}
			x.masks[b][e] = mask
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
	a := align(Sample{D: d})
	var sums chunk
	for from := 0; from < x.count; from += len(sums) {
		for _, sum := range x.rankSums(a, from, &sums) {
			if sum >= a.observed {
				extreme++
			}
		}
	}
	n := 0.0
	for _, v := range d {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n*n/2 + float64(a.observed)/2, extreme
}

// A Sample is one metric of a family that is tested jointly.
type Sample struct {
	D     []float64 // by block
	Limit float64   // the metric competes only where the mean of D exceeds it
}

// StepDown returns a one-sided p-value for each sample, adjusted over all of
// them by the step-down max-T procedure (Westfall and Young 1993, algorithm
// 4.1): the chance that any of the metrics still in question scores so high
// where -D is as likely as D. The score is U's standard score where the mean of D
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
	all := make([]*aligned, len(samples))
	scores := make([]score, len(samples))
	for i, s := range samples {
		p[i], order[i], all[i] = 1, i, align(s)
		scores[i] = all[i].score(all[i].observed, all[i].total)
	}
	slices.SortStableFunc(order, func(a, b int) int { return scores[b].compare(scores[a]) })
	competing := 0
	for competing < len(order) && scores[order[competing]] != none {
		competing++
	}
	if competing == 0 {
		return p
	}
	lowest := scores[order[competing-1]].u - tie
	extreme := make([]int, len(samples))
	rivals := slices.Repeat([]score{none}, x.count) // by exchange: the highest score of the samples behind
	for _, i := range slices.Backward(order) {
		if all[i].reaches(lowest) {
			extreme[i] = x.contest(all[i], scores[i], lowest, rivals)
		}
	}
	floor := 0.0
	for _, i := range order[:competing] {
		floor = max(floor, float64(extreme[i])/float64(x.count))
		p[i] = floor
	}
	return p
}

// contest counts the exchanges in which the sample itself or one of its rivals
// scores as high as it does in the measurement, and makes it a rival of those
// to come. What is below lowest is no rival of any.
func (x *Exchanges) contest(a *aligned, measured score, lowest float64, rivals []score) (extreme int) {
	tables := inEights(a.d)
	var sums chunk
	for from := 0; from < x.count; from += len(sums) {
		for i, ranks := range x.rankSums(a, from, &sums) {
			own, rival := none, &rivals[from+i]
			if float64(ranks)*a.scale >= lowest {
				own = a.score(ranks, x.sum(tables, from+i))
			}
			if own.u >= measured.u-tie || !rival.less(measured) {
				extreme++
			}
			if rival.less(own) {
				*rival = own
			}
		}
	}
	return extreme
}

// A chunk is for the sums of some exchanges in a row, few enough to stay near.
type chunk [256]int32

// rankSums returns what the signed weights add up to under the exchanges from
// the given one on, as many as a chunk holds.
func (x *Exchanges) rankSums(a *aligned, from int, sums *chunk) []int32 {
	out := sums[:min(len(sums), x.count-from)]
	clear(out)
	for b, masks := range x.masks {
		table := &a.ranks[b]
		for i, mask := range masks[from : from+len(out)] {
			out[i] += table[mask]
		}
	}
	return out
}

// sum returns what the values in the tables add up to under one exchange.
func (x *Exchanges) sum(tables [][256]float64, e int) (sum float64) {
	for b := range tables {
		sum += tables[b][x.masks[b][e]]
	}
	return sum
}

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

// aligned is a sample, prepared for its scores.
type aligned struct {
	d        []float64    // by block, 0 where it is missing
	ranks    [][256]int32 // sums of the signed weights, see inEights
	observed int32        // their sum in the measurement as it was
	total    float64      // likewise of D
	most     int32        // the largest sum of weights under any exchange
	size     float64      // the largest sum of D under any exchange
	scale    float64      // from a sum of weights to a standard score; 0 where the ranks have no spread
	limit    float64      // of the sum of D
	even     float64      // from a sum of D to its evenness
}

// align ranks the 2n values ±D/2 of the centred blocks. Exchanging block i
// moves head's rank sum by 2r-1, where r is the (mid)rank of |D| among all n;
// by nothing where D is 0.
func align(s Sample) *aligned {
	weights := rankWeights(s.D)
	signed := make([]int32, len(s.D))
	a := &aligned{d: make([]float64, len(s.D))}
	var n, squares, power float64
	for b, d := range s.D {
		if math.IsNaN(d) {
			continue
		}
		n++
		signed[b], a.d[b] = weights[b]*int32(cmp.Compare(d, 0)), d
		a.observed += signed[b]
		a.most += weights[b]
		a.size += math.Abs(d)
		squares += float64(weights[b]) * float64(weights[b])
		power += d * d
	}
	// The slack is far below any change that matters, and above the
	// rounding of a sum of n numbers.
	a.limit = n*s.Limit + 1e-12*a.size
	if squares > 0 {
		a.scale = 1 / math.Sqrt(squares)
		a.even = 1 / math.Sqrt(n*power)
	}
	a.ranks = inEights(signed)
	for eight := range slices.Chunk(a.d, 8) { // added up, and rounded, as by Exchanges.sum
		part := 0.0
		for _, v := range eight {
			part += v
		}
		a.total += part
	}
	return a
}

// inEights adds up every eight values under each exchange of their signs, so
// that the sum of all takes one look-up for eight.
func inEights[T int32 | float64](values []T) [][256]T {
	tables := make([][256]T, (len(values)+7)/8)
	for t := range tables {
		eight, table := values[8*t:min(8*t+8, len(values))], &tables[t]
		for _, v := range eight {
			table[0] += v
		}
		for mask := 1; mask < len(table); mask++ { // from the one that differs by its lowest value
			table[mask] = table[mask&(mask-1)]
			if b := bits.TrailingZeros(uint(mask)); b < len(eight) {
				table[mask] -= 2 * eight[b]
			}
		}
	}
	return tables
}

// rankWeights returns 2r-1 for each block, r being the midrank of |D|, and 0
// for a block whose D is 0 or missing.
func rankWeights(d []float64) []int32 {
	weights := make([]int32, len(d))
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

// reaches says whether the sample competes under any exchange with a standard
// score of at least u. It is generous by more than the rounding of size.
func (a *aligned) reaches(u float64) bool {
	return a.size*(1+1e-9) > a.limit && float64(a.most)*a.scale >= u
}

// score is that of a sum of signed weights and a sum of D.
func (a *aligned) score(ranks int32, d float64) score {
	if d <= a.limit || a.scale == 0 {
		return none
	}
	return score{float64(ranks) * a.scale, d * a.even}
}
