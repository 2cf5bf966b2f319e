package bench

import (
	"fmt"
	"math"
)

// Series returns the number that k names for each of the given blocks, in base
// units, and NaN for a block that has none; the error tells why for the first
// such block. It is the one door from measurements to statistics.
func (r *Run) Series(k Key, blocks []int) (values []float64, why error) {
	trials := make(map[int]*Trial, len(r.Trials))
	for i := range r.Trials {
		trials[r.Trials[i].Block] = &r.Trials[i]
	}
	values = make([]float64, len(blocks))
	m, unknown := r.Metric(k.Metric)
	for i, block := range blocks {
		v, err := math.NaN(), fmt.Errorf("%w in this block", ErrNotMeasured)
		if t := trials[block]; unknown != nil {
			err = unknown
		} else if t != nil {
			v, err = t.value(m, k)
		}
		if err != nil {
			v = math.NaN()
			if why == nil {
				why = fmt.Errorf("block %d: %w", block, err)
			}
		}
		values[i] = v
	}
	return values, why
}
