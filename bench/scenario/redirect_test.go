package scenario_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

func to(status int, location string, lines ...string) *scenario.Response {
	r := sets(append(lines, "Location: "+location)...)
	r.Status = status
	return r
}

// The methods are those of RFC 9110, section 15.4, as clients do it.
func TestRedirects(t *testing.T) {
	const same, get = "POST /b {}application/json X", "GET /b X"
	tests := []struct {
		method string
		status int
		want   string
	}{
		{"POST", 301, get}, {"POST", 302, get}, {"POST", 303, get}, {"POST", 307, same}, {"POST", 308, same},
		{"PUT", 301, "PUT /b {}application/json X"}, {"PUT", 303, get},
		{"HEAD", 303, "HEAD /b {}application/json X"},
	}
	for _, test := range tests {
		p := oneScenario(&profile.Request{Name: "a", Method: test.method, Path: "/a", JSON: map[string]any{}, Headers: map[string]string{"X-Y": "X"}})
		p.Redirects = 1
		u := compile(t, p).User(0)
		u.Begin(0)
		u.Next()
		if err := u.Accept(to(test.status, "/b")); err != nil || !u.Redirecting() {
			t.Fatalf("%s %d: %v, redirecting %v", test.method, test.status, err, u.Redirecting())
		}
		r := u.Next().Request
		got := strings.Join(strings.Fields(fmt.Sprintf("%s %s %s%s %s", r.Method, r.Path, r.Body, header(r, "Content-Type"), header(r, "X-Y"))), " ")
		if got != test.want || r.Step != 0 || r.Fixed {
			t.Errorf("%s %d: got %s, step %d, fixed %v; want %s", test.method, test.status, got, r.Step, r.Fixed, test.want)
		}
		if err := u.Accept(ok("{}")); err != nil || u.Redirecting() {
			t.Errorf("%s %d: %v, redirecting %v", test.method, test.status, err, u.Redirecting())
		}
	}
}

// A path that begins with an expression takes its value for a link.
func TestLinks(t *testing.T) {
	p := oneScenario(get("/", first("link", "$.link")), get("${link}"), get("${link}/${link}?x=${link}"))
	program := compile(t, p).At("http", []string{"10.0.0.1:8080"})
	for link, want := range map[string]string{
		"/a/b.html?x=1&y=%20":         "1 GET /a/b.html?x=1&y=%20",
		"/a b#top":                    "1 GET /a%20b",
		"http://10.0.0.1:8080/a%2Fb":  "1 GET /a%2Fb",
		"//10.0.0.1:8080":             "1 GET /",
		"http://10.0.0.1/a":           `error: GET ${link}: "http://10.0.0.1/a": load goes to the service only, which is http at 10.0.0.1:8080`,
		"mailto:ann@shop.example":     `error: GET ${link}: "mailto:ann@shop.example": load goes to the service only, which is http at 10.0.0.1:8080`,
		"b.html":                      `error: GET ${link}: want a path that starts with /, got "b.html"`,
		"":                            `error: GET ${link}: want a path that starts with /, got ""`,
		"/%":                          `error: GET ${link}: want a path that starts with /, got what is no URL: parse "/%": invalid URL escape "%"`,
		"/?x=a b":                     `error: GET ${link}: "/?x=a b" is not percent-encoded`,
		"/\r\nHost: shop.example\r\n": `error: GET ${link}: want a path that starts with /, got what is no URL: parse "/\r\nHost: shop.example\r\n": net/url: invalid control character in URL`,
	} {
		body, err := json.Marshal(map[string]string{"link": link})
		if err != nil {
			t.Fatal(err)
		}
		if got := play(program.User(0), 0, ok(string(body)), ok("{}"))[1]; got != want {
			t.Errorf("%s:\n got %s\nwant %s", link, got, want)
		}
	}
	expectLog(t, play(program.User(0), 0, ok(`{"link":"/a"}`), ok(""), ok("")), "0 GET /", "1 GET /a", "2 GET /a/%2Fa?x=%2Fa", "end")
}

func TestLocations(t *testing.T) {
	service := []string{"Shop.example:80", "10.0.0.1:8080", "[::1]:81"}
	const only = ": load goes to the service only, which is http at Shop.example:80, 10.0.0.1:8080, [::1]:81"
	for location, want := range map[string]string{
		"/b?x=1#top":                  "0 GET /b?x=1",
		"b/../c":                      "0 GET /dir/c",
		"?x=2":                        "0 GET /dir/a?x=2",
		"//shop.example/b":            "0 GET /b",
		"HTTP://SHOP.EXAMPLE:80":      "0 GET /",
		"http://10.0.0.1:8080/a%2Fb":  "0 GET /a%2Fb",
		"http://[::1]:81/":            "0 GET /",
		"https://shop.example/b":      `failed: status 302 to "https://shop.example/b"` + only,
		"//10.0.0.1/b":                `failed: status 302 to "//10.0.0.1/b"` + only,
		"http://evil.example/b":       `failed: status 302 to "http://evil.example/b"` + only,
		"http://shop.example@evil/":   `failed: status 302 to "http://shop.example@evil/"` + only,
		"mailto:ann@shop.example":     `failed: status 302 to "mailto:ann@shop.example"` + only,
		"":                            "failed: status 302 without Location",
		"/?q=\u00e9":                  "failed: status 302 to \"/?q=\u00e9\", which is not percent-encoded",
		"http://shop.example:port/":   `failed: status 302 to what is no URL: parse "http://shop.example:port/": invalid port ":port" after host`,
		"http://shop.example:8080/ab": `failed: status 302 to "http://shop.example:8080/ab"` + only,
	} {
		p := oneScenario(get("/dir/a?x=1"))
		p.Redirects = 5
		u := compile(t, p).At("http", service).User(0)
		log := play(u, 0, to(302, location), ok(""))
		expectLog(t, log, "0 GET /dir/a?x=1", want, "end")
	}
}

