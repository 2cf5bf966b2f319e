package main

import (
	"path"
	"path/filepath"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// annotations point at the gates that did not hold, in the file that sets them:
// which line of the service's code is to blame nobody has measured. There are no
// more, and no longer, than a check run takes.
func (s *session) annotations(c *compare.Comparison) (all []action.Annotation) {
	for _, d := range c.Deltas {
		if !d.Gated || d.Verdict != compare.Regression {
			continue
		}
		if len(all) == action.MaxAnnotations {
			break
		}
		file, line := s.gatePlace(d.Profile, d.Key)
		all = append(all, action.Annotation{
			Path: file, Line: line, Title: cut("perfcheck: "+d.Key.String(), action.MaxTitle), Message: d.Rule,
		})
	}
	return all
}

// gatePlace returns the file, from the repository's root, and the line of a
// gate; of one that has its default, those of its profile.
func (s *session) gatePlace(name string, k bench.Key) (file string, line int) {
	file = path.Join(filepath.ToSlash(s.repo.Prefix), filepath.Base(s.config.Path))
	p, err := s.config.Profile(name)
	if err != nil {
		return file, 1
	}
	gate := "gate." + k.Metric
	if k.Step != "" {
		gate = "gate.steps." + k.Step + "." + k.Metric
	}
	return file, max(1, p.Problem(gate, "").Pos.Line)
}
