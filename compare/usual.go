package compare

import (
	"fmt"

	"github.com/perfcheck/perfcheck/compare/stats"
)

// noisier is how many times its calibrated spread the median gated metric must
// scatter by to be called noisier than usual.
//
// Spreads are rough. Simulated (TestNoisierThanUsual does a part of it) for 8
// blocks against a calibration of 12, with 7 and 11 metrics that have half or
// four fifths of their variance in common, this warns without reason in 0.2 to
// 1.5 % of comparisons, and in up to 3.4 % where the noise has the tails of
// Student's t with 3 degrees of freedom. It sees a noise three times as wide in
// 86 to 97 %. A limit of 1.5 would warn without reason in 4 to 13 %.
const noisier = 2.0

// noise warns that the gated metrics scatter more than their calibrations, by
// profile, lead to expect. It says nothing of metrics that are not in them.
func (c *Comparison) noise(usual map[string]*Calibration) (warnings []string) {
	var times []float64
	var latest *Calibration
	for i := range c.Deltas {
		d := &c.Deltas[i]
		k := usual[d.Profile]
		if k == nil || !d.Gated || d.Blocks < MinBlocks {
			continue
		}
		if spread := k.spread(d); spread > 0 {
			times = append(times, d.Spread/spread)
			if latest == nil || k.Created.After(latest.Created) {
				latest = k
			}
		}
	}
	if middle := stats.Median(times); middle > noisier {
		warnings = append(warnings, fmt.Sprintf(
			"noisier than usual: from block to block the change of the median gated metric scatters %.1f times as wide as when this machine was calibrated on %s",
			middle, latest.Created.UTC().Format("2006-01-02")))
	}
	return warnings
}

// spread returns the calibrated spread of a delta's metric, 0 where it has none.
func (k *Calibration) spread(d *Delta) float64 {
	for i := range k.Metrics {
		if n := &k.Metrics[i]; n.Profile == d.Profile && n.Key == d.Key && n.Why == "" {
			return n.Spread
		}
	}
	return 0
}