// Checks and captures are of the last answer, in login as in scenarios; what
// follows it follows the step as ever.
func TestRedirectChains(t *testing.T) {
	twice := get("/a/${1 + 1}", first("id", "$.id"))
	twice.Redirects = new(2)
	p := oneScenario(twice, get("/last/${id}"))
	p.Login = steps(twice)
	p.Login[0].Request.Capture = []profile.Capture{first("key", "$.id")}
	scenarioStep := *twice
	scenarioStep.Capture = []profile.Capture{first("id", "$.id")}
	p.Scenarios[0].Steps[0].Request = &scenarioStep
	u := compile(t, p).User(0)
	expectLog(t, play(u, 0, to(302, "/b"), to(302, "c"), ok(`{"id":7}`), to(307, "/d"), ok(`{"id":8}`), to(302, "/not/followed")),
		"-1 GET /a/2", "-1 GET /b", "-1 GET /c", "0 GET /a/2", "0 GET /d", "1 GET /last/8", "end")
	expectLog(t, play(u, 1, to(302, "/b"), to(302, "/c"), to(302, "/d")),
		"0 GET /a/2", "0 GET /b", "0 GET /c", "failed: more than 2 redirects, the next to /d", "end")
	expectLog(t, play(u, 2, to(302, "/b"), &scenario.Response{Status: 500}), "0 GET /a/2", "0 GET /b", "failed: status 500, want 200 to 399", "end")
	expectLog(t, play(u, 3, to(302, "/b"), ok(`{"id":9}`), ok("")), "0 GET /a/2", "0 GET /b", "1 GET /last/9", "end")
}

// What failed is sent again, and not what led to it.
func TestRetryAfterRedirect(t *testing.T) {
	r := get("/a")
	r.Redirects, r.Retry = new(2), &profile.Retry{Times: 1, Status: []int{503}}
	u := compile(t, oneScenario(r)).User(0)
	busy := &scenario.Response{Status: 503}
	expectLog(t, play(u, 0, busy, to(302, "/b"), busy, to(302, "/c"), busy, ok("")),
		"0 GET /a", "failed: status 503, want 200 to 399", "0 GET /a",
		"0 GET /b", "failed: status 503, want 200 to 399", "0 GET /b",
		"0 GET /c", "failed: status 503, want 200 to 399", "0 GET /c", "end")
}

func TestCookiesAlongTheWay(t *testing.T) {
	p := oneScenario(get("/a/login"), get("/x"))
	p.Cookies, p.Redirects = true, 3
	u := compile(t, p).User(0)
	u.Begin(0)
	answers := []*scenario.Response{
		to(302, "/b/2", "Set-Cookie: id=1; Path=/", "Set-Cookie: a=1"),
		to(302, "/a/3", "Set-Cookie: id=2; Path=/", "Set-Cookie: b=2"),
		sets(), sets(),
	}
	for i, want := range []string{"/a/login ", "/b/2 id=1", "/a/3 a=1; id=2", "/x id=2"} {
		r := u.Next().Request
		if got := r.Path + " " + header(r, "Cookie"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if err := u.Accept(answers[i]); err != nil {
			t.Fatal(err)
		}
	}
}

func TestExpectedRedirectIsNotFollowed(t *testing.T) {
	r := get("/a")
	r.Expect.Status = []int{200, 301}
	p := oneScenario(r)
	p.Redirects = 5
	_, err := scenario.Compile(p)
	const want = "scenarios[0].steps[0].expect.status: a 301 is followed here, since redirects is 5: write redirects: 0 into this step, or what the last answer is to be"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	r.Redirects = new(0)
	expectLog(t, play(compile(t, p).User(0), 0, to(301, "/b")), "0 GET /a", "end")
}

// Whatever a Location is, what is sent is a path, or nothing.
func FuzzLocation(f *testing.F) {
	for _, location := range []string{"/b", "..", "//h/x", "http://h:80/?%", "http:b", "/%zz", "?\x80"} {
		f.Add(location)
	}
	f.Fuzz(func(t *testing.T, location string) {
		p := oneScenario(get("/a"))
		p.Redirects = 1
		u := compile(t, p).At("http", []string{"h:80"}).User(0)
		u.Begin(0)
		u.Next()
		err := u.Accept(to(302, location))
		if followed := u.Redirecting(); followed != (err == nil) {
			t.Fatalf("redirecting %v, error %v", followed, err)
		}
		if err != nil {
			return
		}
		path := u.Next().Request.Path
		if !strings.HasPrefix(path, "/") || strings.ContainsFunc(path, func(c rune) bool { return c <= ' ' || c > '~' }) {
			t.Errorf("%q leads to %q", location, path)
		}
	})
}
