package action

import (
	"errors"
	"testing"

	"github.com/perfcheck/perfcheck/action/githubtest"
)

func TestPullOf(t *testing.T) {
	hub := newHub(t)
	for _, p := range []githubtest.Pull{
		{Number: 8, Head: "eve:faster", HeadSHA: lateSHA, Base: "next", BaseSHA: baseSHA},
		{Number: 9, Head: "eve:many", HeadSHA: headSHA},
		{Number: 10, Head: "eve:many", HeadSHA: headSHA, Base: "next"},
		{Number: 11, Head: "eve:slash/and#more", HeadSHA: headSHA, BaseSHA: baseSHA},
	} {
		hub.AddPull(p)
	}
	c, _ := dial(t, hub, hub.Token("pull-requests: read"))
	for name, test := range map[string]struct {
		run  WorkflowRun
		want Pull
		err  error
	}{
		"a branch": {
			run:  WorkflowRun{HeadOwner: "acme", HeadBranch: "faster", HeadSHA: headSHA},
			want: Pull{Number: 7, HeadSHA: headSHA, BaseSHA: baseSHA, BaseRef: "main"},
		},
		"a fork": {
			run:  WorkflowRun{HeadOwner: "eve", HeadBranch: "faster", HeadSHA: lateSHA},
			want: Pull{Number: 8, HeadSHA: lateSHA, BaseSHA: baseSHA, BaseRef: "next", Fork: true},
		},
		"a branch with odd letters": {
			run:  WorkflowRun{HeadOwner: "eve", HeadBranch: "slash/and#more", HeadSHA: headSHA},
			want: Pull{Number: 11, HeadSHA: headSHA, BaseSHA: baseSHA, BaseRef: "main", Fork: true},
		},
		"a branch that has moved on":      {run: WorkflowRun{HeadOwner: "acme", HeadBranch: "faster", HeadSHA: lateSHA}, err: ErrMoved},
		"a branch without pull request":   {run: WorkflowRun{HeadOwner: "acme", HeadBranch: "main", HeadSHA: headSHA}, err: ErrNoPull},
		"the same branch of another fork": {run: WorkflowRun{HeadOwner: "mallory", HeadBranch: "faster", HeadSHA: headSHA}, err: ErrNoPull},
		"two pull requests":               {run: WorkflowRun{HeadOwner: "eve", HeadBranch: "many", HeadSHA: headSHA}, err: ErrManyPulls},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.PullOf(t.Context(), test.run)
			if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			if err == nil && *got != test.want {
				t.Errorf("got %+v, want %+v", *got, test.want)
			}
		})
	}
}

// GitHub lists all pull requests when it does not understand the head.
func TestPullOfNobody(t *testing.T) {
	hub := newHub(t)
	c, _ := dial(t, hub, hub.Token("pull-requests: read"))
	for name, run := range map[string]WorkflowRun{
		"no branch": {HeadSHA: headSHA},
		"no owner":  {HeadBranch: "faster", HeadSHA: headSHA},
		"no commit": {HeadOwner: "acme", HeadBranch: "faster"},
	} {
		if got, err := c.PullOf(t.Context(), run); err == nil {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}
