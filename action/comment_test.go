package action

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/perfcheck/perfcheck/action/githubtest"
)

var (
	robot = githubtest.Author{Login: "github-actions[bot]", Type: "Bot"}
	eve   = githubtest.Author{Login: "eve", Type: "User"}
)

// verdict is a comment of suite shop, made by a run.
func verdict(run int64, body string) Comment {
	return Comment{Suite: "shop", HeadSHA: headSHA, Run: RunID{run, 1}, Body: body}
}

// sent is what GitHub gets for a comment.
func sent(t *testing.T, m Comment) string {
	t.Helper()
	text, err := m.text()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func post(t *testing.T, c *Client, m Comment, want Outcome) Posted {
	t.Helper()
	posted, err := c.Comment(t.Context(), 7, m)
	if err != nil {
		t.Fatal(err)
	}
	if posted.Outcome != want {
		t.Errorf("%s, want %s", posted.Outcome, want)
	}
	return posted
}

// bodies returns what pull request 7 shows.
func bodies(hub *githubtest.Server) []string {
	var all []string
	for _, c := range hub.Comments(7) {
		all = append(all, c.Body)
	}
	return all
}

func TestCommentIsUpdatedInPlace(t *testing.T) {
	hub := newHub(t)
	c := commenter(t, hub)
	first := post(t, c, verdict(1, "slower"), CommentCreated)
	second := post(t, c, verdict(2, "fine\n\nnow"), CommentUpdated)
	if first.ID != second.ID || first.ID == 0 || !strings.Contains(second.URL, fmt.Sprint(first.ID)) {
		t.Errorf("created %+v, then updated %+v", first, second)
	}
	want := "<!-- perfcheck:v1 suite=shop head=" + headSHA + " run=2.1 -->\nfine\n\nnow"
	if got := bodies(hub); !slices.Equal(got, []string{want}) {
		t.Errorf("comments %q, want %q", got, want)
	}
	if n := count(hub, "POST"); n != 1 {
		t.Errorf("%d were created, each with a notification", n)
	}
}

func TestEqualCommentIsNotSent(t *testing.T) {
	hub := newHub(t)
	c := commenter(t, hub)
	post(t, c, verdict(1, "fine\n\nnow\n"), CommentCreated)
	post(t, c, verdict(1, "fine\n\nnow\n"), CommentUnchanged)
	if n := count(hub, "PATCH"); n != 0 {
		t.Errorf("%d edits", n)
	}
}

func TestCommentIsEqualWhateverItsLinesEndWith(t *testing.T) {
	hub := newHub(t)
	hub.AddComment(7, robot, strings.ReplaceAll(sent(t, verdict(1, "fine\n\nnow\n")), "\n", "\r\n"))
	post(t, commenter(t, hub), verdict(1, "fine\n\nnow\n"), CommentUnchanged)
}

func TestOlderRunDoesNotOverwrite(t *testing.T) {
	for name, older := range map[string]Comment{
		"an older run of another head": {HeadSHA: lateSHA, Run: RunID{4, 9}},
		"an older attempt":             {HeadSHA: headSHA, Run: RunID{5, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			hub := newHub(t)
			c := commenter(t, hub)
			newer := verdict(5, "fine")
			newer.Run.Attempt = 2
			post(t, c, newer, CommentCreated)
			stale := verdict(1, "slower")
			stale.HeadSHA, stale.Run = older.HeadSHA, older.Run
			post(t, c, stale, CommentStale)
			if got := bodies(hub); !slices.Equal(got, []string{sent(t, newer)}) {
				t.Errorf("comments %q", got)
			}
		})
	}
}

// A run that is started again keeps its number, and measures later than one
// with a larger number has.
func TestRunMadeAgainUpdates(t *testing.T) {
	hub := newHub(t)
	c := commenter(t, hub)
	post(t, c, verdict(5, "slower"), CommentCreated)
	again := verdict(4, "fine")
	again.Run.Attempt = 2
	post(t, c, again, CommentUpdated)
	if got := bodies(hub); !slices.Equal(got, []string{sent(t, again)}) {
		t.Errorf("comments %q", got)
	}
}

func TestSuitesHaveACommentEach(t *testing.T) {
	hub := newHub(t)
	c := commenter(t, hub)
	post(t, c, verdict(1, "fine"), CommentCreated)
	other := verdict(1, "slower")
	other.Suite = "shop2"
	post(t, c, other, CommentCreated)
	post(t, c, verdict(2, "fine still"), CommentUpdated)
	if got := bodies(hub); !slices.Equal(got, []string{sent(t, verdict(2, "fine still")), sent(t, other)}) {
		t.Errorf("comments %q", got)
	}
}

// The comment lies on the last of two pages, among decoys.
func TestCommentIsFoundOnAllPages(t *testing.T) {
	hub := newHub(t)
	mark := sent(t, verdict(1, "slower"))
	for i := range 150 {
		switch i % 3 {
		case 0:
			hub.AddComment(7, eve, mark)
		case 1:
			hub.AddComment(7, robot, "> a quotation\n"+mark)
		default:
			hub.AddComment(7, robot, " "+mark)
		}
	}
	own := hub.AddComment(7, robot, mark)
	posted := post(t, commenter(t, hub), verdict(2, "fine"), CommentUpdated)
	if posted.ID != own.ID {
		t.Errorf("updated %d, want %d", posted.ID, own.ID)
	}
	if n := len(hub.Comments(7)); n != 151 {
		t.Errorf("%d comments, want 151", n)
	}
}

func TestDecoysAreLeftAlone(t *testing.T) {
	hub := newHub(t)
	// A stranger must not be able to silence perfcheck with a run from the future.
	// Nor by way of a bot that repeats what it is told.
	future := verdict(1<<62, "everything is fine")
	future.HeadSHA = lateSHA
	parrot := githubtest.Author{Login: "parrot[bot]", Type: "Bot"}
	decoys := []githubtest.Comment{hub.AddComment(7, eve, sent(t, future)), hub.AddComment(7, parrot, sent(t, future))}
	c := commenter(t, hub)
	post(t, c, verdict(1, "slower"), CommentCreated)
	post(t, c, verdict(2, "fine"), CommentUpdated)
	if got := hub.Comments(7); len(got) != 3 || !slices.Equal(got[:2], decoys) {
		t.Errorf("comments %+v", got)
	}
}

// The token of another app than GitHub Actions finds its comments by the login
// that it is given.
func TestAppFindsOwnComment(t *testing.T) {
	hub := newHub(t)
	own := hub.AddComment(7, githubtest.Author{Login: "shop[bot]", Type: "Bot"}, sent(t, verdict(1, "slower")))
	c, err := New(Options{APIURL: hub.URL, Token: hub.Token("pull-requests: write"), Repository: Repository{"acme", "shop"}, Login: "shop[bot]"})
	if err != nil {
		t.Fatal(err)
	}
	if posted := post(t, c, verdict(2, "fine"), CommentUpdated); posted.ID != own.ID {
		t.Errorf("updated %d, want %d", posted.ID, own.ID)
	}
}

func TestUserFindsOwnComment(t *testing.T) {
	hub := newHub(t)
	c, _ := dial(t, hub, hub.UserToken("ada"))
	hub.AddComment(7, eve, sent(t, verdict(9, "everything is fine")))
	first := post(t, c, verdict(1, "slower"), CommentCreated)
	second := post(t, c, verdict(2, "fine"), CommentUpdated)
	if first.ID != second.ID || len(hub.Comments(7)) != 2 {
		t.Errorf("created %+v, then updated %+v of %+v", first, second, hub.Comments(7))
	}
}

func TestDuplicatesAreRemoved(t *testing.T) {
	hub := newHub(t)
	oldest := hub.AddComment(7, robot, sent(t, verdict(1, "one")))
	hub.AddComment(7, robot, sent(t, verdict(2, "two")))
	hub.AddComment(7, robot, sent(t, verdict(3, "three")))
	hub.Inject("DELETE", "/comments/", githubtest.Fault{Status: 404, Body: `{"message": "Not Found"}`, Late: true})
	posted := post(t, commenter(t, hub), verdict(4, "four"), CommentUpdated)
	if posted.ID != oldest.ID || !slices.Equal(bodies(hub), []string{sent(t, verdict(4, "four"))}) {
		t.Errorf("posted %+v, comments %q", posted, bodies(hub))
	}
}

// All list before any creates. Which of different runs speaks last is chance.
func TestRacingCreatorsLeaveOneComment(t *testing.T) {
	for name, run := range map[string]func(i int) int64{
		"of one run":        func(int) int64 { return 1 },
		"of different runs": func(i int) int64 { return int64(i + 1) },
	} {
		t.Run(name, func(t *testing.T) {
			const creators = 4
			hub := newHub(t)
			hub.Barrier("POST", "/comments", creators)
			errs := make([]error, creators)
			var texts []string
			var done sync.WaitGroup
			for i := range creators {
				c, m := commenter(t, hub), verdict(run(i), fmt.Sprintf("verdict of %d", run(i)))
				texts = append(texts, sent(t, m))
				done.Go(func() { _, errs[i] = c.Comment(t.Context(), 7, m) })
			}
			done.Wait()
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
			if n := count(hub, "POST"); n != creators {
				t.Errorf("%d were created, so they did not race", n)
			}
			if got := bodies(hub); len(got) != 1 || !slices.Contains(texts, got[0]) {
				t.Errorf("comments %q", got)
			}
		})
	}
}

// A run that creates a comment while a newer one does takes its own away again,
// unless it is the one that stays.
func TestStaleCreatorWithdraws(t *testing.T) {
	newer := sticky{id: 10, marker: marker{head: lateSHA, run: RunID{9, 1}}}
	own := sticky{id: 11, marker: marker{head: headSHA, run: RunID{8, 1}}}
	hub := newHub(t)
	c := commenter(t, hub)
	posted, err := c.yield(t.Context(), 7, []sticky{newer, own}, own, "slower")
	if err != nil || posted.Outcome != CommentStale || posted.ID != newer.id {
		t.Errorf("%+v, %v", posted, err)
	}
	if got := hub.Requests(); !slices.Equal(got, []string{"DELETE /repos/acme/shop/issues/comments/11"}) {
		t.Errorf("requests %q", got)
	}
}

// What GitHub has just created, its list may not show yet.
func TestCreatorWhoIsNotListedYet(t *testing.T) {
	own := sticky{id: 11, body: "fine", marker: marker{run: RunID{8, 1}}}
	hub := newHub(t)
	posted, err := commenter(t, hub).yield(t.Context(), 7, nil, own, own.body)
	if err != nil || posted.Outcome != CommentCreated || posted.ID != own.id {
		t.Errorf("%+v, %v", posted, err)
	}
	if got := hub.Requests(); len(got) > 0 {
		t.Errorf("requests %q", got)
	}
}

func TestHasComment(t *testing.T) {
	hub := newHub(t)
	c := commenter(t, hub)
	for _, want := range []bool{false, true} {
		if got, err := c.HasComment(t.Context(), 7, "shop"); err != nil || got != want {
			t.Errorf("%t, %v; want %t", got, err, want)
		}
		if _, err := c.Comment(t.Context(), 7, verdict(1, "fine")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCommentThatCannotBeSent(t *testing.T) {
	room := MaxComment - len(sent(t, verdict(1, "")))
	hub := newHub(t)
	c := commenter(t, hub)
	for name, m := range map[string]Comment{
		"too long":           verdict(1, strings.Repeat("é", room+1)),
		"a suite with a gap": {Suite: "a --> b", HeadSHA: headSHA},
		"no suite":           {HeadSHA: headSHA},
		"no commit":          {Suite: "shop"},
		"a short commit":     {Suite: "shop", HeadSHA: "abc1234"},
		"a negative run":     {Suite: "shop", HeadSHA: headSHA, Run: RunID{-1, 1}},
	} {
		if _, err := c.Comment(t.Context(), 7, m); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := hub.Requests(); len(got) > 0 {
		t.Errorf("requests %q", got)
	}
	post(t, c, verdict(1, strings.Repeat("é", room)), CommentCreated)
}
