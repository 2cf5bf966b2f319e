package action

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const (
	mergeSHA = "7044a8a032e85b6ab611033b2ac8af7ce85805b2" // GITHUB_SHA in every test
	pullHead = "c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c" // of the pull request from a branch
	forkSHA  = "e5bd3914e2e596debea16f433f57875b5b90bcd6" // of the one from a fork
	pullBase = "929f8209d40f77f4abc622a499c93a83babdbe64"
	otherSHA = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
)

// environment returns what GitHub sets for a step, for an event whose payload
// is in testdata.
func environment(name, payload, ref string) map[string]string {
	return map[string]string{
		"GITHUB_EVENT_NAME":  name,
		"GITHUB_EVENT_PATH":  filepath.Join("testdata", payload),
		"GITHUB_REPOSITORY":  "octo-org/shop",
		"GITHUB_SHA":         mergeSHA,
		"GITHUB_REF":         ref,
		"GITHUB_RUN_ID":      "6797836297",
		"GITHUB_RUN_ATTEMPT": "2",
		"GITHUB_API_URL":     "https://api.github.com",
		"GITHUB_SERVER_URL":  "https://github.com/",
	}
}

func lookup(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func readEvent(t *testing.T, name, payload, ref string) *Event {
	t.Helper()
	e, err := ReadEvent(lookup(environment(name, payload, ref)))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestReadEvent(t *testing.T) {
	const zero = "0000000000000000000000000000000000000000"
	for _, tt := range []struct {
		name, payload, ref string
		want               Event // without what is the same for all
	}{
		{"pull_request", "pull_request.json", "refs/pull/42/merge", Event{
			DefaultBranch: "main", Pull: &Pull{Number: 42, HeadSHA: pullHead, BaseSHA: pullBase, BaseRef: "main"}}},
		{"pull_request", "pull_request_fork.json", "refs/pull/43/merge", Event{
			DefaultBranch: "main", Pull: &Pull{Number: 43, HeadSHA: forkSHA, BaseSHA: pullBase, BaseRef: "main", Fork: true}}},
		{"pull_request", "pull_request_fork_deleted.json", "refs/pull/44/merge", Event{
			DefaultBranch: "main", Pull: &Pull{Number: 44, HeadSHA: forkSHA, BaseSHA: pullBase, BaseRef: "release/1.x", Fork: true}}},
		{"push", "push.json", "refs/heads/main", Event{
			DefaultBranch: "main", Branch: "main", Push: &Push{Before: pullBase}}},
		{"push", "push_forced.json", "refs/heads/main", Event{
			DefaultBranch: "main", Branch: "main", Push: &Push{Before: pullBase, Forced: true}}},
		{"push", "push_created.json", "refs/heads/search/by-price", Event{
			DefaultBranch: "main", Branch: "search/by-price", Push: &Push{Before: zero, Created: true}}},
		{"push", "push_tag.json", "refs/tags/v1.2.0", Event{
			DefaultBranch: "main", Push: &Push{Before: zero, Created: true}}},
		{"merge_group", "merge_group.json", "refs/heads/gh-readonly-queue/main/pr-42-" + pullBase, Event{
			DefaultBranch: "main", Group: &Group{HeadSHA: mergeSHA, BaseSHA: pullBase}}},
		{"workflow_dispatch", "workflow_dispatch.json", "refs/heads/main", Event{
			DefaultBranch: "main", Branch: "main"}},
		{"schedule", "schedule.json", "refs/heads/main", Event{Branch: "main"}},
		{"workflow_run", "workflow_run_fork.json", "refs/heads/main", Event{
			DefaultBranch: "main", Branch: "main", WorkflowRun: &WorkflowRun{
				ID: RunID{6797836297, 2}, HeadOwner: "hubot", HeadBranch: "main", HeadSHA: forkSHA, Event: "pull_request", Completed: true}}},
		{"repository_dispatch", "schedule.json", "refs/heads/main", Event{Branch: "main"}},
	} {
		t.Run(tt.payload, func(t *testing.T) {
			tt.want.Name, tt.want.SHA, tt.want.Run = tt.name, mergeSHA, RunID{6797836297, 2}
			tt.want.Repository = Repository{"octo-org", "shop"}
			tt.want.APIURL, tt.want.ServerURL = "https://api.github.com", "https://github.com"
			if got := readEvent(t, tt.name, tt.payload, tt.ref); !reflect.DeepEqual(*got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", *got, tt.want)
			}
		})
	}
}

func TestReadEventRefuses(t *testing.T) {
	payload := func(t *testing.T, content string) string {
		path := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pull := environment("pull_request", "pull_request.json", "refs/pull/42/merge")
	push := environment("push", "push.json", "refs/heads/main")
	group := environment("merge_group", "merge_group.json", "refs/heads/gh-readonly-queue/main/pr-42")
	run := environment("workflow_run", "workflow_run_fork.json", "refs/heads/main")
	for _, tt := range []struct {
		name    string
		env     map[string]string
		change  map[string]string
		content string // of another payload
		want    []string
	}{
		{"the privileged event", pull, map[string]string{"GITHUB_EVENT_NAME": "pull_request_target"}, "",
			[]string{"pull_request_target", "secrets", "workflow_run"}},
		{"missing variables", map[string]string{"GITHUB_EVENT_NAME": "push"}, nil, "",
			[]string{"GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_REF", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT",
				"GITHUB_API_URL", "GITHUB_SERVER_URL", "GITHUB_EVENT_PATH"}},
		{"odd variables", push, map[string]string{
			"GITHUB_REPOSITORY": "octo-org/..", "GITHUB_SHA": "main", "GITHUB_RUN_ID": "x", "GITHUB_RUN_ATTEMPT": "0",
			"GITHUB_API_URL": "file:///etc/passwd", "GITHUB_SERVER_URL": "https://me:secret@github.com"}, "",
			[]string{"GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_API_URL", "GITHUB_SERVER_URL"}},
		{"no file", push, map[string]string{"GITHUB_EVENT_PATH": "testdata/none.json"}, "", []string{"GITHUB_EVENT_PATH", "none.json"}},
		{"no JSON", push, nil, "{", []string{"event.json", "unexpected end"}},
		{"another type", pull, nil, `{"pull_request": {"number": "42"}}`, []string{"pull_request.number"}},
		{"no pull request", pull, nil, `{}`, []string{"pull_request is missing"}},
		{"an empty pull request", pull, nil, `{"pull_request": {}}`, []string{"pull_request.number", "pull_request.head.sha",
			"pull_request.base.sha", "pull_request.base.ref", "pull_request.base.repo.full_name"}},
		{"another pull request", pull, map[string]string{"GITHUB_REF": "refs/pull/4/merge"}, "", []string{"is 42", "refs/pull/4/merge"}},
		{"another push", push, map[string]string{"GITHUB_SHA": otherSHA, "GITHUB_REF": "refs/heads/dev"}, "",
			[]string{"ref is", "refs/heads/dev", "after is", otherSHA}},
		{"a deleted branch", push, nil, `{"deleted": true}`, []string{"deleted"}},
		{"no before", push, nil, `{"ref": "refs/heads/main", "after": "` + mergeSHA + `"}`, []string{"before is missing"}},
		{"another group", group, map[string]string{"GITHUB_SHA": otherSHA}, "", []string{"merge_group.head_sha", otherSHA}},
		{"no group", group, nil, `{}`, []string{"merge_group is missing"}},
		{"a group without base", group, nil, `{"merge_group": {"head_sha": "` + mergeSHA + `"}}`, []string{"merge_group.base_sha is missing"}},
		{"no run", run, nil, `{}`, []string{"workflow_run is missing"}},
		{"a run of a deleted fork", run, nil, `{"workflow_run": {"id": 1, "run_attempt": 1, "event": "pull_request", "head_branch": "b", "head_sha": "` + pullHead + `", "head_repository": null}}`,
			[]string{"workflow_run.head_repository", "deleted"}},
		{"a run that did something new", run, nil, `{"action": "paused", "workflow_run": {"id": 1, "head_repository": {}}}`, []string{"action", "paused"}},
		{"an empty run", run, nil, `{"workflow_run": {"head_repository": {}}}`, []string{"action is missing", "workflow_run.id", "workflow_run.run_attempt",
			"workflow_run.event", "workflow_run.head_branch", "workflow_run.head_sha", "workflow_run.head_repository.owner.login"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			env := maps.Clone(tt.env)
			maps.Copy(env, tt.change)
			if tt.content != "" {
				env["GITHUB_EVENT_PATH"] = payload(t, tt.content)
			}
			e, err := ReadEvent(lookup(env))
			if err == nil {
				t.Fatalf("got %+v", e)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v: says nothing of %s", err, want)
				}
			}
		})
	}
}

func TestNoEvent(t *testing.T) {
	if _, err := ReadEvent(lookup(nil)); !errors.Is(err, ErrNoEvent) {
		t.Errorf("got %v, want ErrNoEvent", err)
	}
}

func TestPayloadIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, maxPayload+1); err != nil {
		t.Fatal(err)
	}
	if _, err := readPayload(path); err == nil || !strings.Contains(err.Error(), "larger than 32 MiB") {
		t.Errorf("got %v", err)
	}
}

func TestRunURL(t *testing.T) {
	e := readEvent(t, "push", "push.json", "refs/heads/main")
	if got, want := e.RunURL(), "https://github.com/octo-org/shop/actions/runs/6797836297/attempts/2"; got != want {
		t.Errorf("run: got %s, want %s", got, want)
	}
	// After another workflow's run its page tells what was measured.
	e = readEvent(t, "workflow_run", "workflow_run_fork.json", "refs/heads/main")
	e.Run = RunID{7, 1}
	if got, want := e.RunURL(), "https://github.com/octo-org/shop/actions/runs/6797836297/attempts/2"; got != want {
		t.Errorf("run that measured: got %s, want %s", got, want)
	}
	if got := e.Reported(); got != forkSHA {
		t.Errorf("reported: got %s, want %s", got, forkSHA)
	}
}
