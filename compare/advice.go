package compare

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// describe puts into words what the numbers tell.
func (k *Calibration) describe(c *Comparison) {
	switch {
	case k.Verdict == Invalid, !k.Usable && k.Verdict == Regression: // one side died
		k.Summary = strings.Join(k.Reasons, "; ")
		return
	case !k.Usable && k.Blocks >= MinBlocks:
		k.Summary = "no gated metric could be judged: " + k.Metrics[0].Why
		return
	case !k.Usable:
		k.Summary = fmt.Sprintf("%s, and the spread of fewer than %d is a guess", bench.Count(k.Blocks, "valid block"), MinBlocks)
		if k.Block > 0 {
			k.Summary += fmt.Sprintf(": --budget %v would do", k.budgetFor(MinBlocks))
		}
		return
	}
	k.warn(c)
	judged, outOfReach := k.outOfReach()
	switch {
	case judged == 0:
		k.Summary = "no metric is gated: there is no threshold to reach"
	case len(outOfReach) == 0:
		k.Summary = fmt.Sprintf("within reach of the budget of %v: %d of %s; where nothing has changed, each passes in about 4 of 5 comparisons",
			k.Budget, judged, bench.Count(judged, "threshold"))
	default:
		k.Summary = fmt.Sprintf("out of reach of the budget of %v: %d of %s; where nothing has changed, comparisons will often be inconclusive",
			k.Budget, len(outOfReach), bench.Count(judged, "threshold"))
		k.advise(outOfReach)
	}
}

// warn adds what was called a change though there is none, and which metrics
// were measured too rarely.
func (k *Calibration) warn(c *Comparison) {
	warnings := slices.Clone(k.Warnings)
	switch {
	case k.Verdict == Regression && len(c.with(Regression)) == 0:
		warnings = append(warnings, strings.Join(k.Reasons, "; ")+", though both are the same: this is no false alarm, but a service that dies by itself")
	case k.Verdict == Regression || k.Verdict == Improvement:
		warnings = append(warnings, fmt.Sprintf(
			"%s is a false alarm: nothing has changed; by design at most 1 %% of comparisons end in a false %s; where it happens again, something treats base and head unlike",
			k.Verdict, k.Verdict))
	}
	for _, n := range k.Metrics {
		switch {
		case n.Why == "":
		case k.ManyProfiles():
			warnings = append(warnings, inProfile(n.Profile)+n.Why)
		default:
			warnings = append(warnings, n.Why)
		}
	}
	k.Warnings = warnings
}

// outOfReach returns how many metrics could be judged, and those of them that
// would not pass within the budget.
func (k *Calibration) outOfReach() (judged int, out []*Noise) {
	for i := range k.Metrics {
		n := &k.Metrics[i]
		if n.Why != "" {
			continue
		}
		if judged++; !n.Reachable {
			out = append(out, n)
		}
	}
	return judged, out
}

// advise says which budget brings thresholds within reach, which thresholds
// the budget allows, and what to do where neither helps.
func (k *Calibration) advise(out []*Noise) {
	var late, high, never []string
	blocks := 0
	for _, n := range out {
		name := k.Label(n)
		if n.NeedBlocks > 0 {
			late = append(late, name)
			blocks = max(blocks, n.NeedBlocks)
		}
		if n.Lowest > 0 {
			high = append(high, name+" "+bench.FormatChange(n.Scale, n.Unit, n.Lowest))
		}
		if n.NeedBlocks == 0 && n.Lowest == 0 {
			never = append(never, name)
		}
	}
	if len(late) > 0 {
		k.Advice = append(k.Advice, fmt.Sprintf("a budget of %v (%d blocks) brings within reach: %s", k.budgetFor(blocks), blocks, strings.Join(late, ", ")))
	}
	if len(high) > 0 {
		k.Advice = append(k.Advice, fmt.Sprintf("the budget of %v allows these thresholds: %s", k.Budget, strings.Join(high, ", ")))
	}
	if len(never) > 0 {
		k.Advice = append(k.Advice, "neither a budget nor a threshold would do: make trials longer, the machine quieter, or the gate advisory: "+strings.Join(never, ", "))
	}
}

// Label names a metric, with its profile where there are several.
func (k *Calibration) Label(n *Noise) string {
	if k.ManyProfiles() {
		return n.Profile + ": " + n.String()
	}
	return n.String()
}

// ManyProfiles says whether the metrics are of more than one profile.
func (k *Calibration) ManyProfiles() bool {
	return slices.ContainsFunc(k.Metrics, func(n Noise) bool { return n.Profile != k.Metrics[0].Profile })
}

// budgetFor returns a budget in which so many blocks fit, and one to spare.
func (k *Calibration) budgetFor(blocks int) time.Duration {
	return roundUp(k.Block * time.Duration(blocks+1))
}
