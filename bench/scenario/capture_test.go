package scenario_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// Each case says what a path of "/${x}" or a JSON body of the value becomes.
func TestCaptures(t *testing.T) {
	answer := &scenario.Response{
		Status: 201,
		Header: []byte("Location: /orders/17?a=b\r\nset-cookie: session=s1; Path=/\r\nSet-Cookie: =bad\r\nSet-Cookie: session=s2; HttpOnly\r\n"),
		Body:   []byte(`{"ids":[3,4,5],"html":"<a id=7> <a id=8> <a id=9>"}`),
	}
	const miss = "failed: capture x: "
	tests := []struct {
		capture profile.Capture
		want    string
	}{
		{profile.Capture{Path: "$.ids[*]", Pick: "first"}, "3"},
		{profile.Capture{Path: "$.ids[*]", Pick: "last"}, "5"},
		{profile.Capture{Path: "$.ids[*]", Pick: "nth", Index: 1}, "4"},
		{profile.Capture{Path: "$.ids[*]", Pick: "nth", Index: 3}, miss + "$.ids[*][3] matches nothing"},
		{profile.Capture{Path: "$.ids[*]", Pick: "all"}, "[3,4,5]"},
		{profile.Capture{Path: "$.ids[*]", Pick: "count"}, "3"},
		{profile.Capture{Path: "$.none", Pick: "count"}, "0"},
		{profile.Capture{Path: "$.none", Pick: "all"}, miss + "$.none matches nothing"},
		{profile.Capture{Path: "$.none", Pick: "first", Default: "n${1 + 1}"}, `"n2"`},
		{profile.Capture{Path: "$.none", Pick: "first", Default: int64(0)}, "0"},
		{profile.Capture{Path: "$.none", Pick: "random", Default: []any{}}, "[]"},
		{profile.Capture{Regex: `id=(\d)`, Pick: "first"}, `"7"`},
		{profile.Capture{Regex: `id=\d`, Pick: "last"}, `"id=9"`},
		{profile.Capture{Regex: `id=(\d)`, Pick: "all"}, `["7","8","9"]`},
		{profile.Capture{Regex: `id=(\d)`, Pick: "count"}, "3"},
		{profile.Capture{Regex: `id=x`, Pick: "random"}, miss + "regex id=x matches nothing"},
		{profile.Capture{Header: "location", Pick: "first"}, `"/orders/17?a=b"`},
		{profile.Capture{Header: "Location", Regex: `orders/(\d+)`, Pick: "first"}, `"17"`},
		{profile.Capture{Header: "Set-Cookie", Pick: "count"}, "3"},
		{profile.Capture{Header: "Via", Pick: "first"}, miss + "header Via matches nothing"},
		{profile.Capture{Cookie: "session", Pick: "first"}, `"s1"`},
		{profile.Capture{Cookie: "session", Pick: "last"}, `"s2"`},
		{profile.Capture{Cookie: "Session", Pick: "last"}, miss + "cookie Session matches nothing"},
		{profile.Capture{Part: "status", Pick: "first"}, "201"},
		{profile.Capture{Part: "body", Pick: "first"}, `"{\"ids\":[3,4,5],\"html\":\"<a id=7> <a id=8> <a id=9>\"}"`},
	}
	for _, test := range tests {
		test.capture.Name = "x"
		use := &profile.Request{Name: "use", Method: "POST", Path: "/", JSON: "${x}"}
		u := compile(t, oneScenario(get("/", test.capture), use)).User(0)
		got := play(u, 0, answer)[1]
		if got = strings.TrimPrefix(got, "1 POST / "); got != test.want {
			t.Errorf("%+v:\n got %s\nwant %s", test.capture, got, test.want)
		}
	}
}

func TestRandomCapturesAreSeeded(t *testing.T) {
	r := get("/", profile.Capture{Name: "x", Regex: `\d`, Pick: "random"})
	program := compile(t, oneScenario(r, get("/${x}")))
	seen := map[string]bool{}
	for n := range uint64(50) {
		log := play(program.User(0), n, ok("0123456789"))
		if again := play(program.User(9), n, ok("0123456789")); !reflect.DeepEqual(log, again) {
			t.Errorf("iteration %d: %v, and at the second time %v", n, log, again)
		}
		seen[log[1]] = true
	}
	if len(seen) < 8 { // 10 expected; fewer than 8 in one of 10^8 cases
		t.Errorf("50 draws of 10 digits: %v", seen)
	}
}

