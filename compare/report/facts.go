package report

import (
	"fmt"

	"github.com/perfcheck/perfcheck/compare"
)

// A fact is a line of what a reader should know beside the table of metrics.
type fact struct{ Name, Text string }

// facts say what was compared, and how; nothing where not even that was found out.
func facts(c *compare.Comparison) []fact {
	if c.Head.Commit == "" {
		return nil
	}
	all := []fact{{"base", subject(c.Base)}, {"head", subject(c.Head)}}
	if !manyProfiles(c) && len(c.Deltas) > 0 {
		all = append(all, fact{"profile", c.Deltas[0].Profile})
	}
	if c.Verdict != compare.Skipped {
		all = append(all, fact{"measured", measurement(c)})
	}
	if c.Host.CPU != "" {
		all = append(all, fact{"host", host(c.Host, c.Service)})
	}
	return all
}

// logs names the files with what the services printed, by the first of them.
func logs(c *compare.Comparison) string {
	switch n := len(c.Logs); n {
	case 0:
		return ""
	case 1:
		return c.Logs[0]
	default:
		return fmt.Sprintf("%s and %d more", c.Logs[0], n-1)
	}
}

// profileNames returns the names of the profiles in the order of their metrics.
func profileNames(c *compare.Comparison) (names []string) {
	seen := make(map[string]bool)
	for _, d := range c.Deltas {
		if !seen[d.Profile] {
			seen[d.Profile] = true
			names = append(names, d.Profile)
		}
	}
	return names
}

// hasGate says whether a gate names the metric, be it advisory, or without
// anything to judge.
func hasGate(d *compare.Delta) bool { return d.Gated || d.Threshold > 0 || d.AtLeast > 0 }

// cleanFacts takes from facts what a reader does not see; see clean.
func cleanFacts(all []fact) []fact {
	out := make([]fact, len(all))
	for i, f := range all {
		out[i] = fact{f.Name, clean(f.Text)}
	}
	return out
}
