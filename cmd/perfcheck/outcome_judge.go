package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// What is taken from an outcome that anybody may have written, at most.
const (
	maxReasons = 3
	maxReason  = 500                   // characters
	maxTrials  = 4 * compare.MaxBlocks // of a run: what a comparison decides by, and as many again that are invalid, twice
)

// judge decides anew, from the runs alone and by the gates of this session. What
// gate claims of itself counts only where it blocks.
func (o *outcome) judge(s *session, claimed *compare.Comparison) (*compare.Comparison, error) {
	c, err := o.judgeRuns(s, claimed)
	if err != nil {
		return nil, err
	}
	for side, subject := range map[bench.Side]bench.Subject{bench.Base: c.Base, bench.Head: c.Head} {
		if subject.Commit == "" {
			continue
		}
		if action.CheckCommit(subject.Commit) != nil { // its words would be a stranger's
			return nil, fmt.Errorf("%s: what it calls the commit of %s is none", outcomeFile, side)
		}
	}
	return c, nil
}

func (o *outcome) judgeRuns(s *session, claimed *compare.Comparison) (*compare.Comparison, error) {
	if len(o.Runs) == 0 {
		return distrust(claimed), nil
	}
	pairs, err := o.pairs(s)
	if err != nil {
		return compare.Unmeasured(claimed.Base, claimed.Head, compare.Invalid, time.Now(), err.Error()), nil
	}
	return compare.Judge(pairs, compare.Options{Final: true, Now: time.Now(), Accepted: s.accepted})
}

// distrust keeps of a verdict that rests on no run only that it blocks, and why.
func distrust(claimed *compare.Comparison) *compare.Comparison {
	reasons := []string{fmt.Sprintf("the run says %s and brings no measurement that could be checked", claimed.Verdict)}
	if claimed.Verdict == compare.Invalid && len(claimed.Reasons) > 0 {
		reasons = nil
		for _, reason := range claimed.Reasons[:min(len(claimed.Reasons), maxReasons)] {
			reasons = append(reasons, cut(reason, maxReason))
		}
	}
	return compare.Unmeasured(claimed.Base, claimed.Head, compare.Invalid, time.Now(), reasons...)
}

// cut returns at most so many characters of a text.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

// pairs puts the runs of each profile of the session together. By another profile
// than the session's nothing may be judged: its thresholds say nothing of that.
func (o *outcome) pairs(s *session) ([]compare.Pair, error) {
	runs, err := o.runs()
	if err != nil {
		return nil, err
	}
	side := func(profile string, side bench.Side) *bench.Run {
		i := slices.IndexFunc(runs, func(r *bench.Run) bool { return r.Profile == profile && r.Side == side })
		if i < 0 {
			return nil
		}
		return runs[i]
	}
	var pairs []compare.Pair
	for _, p := range s.profiles {
		pair := compare.Pair{Base: side(p.Name, bench.Base), Head: side(p.Name, bench.Head), Gates: p.Gates, Digest: p.Digest}
		switch {
		case pair.Base == nil || pair.Head == nil:
			return nil, fmt.Errorf("profile %s was not measured, which the default branch's perfcheck.yml has: a maintainer has to measure it", p.Name)
		case pair.Base.Digest != p.Digest || pair.Head.Digest != p.Digest:
			return nil, fmt.Errorf("profile %s was measured by another perfcheck.yml than the default branch's (the pull request or its base changes it), "+
				"so that its thresholds cannot be applied: a maintainer has to measure it", p.Name)
		}
		pairs = append(pairs, pair)
	}
	return pairs, nil
}

// runs reads all runs.
func (o *outcome) runs() ([]*bench.Run, error) {
	runs := make([]*bench.Run, len(o.Runs))
	for i, data := range o.Runs {
		run, err := bench.DecodeRun(data)
		if err != nil {
			return nil, err
		}
		if n := len(run.Trials); n > maxTrials {
			return nil, fmt.Errorf("run %.64q has %d trials, and perfcheck makes at most %d", run.ID, n, maxTrials)
		}
		runs[i] = run
	}
	return runs, nil
}
