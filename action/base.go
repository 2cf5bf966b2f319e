package action

import (
	"errors"
	"fmt"
)

// ErrNoBase is returned when an event and what is checked out do not tell what
// to compare with. The user may.
var ErrNoBase = errors.New("cannot tell the base")

// A Checkout is the commit that git has checked out.
type Checkout struct {
	Hash    string
	Parents []string // as the commit names them; a shallow clone need not have them
}

// A Choice says what to measure.
type Choice struct {
	Head   string      // the commit to measure: what is checked out
	Report string      // the commit that gets the status
	Bases  []Candidate // what to compare with: the first of them that there is
}

// A Candidate is one way to a base. One that leads to the head itself leads
// nowhere, and the next has its turn.
type Candidate struct {
	Kind   BaseKind
	SHA    string // BaseCommit: it; BaseMergeBase: a commit of the branch, unless Branch is set
	Branch string // BaseMergeBase: in the state it has now; BaseLastStored
	Why    string // a sentence for the user
}

// A BaseKind says how a base is found.
type BaseKind int

const (
	BaseCommit     BaseKind = iota // it is named
	BaseMergeBase                  // where the head's history and another's parted
	BaseLastStored                 // the latest commit with a stored run on a branch, of the head's history where that is known
)

// Choose says what to compare for the event, given what is checked out. The
// error is [ErrNoBase], wrapped with what to do, when the two do not fit
// together or tell nothing of a base.
func (e *Event) Choose(at Checkout) (*Choice, error) {
	switch {
	case e.Pull != nil:
		return e.choosePull(at)
	case e.WorkflowRun != nil:
		return nil, fmt.Errorf("%w: workflow_run is for publishing what another run measured", ErrNoBase)
	case at.Hash != e.SHA:
		return nil, fmt.Errorf("%w: the event is about %s, and %s is checked out: "+
			"check out the first (actions/checkout does without ref:), or name the base", ErrNoBase, e.SHA, at.Hash)
	}
	c := &Choice{Head: at.Hash, Report: e.SHA}
	switch {
	case e.Group != nil:
		c.Bases = []Candidate{{Kind: BaseCommit, SHA: e.Group.BaseSHA,
			Why: "what the merge queue puts this group on"}}
	case e.Push != nil && e.Branch != "" && !e.Push.Created && !e.Push.Forced:
		c.Bases = []Candidate{{Kind: BaseCommit, SHA: e.Push.Before,
			Why: fmt.Sprintf("where %s was before the push", e.Branch)}}
	case e.Push != nil, e.Name == "workflow_dispatch", e.Name == "schedule":
		c.Bases = e.earlier(at)
	default:
		return nil, fmt.Errorf("%w: event %s tells nothing of one: name it", ErrNoBase, e.Name)
	}
	if len(c.Bases) == 0 {
		return nil, fmt.Errorf("%w: %s is the first commit of all", ErrNoBase, at.Hash)
	}
	return c, nil
}

// choosePull compares a pull request with the branch as it is merged into it.
// The event's own base.sha can be hours old.
func (e *Event) choosePull(at Checkout) (*Choice, error) {
	c := &Choice{Head: at.Hash, Report: e.Pull.HeadSHA}
	merge := len(at.Parents) == 2
	switch {
	case merge && at.Parents[1] == e.Pull.HeadSHA:
		c.Bases = []Candidate{{Kind: BaseCommit, SHA: at.Parents[0],
			Why: fmt.Sprintf("the commit of %s that pull request #%d is merged with here", e.Pull.BaseRef, e.Pull.Number)}}
	case at.Hash == e.Pull.HeadSHA:
		c.Bases = []Candidate{
			{Kind: BaseMergeBase, Branch: e.Pull.BaseRef,
				Why: fmt.Sprintf("where pull request #%d left %s, since its head is checked out and not its merge", e.Pull.Number, e.Pull.BaseRef)},
			{Kind: BaseMergeBase, SHA: e.Pull.BaseSHA,
				Why: fmt.Sprintf("where pull request #%d left %s as that was when the event was made", e.Pull.Number, e.Pull.BaseRef)},
		}
	case merge && at.Hash == e.SHA:
		return nil, fmt.Errorf("%w: the checked out %s merges %s, and the event is about %s: "+
			"pull request #%d has moved on, and a newer run checks it", ErrNoBase, at.Hash, at.Parents[1], e.Pull.HeadSHA, e.Pull.Number)
	default:
		return nil, fmt.Errorf("%w: the checked out %s is neither pull request #%d's head %s nor a merge of it: "+
			"check out one of them (actions/checkout does without ref:), or name the base", ErrNoBase, at.Hash, e.Pull.Number, e.Pull.HeadSHA)
	}
	return c, nil
}

// earlier returns what to compare with when nothing tells where the branch was.
func (e *Event) earlier(at Checkout) []Candidate {
	var bases []Candidate
	if e.Branch != "" {
		bases = append(bases, Candidate{Kind: BaseLastStored, Branch: e.Branch,
			Why: "the last commit of " + e.Branch + " with a stored run"})
	}
	if len(at.Parents) > 0 {
		bases = append(bases, Candidate{Kind: BaseCommit, SHA: at.Parents[0],
			Why: "the first parent of what is checked out"})
	}
	return bases
}
