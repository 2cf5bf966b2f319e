package baseline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A judgement is the verdict of a run, and how many others it came after: when
// a gate is changed or a slowdown accepted, the same blocks are judged anew.
type judgement struct {
	verdict  string
	rejudged int
}

func (s *Summary) judgement() judgement { return judgement{s.Verdict, s.Rejudged} }

// verdicts are those that a run may carry, the one that weighs more first.
var verdicts = []string{"regression", "invalid", "inconclusive", "improvement", "pass", ""}

// maxRejudged is how often a run can be judged anew, as far as anybody who sends
// it is believed.
const maxRejudged = 9999

// yieldsTo says which holds when two machines know different judgements of a
// run: the later one, and of two that know nothing of each other the weightier.
func (j judgement) yieldsTo(other judgement) bool {
	if j.rejudged != other.rejudged {
		return j.rejudged < other.rejudged
	}
	return slices.Index(verdicts, other.verdict) < slices.Index(verdicts, j.verdict)
}

// after returns the judgement of a run that had another one so far.
func (j judgement) after(earlier judgement) judgement {
	switch {
	case j.verdict == "":
		return judgement{}
	case earlier.verdict != "" && earlier.verdict != j.verdict:
		return judgement{j.verdict, max(j.rejudged, earlier.rejudged+1)}
	default:
		return judgement{j.verdict, max(j.rejudged, earlier.rejudged)}
	}
}

// String returns the part of a file's name that tells the judgement.
func (j judgement) String() string {
	switch {
	case j.verdict == "":
		return ""
	case j.rejudged == 0:
		return "." + j.verdict
	default:
		return fmt.Sprintf(".%s-%d", j.verdict, j.rejudged)
	}
}

// parseJudgement reads what String returns of a judgement.
func parseJudgement(text string) (j judgement, ok bool) {
	verdict, count, again := strings.Cut(strings.TrimPrefix(text, "."), "-")
	j.verdict = verdict
	if again {
		j.rejudged, _ = strconv.Atoi(count) // what is no number is not what String returns
	}
	return j, slices.Contains(verdicts, verdict) && j.String() == text
}
