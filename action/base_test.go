package action

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	const queue = "refs/heads/gh-readonly-queue/main/pr-42-" + pullBase
	for _, tt := range []struct {
		name             string
		event, file, ref string
		at               Checkout
		report           string
		bases            []Candidate // without Why
	}{
		{"a pull request's merge", "pull_request", "pull_request.json", "refs/pull/42/merge",
			Checkout{mergeSHA, []string{otherSHA, pullHead}}, pullHead, []Candidate{{Kind: BaseCommit, SHA: otherSHA}}},
		{"a newer merge of the same head", "pull_request", "pull_request.json", "refs/pull/42/merge",
			Checkout{forkSHA, []string{otherSHA, pullHead}}, pullHead, []Candidate{{Kind: BaseCommit, SHA: otherSHA}}},
		{"a pull request's head", "pull_request", "pull_request.json", "refs/pull/42/merge",
			Checkout{pullHead, []string{otherSHA}}, pullHead,
			[]Candidate{{Kind: BaseMergeBase, Branch: "main"}, {Kind: BaseMergeBase, SHA: pullBase}}},
		{"a pull request's head that is a merge of its own", "pull_request", "pull_request.json", "refs/pull/42/merge",
			Checkout{pullHead, []string{otherSHA, pullBase}}, pullHead,
			[]Candidate{{Kind: BaseMergeBase, Branch: "main"}, {Kind: BaseMergeBase, SHA: pullBase}}},
		{"a fork's merge", "pull_request", "pull_request_fork.json", "refs/pull/43/merge",
			Checkout{mergeSHA, []string{otherSHA, forkSHA}}, forkSHA, []Candidate{{Kind: BaseCommit, SHA: otherSHA}}},
		{"a push", "push", "push.json", "refs/heads/main",
			Checkout{mergeSHA, []string{otherSHA}}, mergeSHA, []Candidate{{Kind: BaseCommit, SHA: pullBase}}},
		{"a forced push", "push", "push_forced.json", "refs/heads/main",
			Checkout{mergeSHA, []string{otherSHA}}, mergeSHA,
			[]Candidate{{Kind: BaseLastStored, Branch: "main"}, {Kind: BaseCommit, SHA: otherSHA}}},
		{"a new branch", "push", "push_created.json", "refs/heads/search/by-price",
			Checkout{mergeSHA, []string{otherSHA, pullHead}}, mergeSHA,
			[]Candidate{{Kind: BaseLastStored, Branch: "search/by-price"}, {Kind: BaseCommit, SHA: otherSHA}}},
		{"the first push of all", "push", "push_created.json", "refs/heads/search/by-price",
			Checkout{mergeSHA, nil}, mergeSHA, []Candidate{{Kind: BaseLastStored, Branch: "search/by-price"}}},
		{"a tag", "push", "push_tag.json", "refs/tags/v1.2.0",
			Checkout{mergeSHA, []string{otherSHA}}, mergeSHA, []Candidate{{Kind: BaseCommit, SHA: otherSHA}}},
		{"a merge group", "merge_group", "merge_group.json", queue,
			Checkout{mergeSHA, []string{otherSHA, pullHead}}, mergeSHA, []Candidate{{Kind: BaseCommit, SHA: pullBase}}},
		{"a dispatch", "workflow_dispatch", "workflow_dispatch.json", "refs/heads/main",
			Checkout{mergeSHA, []string{otherSHA}}, mergeSHA,
			[]Candidate{{Kind: BaseLastStored, Branch: "main"}, {Kind: BaseCommit, SHA: otherSHA}}},
		{"a schedule", "schedule", "schedule.json", "refs/heads/main",
			Checkout{mergeSHA, []string{otherSHA}}, mergeSHA,
			[]Candidate{{Kind: BaseLastStored, Branch: "main"}, {Kind: BaseCommit, SHA: otherSHA}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readEvent(t, tt.event, tt.file, tt.ref).Choose(tt.at)
			if err != nil {
				t.Fatal(err)
			}
			for i := range got.Bases {
				if got.Bases[i].Why == "" {
					t.Errorf("base %d comes without a reason", i)
				}
				got.Bases[i].Why = ""
			}
			if want := (Choice{tt.at.Hash, tt.report, tt.bases}); !reflect.DeepEqual(*got, want) {
				t.Errorf("got  %+v\nwant %+v", *got, want)
			}
		})
	}
}

func TestChooseSaysWhy(t *testing.T) {
	c, err := readEvent(t, "pull_request", "pull_request.json", "refs/pull/42/merge").Choose(Checkout{mergeSHA, []string{otherSHA, pullHead}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Bases[0].Why, "the commit of main that pull request #42 is merged with here"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestChooseRefuses(t *testing.T) {
	for _, tt := range []struct {
		name             string
		event, file, ref string
		at               Checkout
		want             string
	}{
		{"the merge of another head", "pull_request", "pull_request.json", "refs/pull/42/merge",
			Checkout{mergeSHA, []string{pullBase, otherSHA}}, "has moved on"},
		{"a merge the wrong way round", "pull_request", "pull_request.json", "refs/pull/42/merge",
			Checkout{mergeSHA, []string{pullHead, pullBase}}, "has moved on"},
		{"a pull request's base", "pull_request", "pull_request.json", "refs/pull/42/merge",
			Checkout{pullBase, []string{otherSHA}}, "neither pull request #42's head"},
		{"an older commit than was pushed", "push", "push.json", "refs/heads/main",
			Checkout{otherSHA, []string{pullBase}}, "is checked out"},
		{"another commit than the group's", "merge_group", "merge_group.json", "refs/heads/gh-readonly-queue/main/pr-42",
			Checkout{otherSHA, []string{pullBase}}, "is checked out"},
		{"the first commit with a tag", "push", "push_tag.json", "refs/tags/v1.2.0",
			Checkout{mergeSHA, nil}, "first commit"},
		{"the second stage", "workflow_run", "workflow_run_fork.json", "refs/heads/main",
			Checkout{mergeSHA, []string{pullBase}}, "publishing"},
		{"an event without a base", "repository_dispatch", "schedule.json", "refs/heads/main",
			Checkout{mergeSHA, []string{pullBase}}, "repository_dispatch"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readEvent(t, tt.event, tt.file, tt.ref).Choose(tt.at)
			if !errors.Is(err, ErrNoBase) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %+v, %v; want ErrNoBase that says %q", got, err, tt.want)
			}
		})
	}
}
