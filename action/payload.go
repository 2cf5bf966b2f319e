package action

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxPayload is more than GitHub sends: it caps payloads at 25 MB.
const maxPayload = 32 << 20

// zeros is the hash that stands for no commit in a push's before or after, by
// its first digits: there are 40 or 64 of them.
const zeros = "0000000000000000000000000000000000000000"

// A payload is the part of an event's JSON that perfcheck reads.
type payload struct {
	Action     string `json:"action"`
	Repository struct {
		DefaultBranch string `json:"default_branch"`
	} `json:"repository"`

	PullRequest *struct {
		Number int64     `json:"number"`
		Head   pullPoint `json:"head"`
		Base   pullPoint `json:"base"`
	} `json:"pull_request"`

	Ref     string `json:"ref"`
	Before  string `json:"before"`
	After   string `json:"after"`
	Created bool   `json:"created"`
	Deleted bool   `json:"deleted"`
	Forced  bool   `json:"forced"`

	MergeGroup *struct {
		HeadSHA string `json:"head_sha"`
		BaseSHA string `json:"base_sha"`
	} `json:"merge_group"`

	WorkflowRun *struct {
		ID             int64  `json:"id"`
		RunAttempt     int64  `json:"run_attempt"`
		Event          string `json:"event"`
		HeadBranch     string `json:"head_branch"`
		HeadSHA        string `json:"head_sha"`
		HeadRepository *struct {
			Owner struct {
				Login string `json:"login"`
			} `json:"owner"`
		} `json:"head_repository"` // null once the fork is deleted
	} `json:"workflow_run"`
}

// A pullPoint is an end of a pull request: the branch that wants to be merged,
// or the one to merge into.
type pullPoint struct {
	Ref  string `json:"ref"`
	SHA  string `json:"sha"`
	Repo *struct {
		FullName string `json:"full_name"`
	} `json:"repo"` // null once the fork is deleted
}

func readPayload(path string) (*payload, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	data, err := io.ReadAll(io.LimitReader(f, maxPayload+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxPayload {
		return nil, fmt.Errorf("%s is larger than %d MiB: that is no event of GitHub's", path, maxPayload>>20)
	}
	p := &payload{}
	if err := json.Unmarshal(data, p); err != nil {
		return nil, fmt.Errorf("%s: %v", path, err)
	}
	return p, nil
}

func (p *payload) pull(found *problems, ref string) *Pull {
	pr := p.PullRequest
	if pr == nil {
		found.missing("pull_request")
		return nil
	}
	pull := &Pull{
		Number:  int(found.positive("pull_request.number", pr.Number)),
		HeadSHA: found.sha("pull_request.head.sha", pr.Head.SHA),
		BaseSHA: found.sha("pull_request.base.sha", pr.Base.SHA),
		BaseRef: found.text("pull_request.base.ref", pr.Base.Ref),
	}
	if pr.Base.Repo == nil || pr.Base.Repo.FullName == "" {
		found.missing("pull_request.base.repo.full_name")
	} else {
		pull.Fork = pr.Head.Repo == nil || pr.Head.Repo.FullName != pr.Base.Repo.FullName
	}
	if strings.HasPrefix(ref, "refs/pull/") && !strings.HasPrefix(ref, fmt.Sprintf("refs/pull/%d/", pr.Number)) {
		found.add("pull_request.number is %d, but GITHUB_REF is %s", pr.Number, ref)
	}
	return pull
}

func (p *payload) push(found *problems, sha, ref string) *Push {
	if p.Deleted {
		found.add("deleted is true: the branch is gone, there is nothing to measure")
		return nil
	}
	if p.Ref != ref {
		found.add("ref is %q, but GITHUB_REF is %s", p.Ref, ref)
	}
	// The after of an annotated tag is the tag's own hash, not its commit's.
	if branchOf(ref) != "" && p.After != sha {
		found.add("after is %q, but GITHUB_SHA is %s", p.After, sha)
	}
	before := found.sha("before", p.Before)
	return &Push{Before: before, Created: p.Created || strings.HasPrefix(before, zeros), Forced: p.Forced}
}

func (p *payload) group(found *problems, sha string) *Group {
	if p.MergeGroup == nil {
		found.missing("merge_group")
		return nil
	}
	g := &Group{
		HeadSHA: found.sha("merge_group.head_sha", p.MergeGroup.HeadSHA),
		BaseSHA: found.sha("merge_group.base_sha", p.MergeGroup.BaseSHA),
	}
	if g.HeadSHA != "" && g.HeadSHA != sha {
		found.add("merge_group.head_sha is %s, but GITHUB_SHA is %s", g.HeadSHA, sha)
	}
	return g
}

func (p *payload) workflowRun(found *problems) *WorkflowRun {
	w := p.WorkflowRun
	if w == nil {
		found.missing("workflow_run")
		return nil
	}
	switch p.Action {
	case "requested", "in_progress", "completed":
	case "":
		found.missing("action")
	default:
		found.add("action: want requested, in_progress or completed, got %q", p.Action)
	}
	run := &WorkflowRun{
		Completed: p.Action == "completed",
		ID: RunID{
			ID:      found.positive("workflow_run.id", w.ID),
			Attempt: int(found.positive("workflow_run.run_attempt", w.RunAttempt)),
		},
		HeadBranch: found.text("workflow_run.head_branch", w.HeadBranch),
		HeadSHA:    found.sha("workflow_run.head_sha", w.HeadSHA),
		Event:      found.text("workflow_run.event", w.Event),
	}
	if w.HeadRepository == nil {
		found.add("workflow_run.head_repository is null: the fork is deleted, and its pull request cannot be found")
	} else {
		run.HeadOwner = found.text("workflow_run.head_repository.owner.login", w.HeadRepository.Owner.Login)
	}
	return run
}
