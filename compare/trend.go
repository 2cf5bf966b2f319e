package compare

import (
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// TrendSchema is the version of the JSON form of a Trend.
const TrendSchema = 1

// A Trend is the history of a profile on a branch, and where it changed. Its
// JSON form is stable: fields are added, never changed.
//
// Commits stand in the order of their times; those of one time, as commits of
// one rebase, in that of their first measurements.
type Trend struct {
	Schema  int       `json:"schema"`
	Profile string    `json:"profile"`
	Branch  string    `json:"branch"`
	Created time.Time `json:"created"`

	Level    float64 `json:"level"`    // chance that a stretch without a change shows one, for each metric
	Shuffles int     `json:"shuffles"` // behind each p
	Seed     uint64  `json:"seed"`     // of the shuffles

	Runs    int       `json:"runs"` // of which the points are made
	LeftOut []LeftOut `json:"left_out,omitempty"`

	Commits   []bench.Subject `json:"commits"`
	Stretches []Stretch       `json:"stretches"` // in the order of their first commits
	Metrics   []MetricTrend   `json:"metrics"`
}

// LeftOut counts the runs that make no point for one reason.
type LeftOut struct {
	Why  string `json:"why"` // "incomplete"
	Runs int    `json:"runs"`
}

// A Stretch is all runs that were measured alike: with the same profile, on the
// same machine, in the same way. What differs between two stretches need not be
// the service's doing, so that no change point lies between them. Where two
// machines take turns, their stretches lie side by side.
type Stretch struct {
	Digest     string     `json:"digest"`
	Host       bench.Host `json:"host"`
	Service    string     `json:"service"` // compose, process or url
	Interleave string     `json:"interleave,omitempty"`
	Way        string     `json:"way"` // alone or side by side

	First   int      `json:"first"` // index in Trend.Commits
	Last    int      `json:"last"`  // index in Trend.Commits
	Runs    int      `json:"runs"`
	Differs []string `json:"differs,omitempty"` // what sets it apart from the stretch before: "CPU: a and b"
}

// A MetricTrend is the history of one metric.
type MetricTrend struct {
	bench.Key
	Unit   bench.Unit      `json:"unit"`
	Better bench.Direction `json:"better"`
	Scale  bench.Scale     `json:"scale"`

	Lines []Line `json:"lines"` // one for each stretch that has points
	// Why says why the first run without a value has none.
	Why string `json:"why,omitempty"`
}

// A Line is the history of a metric in one stretch.
type Line struct {
	Stretch int      `json:"stretch"` // index in Trend.Stretches
	Points  []Point  `json:"points"`
	Changes []Change `json:"changes,omitempty"`
	Few     bool     `json:"few,omitempty"` // fewer points than [MinPoints]: no change could be told
}

// A Point is what was measured of one commit: the median of its runs, each of
// which counts by the median of its trials. Sessions scatter more than the
// trials of one, so that a session, not a trial, is what a history is made of.
type Point struct {
	Commit int     `json:"commit"` // index in Trend.Commits
	Value  float64 `json:"value"`  // base units
	Runs   int     `json:"runs"`
}

// A Change is a change point: the commit Before still has the old level, After
// the new one. What changed it is probably After, or one of the commits between
// them that were not measured, or one near these: noise moves the place.
type Change struct {
	At     int `json:"at"`     // index in Line.Points of the first after the change
	Before int `json:"before"` // index in Trend.Commits
	After  int `json:"after"`  // index in Trend.Commits

	// From and To are the medians of the points since the change before, and up to
	// the next one, in base units; Size is the Hodges–Lehmann estimate, as in
	// [Delta].Shift. Where errors come now and then, so that the estimate's interval
	// covers 0, they are the means, and their difference.
	From float64 `json:"from"`
	To   float64 `json:"to"`
	Size float64 `json:"size"`

	P     float64 `json:"p"` // share of orders of the same points in which a part changes at least as much
	Worse bool    `json:"worse"`
	// Scatter says that the points scatter otherwise, and that Size may as well be 0:
	// the change is neither for the worse nor for the better.
	Scatter bool `json:"scatter,omitempty"`
}

// Changes counts the change points of all metrics: those for the worse, those
// for the better and those of the scatter alone.
func (t *Trend) Changes() (worse, better, scatter int) {
	for _, m := range t.Metrics {
		for _, l := range m.Lines {
			for _, c := range l.Changes {
				switch {
				case c.Scatter:
					scatter++
				case c.Worse:
					worse++
				default:
					better++
				}
			}
		}
	}
	return worse, better, scatter
}
