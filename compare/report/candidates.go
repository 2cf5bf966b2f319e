package report

import "github.com/perfcheck/perfcheck/compare"

// candidates say which stored runs the comparison was chosen from.
func candidates(c *compare.Comparison) []fact {
	if len(c.Candidates) == 0 {
		return nil
	}
	all := []fact{{"rule", "of the runs of base's files and of head's, the newest two that are complete and were measured alike, side by side if there are such; " +
		"base's also of a commit as it is, and not a part of a regression"}}
	for _, r := range c.Candidates {
		verb := " "
		if !r.Taken {
			verb = " not taken: "
		}
		all = append(all, fact{string(r.Side), inProfile(c, r.Profile, r.Run+verb+r.Why)})
	}
	return all
}
