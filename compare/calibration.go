package compare

import (
	"math"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare/stats"
)

// CalibrationSchema is the version of the JSON form of a Calibration.
const CalibrationSchema = 1

// A Calibration is what the comparison of a subject with itself tells of a
// machine and a configuration: how much a metric's change scatters where there
// is none, and so what a comparison can see. Its JSON form is stable: fields
// are added, never changed.
type Calibration struct {
	Schema  int       `json:"schema"`
	ID      string    `json:"id"` // that of the comparison
	Created time.Time `json:"created"`

	Usable   bool     `json:"usable"`             // enough was measured of what is gated, and nothing spoiled it
	Verdict  Verdict  `json:"verdict"`            // of the comparison
	Reasons  []string `json:"reasons"`            // of the verdict: sentences
	Summary  string   `json:"summary"`            // a sentence
	Advice   []string `json:"advice,omitempty"`   // sentences: what to do about thresholds out of reach
	Warnings []string `json:"warnings,omitempty"` // sentences

	Subject bench.Subject `json:"subject"`
	Host    bench.Host    `json:"host"`
	Service string        `json:"service"` // compose, process or url
	Seed    uint64        `json:"seed"`
	Notes   []string      `json:"notes,omitempty"` // circumstances of the measurement

	Blocks  int           `json:"blocks"`         // judged
	Invalid int           `json:"invalid_blocks"` // measured and not judged
	Elapsed time.Duration `json:"elapsed_ns"`     // from the first block to the last; 0 of fewer than two
	Block   time.Duration `json:"block_ns"`       // wall time that a judged block took; 0 where unknown
	Budget  time.Duration `json:"budget_ns"`      // the one that is asked about
	Fits    int           `json:"budget_blocks"`  // blocks that it allows, at most [MaxBlocks]

	Looks   []CalibratedLook `json:"looks"`
	Metrics []Noise          `json:"metrics"` // the gated ones
}

// A CalibratedLook is a number of blocks at which a comparison may be decided,
// and the time that they take.
type CalibratedLook struct {
	Blocks int           `json:"blocks"`
	Time   time.Duration `json:"time_ns"`
}

// Noise is how much a gated metric scatters, and what can be seen through it.
// Spread, Visible, Limit and Lowest are sizes of a change: shares of the base's
// value for a metric of scale Ratio, else base units.
type Noise struct {
	Profile string `json:"profile"`
	bench.Key
	Unit   bench.Unit      `json:"unit"`
	Better bench.Direction `json:"better"`
	Scale  bench.Scale     `json:"scale"`

	Blocks int     `json:"blocks"` // with a value on both sides
	Spread float64 `json:"spread"` // robust standard deviation of a block's change
	// Visible is, for each of Calibration.Looks, the smallest change for the
	// worse that this metric alone would be called for with 80 % power.
	Visible []float64 `json:"visible_changes,omitempty"`

	Limit float64 `json:"limit"` // the configured threshold, or its floor where that is larger
	// Reachable says whether this metric passes with 80 % power within the
	// budget where nothing has changed.
	Reachable bool `json:"reachable"`
	// NeedBlocks and NeedTime are of the first look at which it does, or of the
	// budget's end where that is before it; 0 where it does at none.
	NeedBlocks int           `json:"need_blocks,omitempty"`
	NeedTime   time.Duration `json:"need_ns,omitempty"`
	// Lowest is the smallest round threshold at which it passes so within the
	// budget; 0 where none up to 100 % (10 percentage points, or 10 times the
	// limit in other units) does.
	Lowest float64 `json:"lowest_threshold,omitempty"`

	Why string `json:"why,omitempty"` // why there are no numbers
}

// roundPercents are the thresholds that people set.
var roundPercents = []float64{1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 50, 70, 100}

