package load

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// shop returns a program whose every value is drawn or looked up; k tells
// arrivals apart. With a login it sends the token that this yields.
func shop(t *testing.T, login bool) *scenario.Program {
	t.Helper()
	list := get("/list?who=${accounts.user}&lucky=${lots.n}&k=${randint(1, 1000000000)}")
	show := get("/show?who=${accounts.user}&k=${randint(1, 1000000000)}")
	p := &profile.Profile{Name: "test", Seed: 3, Timeout: time.Second}
	for _, name := range []string{"accounts", "lots"} {
		feed := profile.Feed{Name: name, Pick: profile.Sequential, Columns: []string{"user", "n"}}
		if name == "lots" {
			feed.Pick = profile.Random
		}
		for i := range 30 {
			feed.Records = append(feed.Records, []string{fmt.Sprintf("user%d", i), fmt.Sprint(i)})
		}
		p.Data = append(p.Data, feed)
	}
	if login {
		enter := get("/login?who=${accounts.user}&k=${randint(1, 1000000000)}")
		enter.Request.Capture = []profile.Capture{{Name: "token", Path: "$.token", Pick: profile.First}}
		p.Login = []profile.Step{enter}
		show.Request.Path += "&token=${token}"
	}
	p.Scenarios = []profile.Scenario{{Name: "s", Weight: 1, Steps: []profile.Step{list, think(20 * time.Millisecond), show}}}
	program, err := scenario.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// tokens answers each login with a token of its own.
func tokens(r *scenario.Request) http1.Result {
	body := fmt.Sprintf(`{"token": "of-%s"}`, r.Path[strings.Index(r.Path, "user"):])
	return http1.Result{Response: scenario.Response{Status: 200, Body: []byte(body)}}
}

// paths returns how often each request was sent.
func paths(all []sent) map[string]int {
	out := map[string]int{}
	for _, s := range all {
		out[s.path]++
	}
	return out
}

func count(all map[string]int, prefix string) (n int) {
	for path, times := range all {
		if strings.HasPrefix(path, prefix) {
			n += times
		}
	}
	return n
}

// Whatever the timing, arrival k asks for the same, as the same account and
// with the same token, and each session logs in once.
func TestArrivalsAreTheSameWhateverTheTiming(t *testing.T) {
	slowThenFast := func(at time.Duration) time.Duration {
		if at < 700*time.Millisecond {
			return 800 * time.Millisecond
		}
		return time.Millisecond
	}
	for _, login := range []bool{false, true} {
		ask := func(latency func(time.Duration) time.Duration) map[string]int {
			sim := &simulation{latency: latency, answer: tokens}
			arm := New(shop(t, login), profile.Arrival{Rate: 100, Sessions: 20}, sim)
			for range 40 {
				load(t, arm, 100*time.Millisecond)
			}
			return paths(sim.sent)
		}
		quick := ask(always(time.Millisecond))
		for name, latency := range map[string]func(time.Duration) time.Duration{
			"slow": always(500 * time.Millisecond), "slow at first": slowThenFast, "choked": capacity(195),
		} {
			other := ask(latency)
			for path := range other {
				if quick[path] == 0 {
					t.Fatalf("login %v: %s is asked of the %s service only", login, path, name)
				}
			}
			if logins := count(other, "/login"); login && logins != 20 {
				t.Errorf("%s: %d logins", name, logins)
			}
			if list := count(other, "/list"); list < 300 {
				t.Errorf("%s: %d arrivals", name, list)
			}
		}
		if !login && len(quick) < 790 {
			t.Errorf("%d requests differ", len(quick))
		}
	}
}

// All arrivals of a session wait for its one login; what they wait is no part
// of their latency.
func TestArrivalsWaitForTheirLogin(t *testing.T) {
	sim := &simulation{answer: tokens}
	sim.latency = func(at time.Duration) time.Duration {
		if at == 0 {
			return 500 * time.Millisecond // the login
		}
		return time.Millisecond
	}
	arm := New(shop(t, true), profile.Arrival{Rate: 100, Sessions: 1, MaxUsers: 200}, sim)
	load(t, arm, 400*time.Millisecond)
	if len(sim.sent) != 1 || arm.held != 39 {
		t.Fatalf("%d requests, %d users wait", len(sim.sent), arm.held)
	}
	load(t, arm, 600*time.Millisecond)
	rec := arm.Take()
	if n := count(paths(sim.sent), "/login"); n != 1 || arm.held != 0 || rec.Started != 100 || rec.Crowded {
		t.Errorf("%d logins, %d users wait, %d scenarios, crowded %v", n, arm.held, rec.Started, rec.Crowded)
	}
	if longest := latencies(rec).Max(); longest > 2*time.Millisecond {
		t.Errorf("a latency of %v", longest)
	}
}

// A login that fails is tried again, by one arrival at a time.
func TestLoginIsTriedAgain(t *testing.T) {
	failures := 3
	sim := &simulation{latency: always(30 * time.Millisecond)}
	sim.answer = func(r *scenario.Request) http1.Result {
		if strings.HasPrefix(r.Path, "/login") && failures > 0 {
			failures--
			return http1.Result{Response: scenario.Response{Status: 503}}
		}
		return tokens(r)
	}
	arm := New(shop(t, true), profile.Arrival{Rate: 100, Sessions: 1}, sim)
	load(t, arm, time.Second)
	rec := arm.Take()
	asked := paths(sim.sent)
	if count(asked, "/login") != 4 || len(only(asked, "/login")) != 1 {
		t.Errorf("logins: %v", only(asked, "/login"))
	}
	if last := rec.Steps[len(rec.Steps)-1]; last.Name != loginStep || last.Failed() != 3 {
		t.Errorf("steps: %+v", rec.Steps)
	}
	if n := count(asked, "/list"); n != 97 {
		t.Errorf("%d arrivals got in, want all but the 3 whose login failed", n)
	}
}

func only(all map[string]int, prefix string) map[string]int {
	out := maps.Clone(all)
	maps.DeleteFunc(out, func(path string, _ int) bool { return !strings.HasPrefix(path, prefix) })
	return out
}
