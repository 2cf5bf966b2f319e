package action

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNoEvent is returned when the environment is not that of a GitHub workflow.
var ErrNoEvent = errors.New("GITHUB_EVENT_NAME is not set: this is no step of a GitHub workflow")

// errTarget says why an event is refused, though everything about it is known.
var errTarget = errors.New("pull_request_target gives a pull request's code, which perfcheck builds and runs," +
	" a token that writes, the secrets and the cache of the default branch:" +
	" measure on pull_request, and publish for forks from a workflow_run workflow")

// An Event is what made GitHub start the workflow. At most one of Pull, Push,
// Group and WorkflowRun is set; none is for a dispatch or a schedule.
type Event struct {
	Name          string // as below on: in the workflow
	Repository    Repository
	SHA           string // that the workflow runs for; of a pull request it is a merge commit, which no branch has
	Branch        string // that has SHA; "" for a tag, a pull request or a merge group
	DefaultBranch string // "" when the event does not tell
	Run           RunID
	APIURL        string // without a slash at the end, like ServerURL
	ServerURL     string

	Pull        *Pull
	Push        *Push
	Group       *Group
	WorkflowRun *WorkflowRun
}

// A Push moved a branch or made a tag.
type Push struct {
	Before  string // where the branch was; zeros when Created
	Created bool
	Forced  bool // what the branch had before is not in its history now
}

// A Group is what a merge queue is about to merge.
type Group struct {
	HeadSHA string
	BaseSHA string // what it is merged onto: the branch, or the group before it in the queue
}

// ReadEvent reads the event from the variables that GitHub sets for each step,
// and from the file that one of them names. The error is [ErrNoEvent] when
// there is no event, and else names each variable and field that is missing or
// contradicts another.
func ReadEvent(getenv func(string) string) (*Event, error) {
	name := getenv("GITHUB_EVENT_NAME")
	switch name {
	case "":
		return nil, ErrNoEvent
	case "pull_request_target":
		return nil, errTarget
	}
	var found problems
	e := &Event{
		Name:       name,
		Repository: found.repository("GITHUB_REPOSITORY", getenv("GITHUB_REPOSITORY")),
		SHA:        found.sha("GITHUB_SHA", getenv("GITHUB_SHA")),
		Run: RunID{
			ID:      found.number("GITHUB_RUN_ID", getenv("GITHUB_RUN_ID")),
			Attempt: int(found.number("GITHUB_RUN_ATTEMPT", getenv("GITHUB_RUN_ATTEMPT"))),
		},
		APIURL:    found.url("GITHUB_API_URL", getenv("GITHUB_API_URL")),
		ServerURL: found.url("GITHUB_SERVER_URL", getenv("GITHUB_SERVER_URL")),
	}
	ref := found.text("GITHUB_REF", getenv("GITHUB_REF"))
	path := found.text("GITHUB_EVENT_PATH", getenv("GITHUB_EVENT_PATH"))
	if err := found.err(); err != nil {
		return nil, err
	}
	p, err := readPayload(path)
	if err != nil {
		return nil, fmt.Errorf("GITHUB_EVENT_PATH: %w", err)
	}
	if err := e.take(p, ref); err != nil {
		return nil, fmt.Errorf("event %s in %s: %w", name, path, err)
	}
	return e, nil
}

// take fills in what the payload says, and holds it against the variables.
func (e *Event) take(p *payload, ref string) error {
	var found problems
	e.DefaultBranch = p.Repository.DefaultBranch
	e.Branch = branchOf(ref)
	switch e.Name {
	case "pull_request":
		e.Branch = ""
		e.Pull = p.pull(&found, ref)
	case "push":
		e.Push = p.push(&found, e.SHA, ref)
	case "merge_group":
		e.Branch = ""
		e.Group = p.group(&found, e.SHA)
	case "workflow_run":
		e.WorkflowRun = p.workflowRun(&found)
	}
	return found.err()
}

// Measured returns the workflow run that measures: this one, or where another
// was measured, that one.
func (e *Event) Measured() RunID {
	if e.WorkflowRun != nil {
		return e.WorkflowRun.ID
	}
	return e.Run
}

// RunURL is the page of the workflow run that measures, in its attempt.
func (e *Event) RunURL() string {
	run := e.Measured()
	return fmt.Sprintf("%s/%s/actions/runs/%d/attempts/%d", e.ServerURL, e.Repository, run.ID, run.Attempt)
}

// branchOf returns the name of the branch that a full ref is, else "".
func branchOf(ref string) string {
	name, ok := strings.CutPrefix(ref, "refs/heads/")
	if !ok {
		return ""
	}
	return name
}

// Reported returns the commit that gets the status: of a pull request the head
// of its branch, which protection rules look at, and not the merge that the
// workflow runs for; after another workflow's run the head that this was of.
func (e *Event) Reported() string {
	switch {
	case e.Pull != nil:
		return e.Pull.HeadSHA
	case e.WorkflowRun != nil:
		return e.WorkflowRun.HeadSHA
	}
	return e.SHA
}

// BaseBranch returns the branch that an event's base is on; "" where it may be
// on none, as that of a merge group behind another.
func (e *Event) BaseBranch() string {
	if e.Pull != nil {
		return e.Pull.BaseRef
	}
	return e.Branch
}