// Calibrate reads the calibration off the final comparison of a subject with
// itself. The budget is that of the comparisons that are to come.
//
// What it says of 80 % power takes the noise for normal and as wide as 12 or so
// blocks show it. Simulated for one metric, calibrated with 12 blocks and then
// judged anew with the lowest threshold: 85 to 91 % pass with 8 to 24 blocks,
// and 73 to 88 % where the noise has the tails of Student's t with 3 degrees of
// freedom.
func Calibrate(c *Comparison, budget time.Duration) *Calibration {
	k := &Calibration{
		Schema: CalibrationSchema, ID: c.ID, Created: c.Created,
		Usable: c.Blocks >= MinBlocks && c.Verdict != Invalid, Verdict: c.Verdict, Reasons: c.Reasons, Warnings: c.Warnings,
		Subject: c.Base, Host: c.Host, Service: c.Service, Seed: c.Seed, Notes: c.Notes,
		Blocks: c.Blocks, Invalid: c.Invalid, Elapsed: c.Elapsed, Budget: budget,
	}
	if c.Blocks > 0 {
		k.Block = c.Elapsed / time.Duration(c.Blocks)
	}
	if k.Block > 0 {
		k.Fits = int(min(MaxBlocks, budget/k.Block))
	}
	for _, l := range looks {
		k.Looks = append(k.Looks, CalibratedLook{l.blocks, k.Block * time.Duration(l.blocks)})
	}
	for i := range c.Deltas {
		if c.Deltas[i].Gated {
			k.Metrics = append(k.Metrics, k.noise(&c.Deltas[i]))
		}
	}
	if judged, _ := k.outOfReach(); judged == 0 && len(k.Metrics) > 0 {
		k.Usable = false
	}
	k.describe(c)
	return k
}

// noise says what can be seen of one metric.
func (k *Calibration) noise(d *Delta) Noise {
	n := Noise{
		Profile: d.Profile, Key: d.Key, Unit: d.Unit, Better: d.Better, Scale: d.Scale,
		Blocks: d.Blocks, Spread: d.Spread, Limit: d.Limit,
	}
	if d.Blocks < MinBlocks {
		n.Why = d.Rule
		return n
	}
	m := bench.Metric{Unit: d.Unit, Better: d.Better, Scale: d.Scale}
	spread, _ := limits(m, d.Spread)
	limit, _ := limits(m, d.Limit)
	for i, l := range looks {
		n.Visible = append(n.Visible, math.Abs(change(m, visible(spread, l.blocks, l.level, limit))))
		if n.NeedBlocks == 0 && clears(spread, l.blocks, limit) {
			n.NeedBlocks, n.NeedTime = l.blocks, k.Looks[i].Time
		}
	}
	if n.Reachable = clears(spread, k.Fits, limit); n.Reachable && n.NeedBlocks > k.Fits {
		n.NeedBlocks, n.NeedTime = k.Fits, k.Block*time.Duration(k.Fits) // the budget's end is a look too
	}
	n.Lowest = lowest(m, d, spread, k.Fits)
	return n
}

// clears says whether a metric with this spread, whose true change is none,
// passes after so many blocks with 80 % power.
func clears(spread float64, blocks int, limit float64) bool {
	return blocks >= MinBlocks && stats.Clear(spread, blocks, confidence, limit) > 0
}

// lowest returns the smallest round threshold that clears, and 0 where none does.
func lowest(m bench.Metric, d *Delta, spread float64, blocks int) float64 {
	unit := 0.01
	switch {
	case m.Scale == bench.Difference && m.Unit == bench.Fraction:
		unit = 0.001 // a tenth of a percentage point
	case m.Scale == bench.Difference:
		unit = d.Limit / 10 // what is round depends on the unit
	}
	for _, percent := range roundPercents {
		gate := bench.Gate{Threshold: percent * unit, AtLeast: d.AtLeast}
		// A limit that nothing can exceed is no threshold.
		if limit, _ := limits(m, limitSize(m, gate, d.Base)); !math.IsInf(limit, 1) && clears(spread, blocks, limit) {
			return gate.Threshold
		}
	}
	return 0
}
