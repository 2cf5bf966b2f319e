package scenario

import (
	"testing"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// A user that comes back to a session finds what its login captured, and an
// arrival is given to one without an allocation.
func TestUsersTakeTurnsInSessions(t *testing.T) {
	get := func(path string) *profile.Request {
		return &profile.Request{Name: path, Method: "GET", Path: path}
	}
	login := get("/login")
	login.Capture = []profile.Capture{{Name: "token", Path: "$.token", Pick: profile.First}}
	p, err := Compile(&profile.Profile{
		Name: "test", Seed: 1,
		Data: []profile.Feed{{Name: "accounts", Pick: profile.Sequential, Columns: []string{"id"},
			Records: [][]string{{"ann"}, {"bob"}, {"cid"}}}},
		Login:     []profile.Step{{Request: login}},
		Scenarios: []profile.Scenario{{Weight: 1, Steps: []profile.Step{{Request: get("/${accounts.id}/${token}")}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ann, bob := p.Session(0), p.Session(1)
	one, other := p.User(7), p.User(8)
	for _, s := range []*Session{&ann, &bob} {
		one.Become(s)
		one.Begin(0)
		if one.Next().Request.Path != "/login" || !s.LoggingIn() {
			t.Fatalf("no login: %+v", s)
		}
		if err := one.Accept(&Response{Status: 200, Body: []byte(`{"token": 1` + string('0'+byte(s.number)) + `}`)}); err != nil {
			t.Fatal(err)
		}
		one.Next()
		if s.LoggingIn() {
			t.Fatalf("its login does not end: %+v", s)
		}
	}
	for i, want := range []string{"/ann/10", "/bob/11", "/ann/10"} {
		other.Become([]*Session{&ann, &bob}[i%2])
		other.Begin(uint64(i))
		if got := other.Next().Request.Path; got != want {
			t.Errorf("turn %d: %s, want %s", i, got, want)
		}
	}
	if n := testing.AllocsPerRun(100, func() {
		other.Become(&bob)
		other.Begin(1)
		one.BecomeNew(5)
	}); n != 0 {
		t.Errorf("%v allocations a turn", n)
	}
}
