package scenario_test

import (
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

func sets(lines ...string) *scenario.Response {
	r := &scenario.Response{Status: 200, Body: []byte("{}")}
	for _, line := range lines {
		r.Header = append(r.Header, line+"\r\n"...)
	}
	return r
}

// What login sets stays; what a scenario sets is forgotten at its end, so that
// requests follow from the seed alone.
func TestCookies(t *testing.T) {
	p := oneScenario(get("/a/b?x=/c"), get("/a/c"), get("/${1 + 1}"))
	p.Cookies = true
	p.Login = steps(get("/login"))
	u := compile(t, p).User(0)
	const date = "Date: Sat, 21 Nov 2026 22:00:00 GMT"
	answers := []*scenario.Response{
		sets("Set-Cookie: id=1; HttpOnly; Secure", "Set-Cookie: gone=1; Path=/", "set-cookie: a=2; Path=/a", "Set-Cookie: bad"),
		sets(date, "Set-Cookie: id=3; Path=/", "Set-Cookie: gone=; Path=/; Max-Age=0", "Set-Cookie: here=4", "Set-Cookie: old=5; Path=/; Expires=Sat, 21 Nov 2026 21:00:00 GMT"),
		sets("Set-Cookie: a=; Path=/a; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
		sets(),
	}
	run := func(iteration uint64, answers []*scenario.Response, want ...string) {
		t.Helper()
		u.Begin(iteration)
		for i, answer := range answers {
			a := u.Next()
			if a.Request == nil {
				t.Fatalf("no request: %+v", a)
			}
			if got := a.Request.Path + " " + header(a.Request, "Cookie"); got != want[i] {
				t.Errorf("got %q, want %q", got, want[i])
			}
			if err := u.Accept(answer); err != nil {
				t.Fatal(err)
			}
		}
	}
	run(0, answers, "/login ", "/a/b?x=/c a=2; id=1; gone=1", "/a/c a=2; here=4; id=3", "/2 id=3")
	run(1, answers[1:], "/a/b?x=/c a=2; id=1; gone=1", "/a/c a=2; here=4; id=3", "/2 id=3")
}

// A step's own cookies go with its request, where it is redirected too, and with no other.
func TestCookiesBesideAHeader(t *testing.T) {
	own := get("/")
	own.Headers = map[string]string{"cookie": "a=${1}", "X": "y"}
	p := oneScenario(own, get("/last"))
	p.Cookies, p.Redirects = true, 1
	u := compile(t, p).User(0)
	u.Begin(0)
	answers := []*scenario.Response{to(302, "/b", "Set-Cookie: id=2; Path=/"), sets(), sets()}
	for i, want := range []string{"/ a=1 y", "/b a=1; id=2 y", "/last id=2 "} {
		r := u.Next().Request
		if got := r.Path + " " + header(r, "Cookie") + " " + header(r, "X"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if err := u.Accept(answers[i]); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever an answer sets, what is sent back is one line.
func FuzzCookies(f *testing.F) {
	f.Add("a=b; Path=/x", "/x/y")
	f.Add("a=\"b\"; Max-Age=-1\r\nSet-Cookie: c=d; Path=", "/")
	f.Fuzz(func(t *testing.T, set, path string) {
		r := get("/")
		r.Path = "/" + strings.ReplaceAll(path, "${", "")
		p := oneScenario(get("/"), r)
		p.Cookies = true
		program, err := scenario.Compile(p)
		if err != nil {
			return
		}
		u := program.User(0)
		u.Begin(0)
		u.Next()
		if err := u.Accept(sets("Set-Cookie: " + set)); err != nil {
			t.Fatal(err)
		}
		if made := u.Next().Request; strings.ContainsAny(header(made, "Cookie"), "\r\n") {
			t.Errorf("sends %q", header(made, "Cookie"))
		}
	})
}
