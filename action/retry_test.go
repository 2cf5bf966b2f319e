package action

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/perfcheck/perfcheck/action/githubtest"
)

// The tests of waiting run on a clock that jumps. GitHub stands outside of it.

func TestWaitsUntilGitHubAnswers(t *testing.T) {
	tooMany := githubtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "5"}, Body: "{}"}
	for name, test := range map[string]struct {
		faults   func() []githubtest.Fault // is called on the test's clock
		min, max time.Duration             // of all waits
	}{
		"a bad gateway, twice": {
			func() []githubtest.Fault { return []githubtest.Fault{githubtest.Broken(), githubtest.Broken()} }, 500 * time.Millisecond, 10 * time.Second,
		},
		"a broken connection": {
			func() []githubtest.Fault { return []githubtest.Fault{{}} }, 250 * time.Millisecond, 5 * time.Second,
		},
		"an answer cut off": {
			func() []githubtest.Fault { return []githubtest.Fault{{Status: 200, Body: `[{"id": 1`}} }, 250 * time.Millisecond, 5 * time.Second,
		},
		"the secondary limit": {
			func() []githubtest.Fault { return []githubtest.Fault{githubtest.SecondaryLimit(30 * time.Second)} }, 30 * time.Second, 31 * time.Second,
		},
		"too many requests": {
			func() []githubtest.Fault { return []githubtest.Fault{tooMany} }, 5 * time.Second, 6 * time.Second,
		},
		"too many requests, for how long is not said": {
			func() []githubtest.Fault { return []githubtest.Fault{{Status: 429}} }, time.Minute, time.Minute + time.Second,
		},
		"the primary limit": {
			func() []githubtest.Fault {
				return []githubtest.Fault{githubtest.PrimaryLimit(time.Now().Add(40 * time.Second))}
			}, 41 * time.Second, 42 * time.Second, // a second more: the reset is cut to seconds
		},
	} {
		t.Run(name, func(t *testing.T) {
			hub := newHub(t)
			synctest.Test(t, func(t *testing.T) {
				c, said := dial(t, hub, hub.Token("pull-requests: write"))
				faults := test.faults()
				hub.Inject("GET", "/comments", faults...)
				start := time.Now()
				if _, err := c.HasComment(t.Context(), 7, "shop"); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < test.min || took > test.max {
					t.Errorf("waited %s, want between %s and %s", took, test.min, test.max)
				}
				if got := count(hub, "GET"); got != len(faults)+1 {
					t.Errorf("%d requests, want %d", got, len(faults)+1)
				}
				if len(*said) != len(faults) || !strings.Contains(strings.Join(*said, "\n"), "trying again in") {
					t.Errorf("said %q", *said)
				}
			})
		})
	}
}

// A limit that names no wait, or one that is over, is no leave to ask at once.
func TestWaitsLongerEachTime(t *testing.T) {
	for name, fault := range map[string]func() githubtest.Fault{
		"no time":             func() githubtest.Fault { return githubtest.SecondaryLimit(0) },
		"a time that is over": func() githubtest.Fault { return githubtest.PrimaryLimit(time.Now().Add(-time.Hour)) },
	} {
		t.Run(name, func(t *testing.T) {
			hub := newHub(t)
			synctest.Test(t, func(t *testing.T) {
				c, _ := dial(t, hub, hub.Token("pull-requests: write"))
				hub.Inject("GET", "/comments", slices.Repeat([]githubtest.Fault{fault()}, 3)...)
				start := time.Now()
				if _, err := c.HasComment(t.Context(), 7, "shop"); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took != 7*time.Second {
					t.Errorf("waited %s, want 1, 2 and 4 seconds", took)
				}
			})
		})
	}
}

// The last request that a limit allows is answered, so it is the next that waits.
func TestWaitsBeforeARequestThatWouldBeRefused(t *testing.T) {
	hub := newHub(t)
	synctest.Test(t, func(t *testing.T) {
		c, _ := dial(t, hub, hub.Token("pull-requests: write"))
		last := githubtest.PrimaryLimit(time.Now().Add(time.Minute))
		last.Status, last.Body = 200, "[]"
		hub.Inject("GET", "/comments", last)
		start := time.Now()
		for range 2 {
			if _, err := c.HasComment(t.Context(), 7, "shop"); err != nil {
				t.Fatal(err)
			}
		}
		if took, n := time.Since(start), count(hub, "GET"); took < time.Minute || n != 2 {
			t.Errorf("%d requests in %s, want 2 in a minute", n, took)
		}
	})
}

