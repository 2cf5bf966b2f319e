package scenario_test

import (
	"errors"
	"testing"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

func fed(f profile.Feed) *profile.Profile {
	p := oneScenario(&profile.Request{Name: "r", Method: "POST", Path: "/", JSON: map[string]any{"v": "${f.v}"}})
	f.Name, f.Columns = "f", []string{"v"}
	p.Data = []profile.Feed{f}
	return p
}

func TestTypedRecords(t *testing.T) {
	program := compile(t, fed(profile.Feed{Pick: profile.Sequential, Values: [][]any{{int64(1) << 60}, {"x"}, {[]any{true, nil}}}}))
	for n, want := range []string{"1152921504606846976", `"x"`, "[true,null]", "1152921504606846976"} {
		expectLog(t, play(program.User(uint64(n)), 0, ok("")), `0 POST / {"v":`+want+"}", "end")
	}
}

// A record of a scenario follows from its number, whoever does it.
func TestRecordsOfScenarios(t *testing.T) {
	p := fed(profile.Feed{Pick: profile.Unique, PerScenario: true, Records: [][]string{{"a"}, {"b"}, {"c"}}})
	p.Login = steps(get("/login"))
	program := compile(t, p)
	first, second := program.User(0), program.User(1)
	expectLog(t, play(first, 0, ok(""), ok("")), "-1 GET /login", `0 POST / {"v":"a"}`, "end")
	expectLog(t, play(second, 1, ok(""), ok("")), "-1 GET /login", `0 POST / {"v":"b"}`, "end")
	expectLog(t, play(first, 2, ok("")), `0 POST / {"v":"c"}`, "end")
	expectLog(t, play(second, 3), "error: data f: all 3 records are used: add records, or let them come again by pick: sequential, at_end: recycle")
	p.Login = steps(get("/login/${f.v}"))
	want := "profiles.p.login[0].GET: f.v: unknown name f: there are no variables here"
	if _, err := scenario.Compile(p); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	p = fed(profile.Feed{Pick: profile.Random, PerScenario: true, Records: [][]string{{"a"}, {"b"}}})
	u, seen := compile(t, p).User(0), map[string]bool{}
	for n := range uint64(20) {
		seen[play(u, n, ok(""))[0]] = true
	}
	if len(seen) != 2 {
		t.Errorf("20 scenarios of a user: %v", seen)
	}
}

// A user for whom no record is left never begins, and says so each time.
func TestFeedsThatEnd(t *testing.T) {
	for _, f := range []profile.Feed{{Pick: profile.Unique}, {Pick: profile.Sequential, Stop: true}} {
		f.Records = [][]string{{"a"}, {"b"}}
		p := fed(f)
		p.Login = steps(get("/login"))
		program := compile(t, p)
		expectLog(t, play(program.User(1), 7, ok(""), ok("")), "-1 GET /login", `0 POST / {"v":"b"}`, "end")
		u := program.User(2)
		const why = "error: data f: all 2 records are used: add records, or let them come again by pick: sequential, at_end: recycle"
		expectLog(t, play(u, 0), why)
		expectLog(t, play(u, 1), why)
		u.Begin(2)
		if end, ok := errors.AsType[*scenario.EndError](u.Next().Err); !ok || end.Feed != "f" {
			t.Errorf("got %v", end)
		}
		s := program.Session(0)
		u.Become(&s)
		expectLog(t, play(u, 3, ok(""), ok("")), "-1 GET /login", `0 POST / {"v":"a"}`, "end")
	}
}