// A default stands in also where the answer is no JSON at all.
func TestDefaultWithoutJSON(t *testing.T) {
	r := get("/", profile.Capture{Name: "x", Path: "$.x", Pick: "first", Default: "none"})
	u := compile(t, oneScenario(r, get("/${x}"))).User(0)
	expectLog(t, play(u, 0, ok("<html>")), "0 GET /", "1 GET /none", "no answer", "end")
}

func TestAnswerProblems(t *testing.T) {
	tests := []struct {
		request profile.Request
		want    string
	}{
		{profile.Request{Capture: []profile.Capture{{Name: "x", Regex: "("}}},
			"capture.x: error parsing regexp: missing closing ): `(`: perfcheck reads regular expressions of Go (RE2)"},
		{profile.Request{Capture: []profile.Capture{{Name: "x", Regex: "(a)(b)"}}},
			"capture.x: want one group at most, got 2: write the others as (?:…)"},
		{profile.Request{Capture: []profile.Capture{{Name: "x", Path: "$.x", Default: "${y}"}}},
			"capture.x: y: unknown name y: there are no variables here"},
		{profile.Request{Expect: profile.Expect{JSON: []profile.Check{{Path: "$.x", Want: "> many"}}}},
			`expect.json.$.x: want a number, got "many"`},
		{profile.Request{Expect: profile.Expect{JSON: []profile.Check{{Path: "$.x", Want: "length > x"}}}},
			`expect.json.$.x: want a number, got "x"`},
		{profile.Request{Expect: profile.Expect{JSON: []profile.Check{{Path: "$.x", Want: "length = x"}}}},
			`expect.json.$.x: want a number, got "x"`},
		{profile.Request{Expect: profile.Expect{Headers: []profile.Check{{Path: "X", Want: "matches ["}}}},
			"expect.headers.X: error parsing regexp: missing closing ]: `[`: perfcheck reads regular expressions of Go (RE2)"},
		{profile.Request{Expect: profile.Expect{Body: []string{"a", "contains ${b}"}}},
			"expect.body[1]: b: unknown name b: there are no variables here"},
	}
	for _, test := range tests {
		test.request.Name, test.request.Method, test.request.Path = "r", "GET", "/"
		_, err := scenario.Compile(oneScenario(&test.request))
		if want := "profiles.p.scenarios[0].steps[0]." + test.want; err == nil || err.Error() != want {
			t.Errorf("%+v:\n got %v\nwant %s", test.request, err, want)
		}
	}
}

// Whatever a profile wants and an answer says, nothing panics, and what is
// wanted does not depend on how often it is asked.
func FuzzAnswer(f *testing.F) {
	f.Add("> 1", "a(b?)", "X-A: b\r\nSet-Cookie: a=b; Path=/\r\n", `{"a":[1,"x",null]}`)
	f.Add("not matches ^x", "(", "no colon\r\n:\r\nX-A:", `[`)
	f.Add("length <= 3", "", "\n\r\nSet-Cookie: \x00", `"abc"`)
	f.Add("!= ${1}", "x", "", `{}`)
	f.Fuzz(func(t *testing.T, want, regex, head, body string) {
		r := get("/", first("j", "$.a"), profile.Capture{Name: "h", Header: "X-A", Pick: "all", Default: ""},
			profile.Capture{Name: "c", Cookie: "a", Pick: "last", Default: ""}, profile.Capture{Name: "r", Regex: regex, Pick: "count"})
		r.Expect = profile.Expect{Body: []string{want}, Headers: []profile.Check{{Path: "X-A", Want: want}}, JSON: []profile.Check{{Path: "$.a", Want: want}}}
		program, err := scenario.Compile(oneScenario(r))
		if err != nil {
			return
		}
		answer := &scenario.Response{Status: 200, Header: []byte(head), Body: []byte(body)}
		once, twice := play(program.User(0), 0, answer), play(program.User(0), 0, answer)
		if !reflect.DeepEqual(once, twice) {
			t.Errorf("%v, and at the second time %v", once, twice)
		}
	})
}