func TestGivesUp(t *testing.T) {
	for name, test := range map[string]struct {
		fault    githubtest.Fault
		deadline time.Duration // of the context; 0 is none
		most     time.Duration
		want     string
	}{
		"GitHub is down":               {githubtest.Broken(), 0, patience, "502"},
		"a limit beyond patience":      {githubtest.SecondaryLimit(10 * time.Minute), 0, 0, "lasts another 10m0s"},
		"a limit beyond the deadline":  {githubtest.SecondaryLimit(30 * time.Second), 20 * time.Second, 0, "lasts another 30s"},
		"what waiting does not change": {githubtest.Fault{Status: 422, Body: `{"message": "Validation Failed"}`}, 0, 0, "Validation Failed"},
	} {
		t.Run(name, func(t *testing.T) {
			hub := newHub(t)
			synctest.Test(t, func(t *testing.T) {
				c, _ := dial(t, hub, hub.Token("pull-requests: write"))
				hub.Inject("GET", "/comments", slices.Repeat([]githubtest.Fault{test.fault}, 1000)...)
				ctx := t.Context()
				if test.deadline > 0 {
					var cancel func()
					ctx, cancel = context.WithTimeout(ctx, test.deadline)
					defer cancel()
				}
				start := time.Now()
				_, err := c.HasComment(ctx, 7, "shop")
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "acme/shop#7") {
					t.Errorf("error %v: want one with %q and what was being done", err, test.want)
				}
				if took := time.Since(start); took > test.most {
					t.Errorf("gave up after %s, want %s at most", took, test.most)
				}
			})
		})
	}
}

func TestCancelEndsTheWait(t *testing.T) {
	hub := newHub(t)
	synctest.Test(t, func(t *testing.T) {
		c, _ := dial(t, hub, hub.Token("pull-requests: write"))
		hub.Inject("GET", "/comments", githubtest.SecondaryLimit(time.Minute))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		if _, err := c.HasComment(ctx, 7, "shop"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// A second check run could not be told from the first, so one whose answer was
// lost is not sent again. One that was refused is.
func TestCheckRunIsNotSentTwice(t *testing.T) {
	hub := newHub(t)
	check := Check{Name: "perfcheck", Conclusion: ConclusionSuccess, Title: "t", Summary: "s"}
	synctest.Test(t, func(t *testing.T) {
		c, _ := dial(t, hub, hub.Token("checks: write"))
		hub.Inject("POST", "/check-runs", githubtest.Lost())
		if err := c.CreateCheck(t.Context(), headSHA, check); err == nil {
			t.Error("no error")
		}
		if n := len(hub.Checks(headSHA)); n != 1 {
			t.Errorf("%d check runs after a lost answer", n)
		}
		hub.Inject("POST", "/check-runs", githubtest.SecondaryLimit(time.Second))
		if err := c.CreateCheck(t.Context(), headSHA, check); err != nil {
			t.Error(err)
		}
		if n := len(hub.Checks(headSHA)); n != 2 {
			t.Errorf("%d check runs after a refusal", n)
		}
	})
}

func TestCommentWhoseAnswerIsLostIsNotDoubled(t *testing.T) {
	hub := newHub(t)
	synctest.Test(t, func(t *testing.T) {
		c := commenter(t, hub)
		hub.Inject("POST", "/comments", githubtest.Lost(), githubtest.Fault{Status: 502, Late: true})
		if _, err := c.Comment(t.Context(), 7, Comment{Suite: "shop", HeadSHA: headSHA, Body: "fine"}); err != nil {
			t.Fatal(err)
		}
		if all := hub.Comments(7); len(all) != 1 {
			t.Errorf("%d comments: %v", len(all), all)
		}
	})
}
