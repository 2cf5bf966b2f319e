// Package compare pairs two runs, tests each metric's change block by block,
// and decides the verdict. Everything that is said of a comparison later, in
// any format, is in a [Comparison]; nothing decides again.
package compare

import (
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// A Verdict is the outcome of a comparison.
type Verdict string

// The verdicts.
const (
	Pass         Verdict = "pass"
	Improvement  Verdict = "improvement"
	Regression   Verdict = "regression"
	Inconclusive Verdict = "inconclusive"
	Invalid      Verdict = "invalid"
	// Skipped is that of a comparison for which nothing was measured, since nothing
	// that matters changed. [Judge] never gives it.
	Skipped Verdict = "skipped"
)

// A Pair is what a comparison compares: two runs of one profile, and the gates
// that judge their difference.
type Pair struct {
	Base, Head *bench.Run
	Gates      []bench.Gate

	// Digest is that of the profile as it is now, which both runs must have;
	// empty where they need only have the same.
	Digest string
	// History holds one run of each earlier session ([Sessions]) like base's: of
	// the same profile, machine, way of running the service and of measuring, and
	// branch. Base's own may be among them; head's is not. It is looked at only
	// where base and head were measured apart.
	History []*bench.Run
}

// Schema is the version of the JSON form of a Comparison.
const Schema = 1

// A Comparison is a decided, or not yet decided, comparison. It is the model of
// every report. Its JSON form is stable: fields are added, never changed.
type Comparison struct {
	Schema  int       `json:"schema"`
	ID      string    `json:"id"` // the pairing; of runs that were measured apart, both of theirs
	Created time.Time `json:"created"`

	Verdict  Verdict  `json:"verdict"`
	Decided  bool     `json:"decided"`            // more blocks would not be looked at
	Reasons  []string `json:"reasons"`            // sentences, the deciding one first
	Warnings []string `json:"warnings,omitempty"` // sentences

	Base    bench.Subject `json:"base"`
	Head    bench.Subject `json:"head"`
	Host    bench.Host    `json:"host"`
	Service string        `json:"service"` // compose, process or url
	Seed    uint64        `json:"seed"`
	Notes   []string      `json:"notes,omitempty"` // circumstances of the measurement

	Blocks     int           `json:"blocks"`         // judged
	Invalid    int           `json:"invalid_blocks"` // measured and not judged
	Level      float64       `json:"level"`          // one-sided family-wise level of the last look taken; 0 before the first
	Exchanges  int           `json:"exchanges"`      // of arms within blocks, behind each p; 0 before the first look
	Sampled    bool          `json:"sampled"`        // the exchanges are a seeded sample, not all there are
	Confidence float64       `json:"confidence"`     // of the intervals: 0.95
	Elapsed    time.Duration `json:"elapsed_ns"`     // from the first block to the last of each measurement; 0 where Apart, and of fewer than two blocks

	Apart    bool `json:"apart,omitempty"`    // base and head were not measured interleaved
	Sessions int  `json:"sessions,omitempty"` // where Apart: earlier ones that tell how much sessions differ

	// Accepted are the slowdowns that perfcheck.accept.yml accepts for the
	// profiles that were compared, and what became of them. Where any that holds is
	// higher than its gate, Verdict is the one with them, and Without the one without.
	Accepted []Accepted `json:"accepted,omitempty"`
	Without  *Outcome   `json:"without_accepted,omitempty"`

	// Candidates are the stored runs that were looked at, newest first for each
	// profile and side, where nothing was measured for the comparison.
	Candidates []Candidate `json:"candidates,omitempty"`

	// Logs are files with what the services printed: in trials that are invalid
	// and, where the verdict is a regression, in all. Relative to the folder of
	// perfcheck.yml, or to that of the report that gate writes.
	Logs []string `json:"logs,omitempty"`

	// Targets are the copies of a scaled service, and Retries why requests were sent
	// again, of both sides; once the comparison is decided.
	Targets []Target `json:"targets,omitempty"`
	Retries []Retry  `json:"retries,omitempty"`

	Deltas []Delta `json:"deltas"`
}

// Unmeasured returns a comparison that holds a verdict, [Skipped] or [Invalid],
// and why nothing was measured.
func Unmeasured(base, head bench.Subject, v Verdict, now time.Time, reasons ...string) *Comparison {
	c := &Comparison{Schema: Schema, Created: now, Base: base, Head: head, Confidence: confidence}
	c.decide(v, reasons...)
	return c
}

// An Outcome is a verdict with its reasons.
type Outcome struct {
	Verdict Verdict  `json:"verdict"`
	Reasons []string `json:"reasons"` // sentences, the deciding one first
}

// A Delta is the change of one metric from base to head.
//
// Changes (Shift, Low, High, Seen) are shares of base's value (0.05 is
// head 5 % above base) for a metric of scale Ratio and base units for one of
// scale Difference. They are positive where head's value is larger, whether
// that is good or bad.
type Delta struct {
	Profile string `json:"profile"`
	bench.Key
	Unit   bench.Unit      `json:"unit"`
	Better bench.Direction `json:"better"`
	Scale  bench.Scale     `json:"scale"`

	Gated     bool    `json:"gated"` // takes part in the verdict
	Threshold float64 `json:"threshold"`
	AtLeast   float64 `json:"at_least,omitempty"` // base units
	// Limit is the change, as a size without sign, that a change for the worse
	// must exceed to be a regression: the larger of Threshold and AtLeast,
	// converted by base's median.
	Limit float64 `json:"limit"`
	// GateLimit is what Limit would be by the gate's own threshold, where an
	// accepted slowdown raised it, whose UpTo is then Threshold; 0 where none did.
	GateLimit float64 `json:"gate_limit,omitempty"`

	Blocks  int     `json:"blocks"`   // with a value on both sides
	Base    float64 `json:"base"`     // median over blocks, base units
	Head    float64 `json:"head"`     // median over blocks, base units
	Shift   float64 `json:"shift"`    // Hodges–Lehmann estimate of the change
	Low     float64 `json:"low"`      // of its two-sided interval
	High    float64 `json:"high"`     //
	P       float64 `json:"p"`        // one-sided, for the worse, adjusted over all gated metrics; 1 where not tested
	PBetter float64 `json:"p_better"` // the same for the better
	Spread  float64 `json:"spread"`   // robust standard deviation of a block's change, same scale as Shift
	// SessionSpread is the ordinary standard deviation between earlier
	// sessions, same scale as Shift; 0 where too few are known.
	SessionSpread float64 `json:"session_spread,omitempty"`
	Seen          float64 `json:"visible_change"` // smallest change for the worse that this metric alone would have been called for with 80 % power; 0 where none would

	// Verdict is of this metric alone: inconclusive while undecided, empty
	// where it has no threshold or could not be judged. A metric that is not
	// gated gets it from its own p-values.
	Verdict Verdict `json:"verdict"`
	Rule    string  `json:"rule"` // the sentence that decided it, with its numbers
	// Without is what Verdict would be by GateLimit, where that is not 0.
	Without Verdict `json:"verdict_without_accepted,omitempty"`

	// For a metric that a look left undecided: how many blocks, and how much time
	// in all, would probably decide it; 0 where none of the looks left would.
	NeedBlocks int           `json:"need_blocks,omitempty"`
	NeedTime   time.Duration `json:"need_ns,omitempty"`

	Explain Explain `json:"explain"`
}

// Explain holds what one needs to redo a Delta by hand.
type Explain struct {
	Blocks  []int     `json:"blocks"`
	Base    []float64 `json:"base"`               // by block, base units
	Head    []float64 `json:"head"`               // by block, base units
	Change  []float64 `json:"change"`             // D: by block, log ratio or difference, larger is worse
	Null    float64   `json:"null"`               // D that p-values for the worse speak against, below the limit
	U       float64   `json:"u"`                  // Mann-Whitney U of head's against base's aligned values, turned so that larger is worse, less Null
	Extreme int       `json:"extreme"`            // exchanges at least as extreme, of Comparison.Exchanges
	PSingle float64   `json:"p_single"`           // one-sided, of U alone, against Null: not adjusted over other metrics
	LeftOut string    `json:"left_out,omitempty"` // why a block has no value

	// Sessions holds the value of each earlier session that has one: the median
	// of its valid trials, base units.
	Sessions []float64 `json:"sessions,omitempty"`
	// PSessions is the one-sided p of the change, for the worse, by what
	// sessions differ alone; PSingle is by what trials do. The larger counts.
	PSessions float64 `json:"p_sessions,omitempty"`
}

// A Candidate is a stored run of base's or head's files, and whether it was the
// one that was compared.
type Candidate struct {
	Profile string     `json:"profile"`
	Side    bench.Side `json:"side"` // that it could stand for
	Run     string     `json:"run"`
	Started time.Time  `json:"started"`
	Taken   bool       `json:"taken"`
	Why     string     `json:"why"` // it was taken or not, as the end of a sentence: "is incomplete"
}
