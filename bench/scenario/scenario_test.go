package scenario_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

func compile(tb testing.TB, p *profile.Profile) *scenario.Program {
	tb.Helper()
	program, err := scenario.Compile(p)
	if err != nil {
		tb.Fatal(err)
	}
	return program
}

// oneScenario returns a profile of one scenario with these requests.
func oneScenario(requests ...*profile.Request) *profile.Profile {
	return &profile.Profile{
		Name: "p", Seed: 1, Timeout: time.Second,
		Scenarios: []profile.Scenario{{Weight: 1, Steps: steps(requests...)}},
	}
}

func steps(requests ...*profile.Request) []profile.Step {
	var out []profile.Step
	for _, r := range requests {
		out = append(out, profile.Step{Request: r})
	}
	return out
}

func get(path string, captures ...profile.Capture) *profile.Request {
	return &profile.Request{Name: "GET " + path, Method: "GET", Path: path, Capture: captures}
}

func first(name, path string) profile.Capture {
	return profile.Capture{Name: name, Path: path, Pick: profile.First}
}

// play runs one iteration and writes down what the user does. Requests are
// answered in turn; one without an answer left fails.
func play(u *scenario.User, iteration uint64, answers ...*scenario.Response) []string {
	u.Begin(iteration)
	return drive(u, answers...)
}

func drive(u *scenario.User, answers ...*scenario.Response) []string {
	var log []string
	for {
		a := u.Next()
		switch {
		case a.Err != nil:
			return append(log, "error: "+a.Err.Error())
		case a.End():
			return append(log, "end")
		case a.Think > 0:
			log = append(log, "think "+a.Think.String())
		case len(answers) == 0:
			log = append(log, show(a.Request), "no answer")
			u.Fail("timeout", errors.New("no answer"))
		default:
			log = append(log, show(a.Request))
			if err := u.Accept(answers[0]); err != nil {
				log = append(log, "failed: "+err.Error())
			}
			answers = answers[1:]
		}
	}
}

func show(r *scenario.Request) string {
	s := fmt.Sprintf("%d %s %s", r.Step, r.Method, r.Path)
	if len(r.Body) > 0 {
		s += " " + string(r.Body)
	}
	return s
}

func ok(body string) *scenario.Response { return &scenario.Response{Status: 200, Body: []byte(body)} }

func expectLog(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestFlow(t *testing.T) {
	p := oneScenario(get("/a", first("n", "$.n")))
	p.Scenarios[0].Steps = append(p.Scenarios[0].Steps,
		profile.Step{Think: &profile.Think{Min: time.Second, Max: time.Second}},
		profile.Step{Think: &profile.Think{}}, // no pause is no action
		profile.Step{If: "n > 1", Steps: []profile.Step{
			{Request: get("/many", first("m", "$.m"))},
			{If: "m", Steps: steps(get("/m"))},
		}},
		profile.Step{Request: get("/last/${n}")})
	u := compile(t, p).User(0)
	expectLog(t, play(u, 0, ok(`{"n":1}`), ok(``)), "0 GET /a", "think 1s", "3 GET /last/1", "end")
	expectLog(t, play(u, 1, ok(`{"n":2}`), ok(`{"m":true}`), ok(``), ok(``)),
		"0 GET /a", "think 1s", "1 GET /many", "2 GET /m", "3 GET /last/2", "end")
	expectLog(t, play(u, 2, ok(`{"n":2}`), ok(`{"m":1}`)),
		"0 GET /a", "think 1s", "1 GET /many", "error: m: invalid operation: bool(int64)")
	expectLog(t, play(u, 3, ok(`{"n":"x"}`)), "0 GET /a", "think 1s", "error: n > 1: invalid operation: string > int")
	expectLog(t, play(u, 4, &scenario.Response{Status: 500}), "0 GET /a", "failed: status 500, want 200 to 399", "end")
	expectLog(t, play(u, 5), "0 GET /a", "no answer", "end")
}

func TestSet(t *testing.T) {
	p := oneScenario(get("/", first("n", "$.n")))
	p.Scenarios[0].Steps = append(p.Scenarios[0].Steps,
		profile.Step{Set: []profile.Value{{Name: "a", Value: "${n * 2}"}, {Name: "b", Value: "n is ${n}"}, {Name: "drawn", Value: "${randint(1, 1000000)}"}}},
		profile.Step{Set: []profile.Value{{Name: "a", Value: "${b}"}, {Name: "b", Value: "${a}"}, {Name: "c", Value: true}}},
		profile.Step{Request: &profile.Request{Name: "s", Method: "POST", Path: "/", JSON: "${[a, b, c, drawn == drawn]}"}})
	u := compile(t, p).User(0)
	expectLog(t, play(u, 0, ok(`{"n":3}`), ok("")), "0 GET /", `1 POST / ["n is 3",6,true,true]`, "end")
	expectLog(t, play(u, 1, ok(`{"n":"x"}`)), "0 GET /", "error: n * 2: invalid operation: string * int")
}

func TestLogin(t *testing.T) {
	p := oneScenario(get("/home"))
	p.Headers = map[string]string{"Authorization": "Bearer ${token}", "X-Fixed": "1"}
	p.Login = steps(get("/login", first("token", "$.token")), get("/terms"))
	u := compile(t, p).User(0)

	expectLog(t, play(u, 0, ok(`{}`)), "-1 GET /login", "failed: capture token: $.token matches nothing", "end")
	expectLog(t, play(u, 1, ok(`{"token":"t1"}`)), "-1 GET /login", "-1 GET /terms", "no answer", "end")
	expectLog(t, play(u, 2, ok(`{"token":"t2"}`), ok(``), ok(``)), "-1 GET /login", "-1 GET /terms", "0 GET /home", "end")
	expectLog(t, play(u, 3), "0 GET /home", "no answer", "end")

	u.Begin(4)
	want := []scenario.Field{{Name: "Authorization", Value: "Bearer t2"}, {Name: "X-Fixed", Value: "1"}}
	if got := u.Next().Request.Header; !reflect.DeepEqual(got, want) {
		t.Errorf("header in a scenario: got %v, want %v", got, want)
	}
	fresh := compile(t, p).User(0)
	fresh.Begin(0)
	if got := fresh.Next().Request.Header; !reflect.DeepEqual(got, want[1:]) {
		t.Errorf("header in login: got %v, want %v", got, want[1:])
	}
}

func TestSetup(t *testing.T) {
	p := oneScenario(get("/home/${n}"))
	p.Setup = steps(get("/seed", first("n", "$.n")), get("/seeded/${n}"))
	p.Login = steps(get("/login/${n}"))
	program := compile(t, p)
	seeder, u := program.Setup(), program.User(0)
	expectLog(t, drive(seeder, ok(`{"n":3}`), ok(``)), "-1 GET /seed", "-1 GET /seeded/3", "end")
	u.Know(seeder)
	expectLog(t, play(u, 0, ok(``), ok(``)), "-1 GET /login/3", "0 GET /home/3", "end")
	p.Login[0].Request.Capture = []profile.Capture{first("n", "$.n")}
	want := "profiles.p.login[0].capture.n: n is taken, since setup captures it: choose another name"
	if _, err := scenario.Compile(p); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	expectLog(t, drive(compile(t, oneScenario(get("/"))).Setup()), "end")
}

func TestRequest(t *testing.T) {
	tests := []struct {
		request profile.Request
		want    string // of path, header and body
	}{
		{profile.Request{Path: "/a b"[:2]}, "/a  "},
		{profile.Request{Path: "/${v.s}/x?q=${v.s}&r=${v.s}"}, "/a%2F%20%22&b/x?q=a%2F+%22%26b&r=a%2F+%22%26b  "},
		{profile.Request{Path: "/$${x}/${1 + 1}"}, "/${x}/2  "},
		{profile.Request{Path: "/${ {'a': '}'}['a'] }"}, "/%7D  "},
		{profile.Request{Path: "/", Headers: map[string]string{"x-a": "${v.s}", "content-type": "text/plain"}, Body: "${v.s}!"},
			`/ Content-Type: text/plain, X-A: a/ "&b a/ "&b!`},
		{profile.Request{Path: "/", Form: map[string]string{"b": "${v.s}", "a &": "x ${1}"}},
			`/ Content-Type: application/x-www-form-urlencoded a+%26=x+1&b=a%2F+%22%26b`},
		{profile.Request{Path: "/", JSON: map[string]any{"s": "${v.s}", "t": "<${v.s}>", "n": "${3 * 2}", "m": "n${6}", "f": "${0.5}", "l": []any{nil, true, 1.5, int64(2)}, "\"": "${nil}"}},
			`/ Content-Type: application/json {"\"":null,"f":0.5,"l":[null,true,1.5,2],"m":"n6","n":6,"s":"a/ \"&b","t":"<a/ \"&b>"}`},
		{profile.Request{Path: "/", JSON: "${[1, {'a': 2}]}"}, `/ Content-Type: application/json [1,{"a":2}]`},
	}
	for _, test := range tests {
		test.request.Method = "POST"
		p := oneScenario(&test.request)
		p.Data = []profile.Feed{{Name: "v", Columns: []string{"s"}, Records: [][]string{{`a/ "&b`}}}}
		u := compile(t, p).User(0)
		for range 2 { // the second one reuses buffers
			u.Begin(0)
			a := u.Next()
			if a.Request == nil {
				t.Errorf("%+v: no request: %v", test.request, a.Err)
				continue
			}
			var header []string
			for _, f := range a.Request.Header {
				header = append(header, f.Name+": "+f.Value)
			}
			got := a.Request.Path + " " + strings.Join(header, ", ") + " " + string(a.Request.Body)
			if got != test.want {
				t.Errorf("%+v:\n got %s\nwant %s", test.request, got, test.want)
			}
		}
	}
}

func TestRequestsThatCannotBeMade(t *testing.T) {
	tests := []struct {
		request profile.Request
		want    string
	}{
		{profile.Request{Path: "/${x}"}, "s: x: want a string, number or boolean, got null"},
		{profile.Request{Path: "/${[1]}"}, "s: [1]: want a string, number or boolean, got [1]"},
		{profile.Request{Path: "/${randint(1, x)}"}, "s: randint(1, x): randint: want a number, got <nil>"},
		{profile.Request{Path: "/${randint(2, 1)}"}, "s: randint(2, 1): randint: 2 is greater than 1"},
		{profile.Request{Path: "/${randint(0.5, 1)}"}, "s: randint(0.5, 1): randint: want a whole number, got 0.5"},
		{profile.Request{Path: "/", Headers: map[string]string{"A": "${\"\\n\"}"}}, `s: header A: "\n": a header's value must not hold line breaks`},
		{profile.Request{Path: "/", JSON: "${1 / 0}"}, "s: body: 1 / 0: json: unsupported value: +Inf"},
	}
	for _, test := range tests {
		test.request.Name, test.request.Method = "s", "GET"
		u := compile(t, oneScenario(get("/", first("x", "$.x")), &test.request)).User(0)
		log := play(u, 0, ok(`{"x":null}`))
		if got := log[len(log)-1]; got != "error: "+test.want {
			t.Errorf("%+v:\n got %s\nwant error: %s", test.request, got, test.want)
		}
		expectLog(t, play(u, 1, &scenario.Response{Status: 404}), "0 GET /", "failed: status 404, want 200 to 399", "end")
	}
}

func TestAccept(t *testing.T) {
	const body = `{"a":{"b":[1,2.0,{"c":"x"}],"empty":[],"n":null},"id":9007199254740993,"ke\"y":"v\"w","t":true}`
	json := func(path string, want any) profile.Expect {
		return profile.Expect{JSON: []profile.Check{{Path: path, Want: want}}}
	}
	header := func(name, want string) profile.Expect {
		return profile.Expect{Headers: []profile.Check{{Path: name, Want: want}}}
	}
	const start = "`" + body + "`"
	const head = "Content-Type: application/json\r\nX-Left:  9 \r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
	tests := []struct {
		expect profile.Expect
		status int
		want   string
	}{
		{profile.Expect{}, 399, ""},
		{profile.Expect{}, 400, "status 400, want 200 to 399: " + start},
		{profile.Expect{Status: []int{404}}, 404, ""},
		{profile.Expect{Status: []int{201, 409}}, 200, "status 200, want 201 or 409: " + start},
		{profile.Expect{Body: []string{"2.0"}}, 200, ""},
		{profile.Expect{Body: []string{"${1}.0"}}, 200, `body: want "1.0" in it, got ` + start},
		{json("$.a.b", profile.Exists), 200, ""},
		{json("$.a.n", profile.Exists), 200, ""},
		{json("$.a.z", profile.Exists), 200, "$.a.z matches nothing"},
		{json("$.a.b", profile.NotEmpty), 200, ""},
		{json("$.a", profile.NotEmpty), 200, ""},
		{json("$.a.empty", profile.NotEmpty), 200, "$.a.empty is empty"},
		{json("$.a.n", profile.NotEmpty), 200, "$.a.n is empty"},
		{json("$.a.z", profile.NotEmpty), 200, "$.a.z matches nothing"},
		{json("$.a.n", nil), 200, ""},
		{json("$.a.b[1]", int64(2)), 200, ""},
		{json("$.a.b[0]", 1.0), 200, ""},
		{json("$.a.b[0]", "1"), 200, `$.a.b[0] is 1, want "1"`},
		{json("$.a.b[-1].c", "x"), 200, ""},
		{json("$.a.b[2]", map[string]any{"c": "x"}), 200, ""},
		{json("$.a.b[2]", map[string]any{"c": "y"}), 200, `$.a.b[2] is {"c":"x"}, want {"c":"y"}`},
		{json("$.a.b", []any{int64(1), int64(2), map[string]any{"c": "x"}}), 200, ""},
		{json("$.a.b[0,1]", int64(1)), 200, "$.a.b[0,1] is 2, want 1"},
		{json("$.id", int64(9007199254740993)), 200, ""},
		{json("$.id", int64(9007199254740992)), 200, "$.id is 9007199254740993, want 9007199254740992"},
		{json(`$['ke"y']`, `v"w`), 200, ""},
		{json("$.t", true), 200, ""},
		{json("$.t", "${1 == 1}"), 200, ""},
		{json("$.a.b[2].c", "${'y'}"), 200, `$.a.b[2].c is "x", want "y"`},
		{json("$.a.b[2].c", "<${'y'}>"), 200, `$.a.b[2].c is "x", want "<y>"`},
		{json("$.a.b[?(@.c == 'x')].c", "x"), 200, ""},
		{json("$..c", "x"), 200, ""},
		{json("$.a.b[0,1]", "> 0"), 200, ""},
		{json("$.a.b[0,1]", ">= 2"), 200, "$.a.b[0,1] is 1, want >= 2"},
		{json("$.a.b[1]", "< 2"), 200, "$.a.b[1] is 2, want < 2"},
		{json("$.a.b[1]", "<= ${1 + 1}"), 200, ""},
		{json("$.a.b[1]", "= 2"), 200, ""},
		{json("$.a.b[1]", "!= 2"), 200, "$.a.b[1] is 2, want != 2"},
		{json("$.t", "> 0"), 200, "$.t is true, want > 0"},
		{json("$.a.b[2].c", "= x"), 200, ""},
		{json("$.a.b[2].c", "!= x"), 200, `$.a.b[2].c is "x", want != "x"`},
		{json("$.a.b[2].c", "> 0"), 200, `$.a.b[2].c is "x", want > 0`},
		{json("$.a.z", "> 0"), 200, "$.a.z matches nothing"},
		{json("$.a.z", "absent"), 200, ""},
		{json("$.a.n", "absent"), 200, "$.a.n is there: null"},
		{json("$.a", "type object"), 200, ""},
		{json("$.a.b", "type string"), 200, `$.a.b is [1,2,{"c":"x"}], want type string`},
		{json("$.a.n", "type null"), 200, ""},
		{json("$.a.b", "length 3"), 200, `$.a.b is [1,2,{"c":"x"}], want "length 3"`},
		{json("$.a.b", "length = 3"), 200, ""},
		{json("$.a", "length >= 4"), 200, "$.a has length 3, want >= 4"},
		{json("$.t", "length > 0"), 200, "$.t is true, which has no length"},
		{json("$['ke\"y']", "contains w"), 200, ""},
		{json("$['ke\"y']", "not contains ${'w'}"), 200, `$['ke"y'] is "v\"w", want not contains "w"`},
		{json("$.id", "matches ^90+"), 200, ""},
		{json("$.id", "not matches ^9"), 200, `$.id is 9007199254740993, want not matches ^9`},
		{json("$.a.b[2].c", "= contains x"), 200, `$.a.b[2].c is "x", want "contains x"`},
		{profile.Expect{Classes: []profile.StatusRange{{Low: 400, High: 499}}, Status: []int{201}}, 409, ""},
		{profile.Expect{Classes: []profile.StatusRange{{Low: 400, High: 499}}, Status: []int{201}}, 200, "status 200, want 201 or 400 to 499: " + start},
		{header("content-type", "contains json"), 200, ""},
		{header("Content-Type", "text/html"), 200, `header Content-Type is "application/json", want "text/html"`},
		{header("X-Left", "> 5"), 200, ""},
		{header("X-Left", "= 9"), 200, ""},
		{header("X-Left", "> 9"), 200, `header X-Left is "9", want > 9`},
		{header("Via", "exists"), 200, "header Via matches nothing"},
		{header("Via", "absent"), 200, ""},
		{header("Set-Cookie", "contains a="), 200, `header Set-Cookie is "b=2", want contains "a="`}, // each of them
		{profile.Expect{Body: []string{`"t":true`, "not contains error", `matches "id":\d+`, "not matches \\s"}}, 200, ""},
		{profile.Expect{Body: []string{"not contains true"}}, 200, `body: want no "true" in it, got ` + start},
		{profile.Expect{Body: []string{"matches x{2}"}}, 200, `body: want matches x{2}, got ` + start},
		{profile.Expect{Size: profile.Size{Op: "<", Bytes: 10}}, 200, "size: the body has 95 bytes, want < 10"},
		{profile.Expect{Size: profile.Size{Op: ">=", Bytes: 10}}, 200, ""},
		{profile.Expect{Time: 8 * time.Millisecond}, 200, ""},
		{profile.Expect{Time: 7 * time.Millisecond}, 200, "time 7ms, want < 7ms"},
	}
	for _, test := range tests {
		r := get("/")
		r.Expect = test.expect
		u := compile(t, oneScenario(r)).User(0)
		u.Begin(0)
		u.Next()
		got := ""
		err := u.Accept(&scenario.Response{Status: test.status, Header: []byte(head), Body: []byte(body), Time: 7 * time.Millisecond})
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%+v:\n got %s\nwant %s", test.expect, got, test.want)
		}
		if status, ok := errors.AsType[*scenario.StatusError](err); ok != strings.HasPrefix(test.want, "status") || ok && status.Got != test.status {
			t.Errorf("%+v: is a StatusError: %v", test.expect, ok)
		}
	}
}

// What the service says of a status that is not accepted is quoted, and cut.
func TestRefusalQuotesTheAnswer(t *testing.T) {
	u := compile(t, oneScenario(get("/"))).User(0)
	refused := func(body string) *scenario.Response { return &scenario.Response{Status: 400, Body: []byte(body)} }
	expectLog(t, play(u, 0, refused("\n")), "0 GET /", "failed: status 400, want 200 to 399", "end")
	expectLog(t, play(u, 1, refused("no such page\n")), "0 GET /", "failed: status 400, want 200 to 399: `no such page`", "end")
	expectLog(t, play(u, 2, refused("<p>\n"+strings.Repeat("x", 97))), "0 GET /",
		`failed: status 400, want 200 to 399: "<p>\n`+strings.Repeat("x", 96)+`"…`, "end")
	compressed := refused("\x1f\x8b\b")
	compressed.Header = []byte("Content-Encoding: gzip\r\n")
	expectLog(t, play(u, 3, compressed), "0 GET /", "failed: status 400, want 200 to 399", "end")
}

// A list is a list, whatever the type that an expression makes of it.
func TestListsOfExpressions(t *testing.T) {
	for want, failure := range map[string]string{
		"${split('x,y', ',')}":    "",
		"${['x', 'y']}":           "",
		"!= ${split('x,y', ',')}": `$.l is ["x","y"], want != ["x","y"]`,
		"${split('x', ',')}":      `$.l is ["x","y"], want ["x"]`,
		"${1..2}":                 `$.l is ["x","y"], want [1,2]`,
		"${'x,y'}":                `$.l is ["x","y"], want "x,y"`,
	} {
		r := get("/")
		r.Expect.JSON = []profile.Check{{Path: "$.l", Want: want}}
		u := compile(t, oneScenario(r)).User(0)
		u.Begin(0)
		u.Next()
		if got := message(u.Accept(ok(`{"l":["x","y"]}`))); got != failure {
			t.Errorf("%s: got %q, want %q", want, got, failure)
		}
	}
}

func TestBodyThatIsNoJSON(t *testing.T) {
	u := compile(t, oneScenario(get("/", first("a", "$.a")))).User(0)
	expectLog(t, play(u, 0, ok(`{"a":1`)), "0 GET /", "failed: the body is no JSON: `{\"a\":1`", "end")
	expectLog(t, play(u, 1, ok(``)), "0 GET /", "failed: the body is no JSON: ``", "end")
}

// The engine reuses the bytes of an answer as soon as Accept returns.
func TestCapturesOutliveTheAnswer(t *testing.T) {
	send := &profile.Request{Name: "send", Method: "POST", Path: "/${s}", JSON: map[string]any{"o": "${o}", "l": "${l}", "id": "${id}"}}
	u := compile(t, oneScenario(get("/", first("s", "$.s"), first("o", "$.o"), first("l", "$.o.l"), first("id", "$.id")), send)).User(0)
	u.Begin(0)
	u.Next()
	answer := ok(`{"s":"text","o":{"l":["x",{"y":1}]},"id":9007199254740993}`)
	if err := u.Accept(answer); err != nil {
		t.Fatal(err)
	}
	clear(answer.Body)
	want := `1 POST /text {"id":9007199254740993,"l":["x",{"y":1}],"o":{"l":["x",{"y":1}]}}`
	if got := show(u.Next().Request); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// drawn is a profile in which all kinds of draws occur.
func drawn(seed uint64) *profile.Profile {
	p := oneScenario(
		get("/${users.id}?a=${randint(1, 1000)}&b=${uniform(1, 2)}&c=${uuid()}&t=${token}"),
		get("/list", profile.Capture{Name: "v", Path: "$.m.*", Pick: profile.Random}),
		get("/${v}"))
	p.Seed = seed
	p.Login = steps(get("/login/${randint(1, 1000)}", first("token", "$.m.a")))
	p.Scenarios[0].Steps = append(p.Scenarios[0].Steps, profile.Step{Think: &profile.Think{Min: 1, Max: time.Hour}})
	p.Scenarios = append(p.Scenarios, profile.Scenario{Weight: 0.5, Steps: steps(get("/other/${randint(1, 1000)}"))})
	p.Data = []profile.Feed{{Name: "users", Pick: profile.Random, Columns: []string{"id"}}}
	for i := range 100 {
		p.Data[0].Records = append(p.Data[0].Records, []string{fmt.Sprint(i)})
	}
	return p
}

func TestSameSeedSameRequests(t *testing.T) {
	answer := ok(`{"m":{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8}}`)
	run := func(seed uint64, order []uint64) map[uint64]string {
		u := compile(t, drawn(seed)).User(7)
		logs := map[uint64]string{}
		for i, n := range order {
			log := play(u, n, answer, answer, answer, answer)
			if i == 0 {
				log = log[1:] // the login, whose draws are apart
			}
			logs[n] = strings.Join(log, " ")
		}
		return logs
	}
	forth := run(5, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	back := run(5, []uint64{9, 8, 7, 6, 5, 4, 3, 2, 1, 0})
	other := run(6, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	if !reflect.DeepEqual(forth, back) {
		t.Errorf("the order of iterations changes what they are:\n%v\n%v", forth, back)
	}
	seen := map[string]bool{}
	for n, log := range forth {
		if log == other[n] || seen[log] {
			t.Errorf("iteration %d is like another: %s", n, log)
		}
		seen[log] = true
	}
}

func TestFeeds(t *testing.T) {
	p := drawn(1)
	p.Login, p.Scenarios = nil, []profile.Scenario{{Weight: 1, Steps: steps(get("/${users.id}"))}}
	path := func(program *scenario.Program, n uint64) string {
		u := program.User(n)
		u.Begin(0)
		return u.Next().Request.Path
	}
	program := compile(t, p)
	different := map[string]bool{}
	for n := range uint64(100) {
		record := path(program, n)
		different[record] = true
		if again := path(program, n); again != record {
			t.Errorf("user %d: record %s, and at the second time %s", n, record, again)
		}
	}
	// 100 draws of 100 records hit 63.4 on average, with a deviation of 3.1.
	if len(different) < 45 || len(different) > 82 {
		t.Errorf("100 users have %d different records of 100", len(different))
	}
	p.Data[0].Pick = profile.Sequential
	program = compile(t, p)
	for n, want := range map[uint64]string{0: "/0", 99: "/99", 100: "/0", 205: "/5"} {
		if got := path(program, n); got != want {
			t.Errorf("user %d: got %s, want %s", n, got, want)
		}
	}
}

// The draws of neighbouring iterations must be as independent as those of one
// generator: with seeds that are close PCG's first outputs are not.
func TestDrawsAreEven(t *testing.T) {
	p := oneScenario(get("/${randint(0, 9)}"))
	p.Scenarios = append(p.Scenarios, profile.Scenario{Weight: 3, Steps: steps(get("/rare/${randint(0, 9)}"))})
	u := compile(t, p).User(0)
	const n = 40_000
	var digits [10]float64
	second := 0.0
	for i := range uint64(n) {
		u.Begin(i)
		r := u.Next().Request
		if r.Step == 1 {
			second++
		}
		digits[r.Path[len(r.Path)-1]-'0']++
	}
	chi2 := 0.0
	for _, got := range digits {
		chi2 += (got - n/10) * (got - n/10) / (n / 10)
	}
	if chi2 > 33.7 { // the 0.9999 quantile for 9 degrees of freedom
		t.Errorf("chi squared of the digits is %.1f: %v", chi2, digits)
	}
	if deviation := math.Abs(second-0.75*n) / math.Sqrt(n*0.75*0.25); deviation > 4 {
		t.Errorf("the scenario of weight 3 of 4 was drawn %.0f times of %d", second, n)
	}
}

func TestFunctions(t *testing.T) {
	p := oneScenario(get("/${uuid()}"), get("/${round(2.345, 2)}/${round(-2.5)}/${round(1234, -2)}"), get("/${uniform(1, 2)}"))
	log := play(compile(t, p).User(0), 0, ok(``), ok(``), ok(``))
	if !regexp.MustCompile(`^0 GET /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(log[0]) {
		t.Errorf("uuid: %s", log[0])
	}
	if log[1] != "1 GET /2.35/-3/1200" {
		t.Errorf("round: %s", log[1])
	}
	if !regexp.MustCompile(`^2 GET /1\.[0-9]+$`).MatchString(log[2]) {
		t.Errorf("uniform: %s", log[2])
	}
}

func TestCompileProblems(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "perfcheck.yml")
	tests := []struct{ old, new, want string }{
		{"/items/${id}", "/items/${idd}", `12:18: profiles.p.scenarios[0].steps[1].GET: idd: unknown name idd: the variables here are id, users`},
		{"/items/${id}", "/items/${users.nam}", `12:18: profiles.p.scenarios[0].steps[1].GET: users.nam: unknown field nam: the data have users.name`},
		{"/items/${id}", "/items/${users.name + 1}", `12:18: profiles.p.scenarios[0].steps[1].GET: users.name + 1: invalid operation: + (mismatched types string and int): a text in digits is a number by int(…)`},
		{"/items/${id}", "/items/{{id}}", `12:18: profiles.p.scenarios[0].steps[1].GET: "{{" cannot stand in a path: an expression is written ${…}`},
		{"/items/${id}", "/items/#{id}", `12:18: profiles.p.scenarios[0].steps[1].GET: "#{" cannot stand in a path: an expression is written ${…}`},
		{"/items/${id}", "/items/${late}", `12:18: profiles.p.scenarios[0].steps[1].GET: late: unknown name late: the variables here are id, users`},
		{"/items/${id}", "/items/${inner}", `12:18: profiles.p.scenarios[0].steps[1].GET: inner: unknown name inner: the variables here are id, users`},
		{"/items/${id}", "/items/${id", `12:18: profiles.p.scenarios[0].steps[1].GET: ${ without its }: write $${ for a plain ${`},
		{"/items/${id}", "/items/${}", `12:18: profiles.p.scenarios[0].steps[1].GET: ${} is empty: write an expression in it`},
		{"/items/${id}", "/items/${randint(1)}", `12:18: profiles.p.scenarios[0].steps[1].GET: randint(1): not enough arguments to call randint`},
		{"/items/${id}", `"/items/${randint('a', 2)}"`, `12:18: profiles.p.scenarios[0].steps[1].GET: randint('a', 2): cannot use string as argument (type float64) to call randint `},
		{"/items/${id}", "/items/${now()}", `12:18: profiles.p.scenarios[0].steps[1].GET: now(): unknown name now: the variables here are id, users`},
		{"/items/${id}", `"/a b"`, `12:18: profiles.p.scenarios[0].steps[1].GET: ' ' cannot stand in a path: write it percent-encoded`},
		{"/items/${id}", `"/a#b"`, `12:18: profiles.p.scenarios[0].steps[1].GET: '#' cannot stand in a path: write it percent-encoded`},
		{"/items/${id}", "${idd}/items", `12:18: profiles.p.scenarios[0].steps[1].GET: idd: unknown name idd: the variables here are id, users`},
		{"id > 3", "id >", `15:17: profiles.p.scenarios[0].steps[2].if: id >: unexpected token EOF`},
		{"id > 3", "users.name", `15:17: profiles.p.scenarios[0].steps[2].if: users.name: expected bool, but got string`},
		{"x: \"${id}\"", "x: \"${ix}\"", `13:26: profiles.p.scenarios[0].steps[1].headers.x: ix: unknown name ix: the variables here are id, users`},
		{"{a: [\"${id}\"]}", "{a: [\"${ix}\"]}", `14:24: profiles.p.scenarios[0].steps[1].json.a[0]: ix: unknown name ix: the variables here are id, users`},
		{"id: $.id", "id: id", `11:27: profiles.p.scenarios[0].steps[0].capture.id: want a JSONPath such as $.id, got "id"`},
		{"id: $.id", "randint: $.id, id: $.id", `11:32: profiles.p.scenarios[0].steps[0].capture.randint: randint means something else in expressions: choose another name`},
		{"id: $.id", "true: $.id, id: $.id", `11:29: profiles.p.scenarios[0].steps[0].capture.true: true means something else in expressions: choose another name`},
		{"id: $.id", "a-b: $.id, id: $.id", `11:28: profiles.p.scenarios[0].steps[0].capture.a-b: want a name of letters, digits and underscores, got "a-b"`},
		{"id: $.id", "id: $.x-y", `11:27: profiles.p.scenarios[0].steps[0].capture.id: "$.x-y" is no JSONPath: parse error at 4 in $.x-y: write a name with a dash as ['x-y']`},
		{"id: $.id", `id: "$.a[?(@.b == '${users.name}')]"`, `11:27: profiles.p.scenarios[0].steps[0].capture.id: a template cannot stand in a JSONPath: capture the list around it, and choose in an expression, as in ${find(items, .name == wanted).id}`},
		{"id: $.id", `id: {regex: "href=(.+)>${users.name}<"}`, `11:23: profiles.p.scenarios[0].steps[0].capture.id: a template cannot stand in a regular expression: capture all that match by pick: all, and choose in an expression`},
		{"- GET: /late", `- set: {users: 1, round: "${ix}"}` + "\n          - GET: /late", `19:26: profiles.p.scenarios[0].steps[3].set.users: users is taken, since it is a feed: choose another name` + "\n" +
			path + `:19:36: profiles.p.scenarios[0].steps[3].set.round: ix: unknown name ix: the variables here are id, users` + "\n" +
			path + `:19:36: profiles.p.scenarios[0].steps[3].set.round: round means something else in expressions: choose another name`},
		{"id: $.id", "users: $.id, id: $.id", `11:30: profiles.p.scenarios[0].steps[0].capture.users: users is taken, since it is a feed: choose another name`},
	}
	const text = `version: 1
service: {url: "http://localhost:80"}
profiles:
  p:
    arrival: {rate: 1/s}
    data:
      users: {csv: users.csv}
    scenarios:
      - steps:
          - GET: /items
            capture: {id: $.id}
          - GET: /items/${id}
            headers: {x: "${id}"}
            json: {a: ["${id}"]}
          - if: id > 3
            steps:
              - GET: /items
                capture: {inner: $.id}
          - GET: /late
            capture: {late: $.id}
`
	write(t, filepath.Join(dir, "users.csv"), "name\nann\n")
	write(t, path, text)
	if c, err := profile.Load(path); err != nil {
		t.Fatal(err)
	} else if _, err := scenario.Compile(&c.Profiles[0]); err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		write(t, path, strings.Replace(text, test.old, test.new, 1))
		c, err := profile.Load(path)
		if err != nil {
			t.Errorf("%s: %v", test.new, err)
			continue
		}
		_, err = scenario.Compile(&c.Profiles[0])
		if want := path + ":" + test.want; err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", test.new, err, want)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLoginVariablesStay(t *testing.T) {
	p := oneScenario(get("/", first("token", "$.token")))
	p.Login = steps(get("/login", first("token", "$.token")))
	_, err := scenario.Compile(p)
	want := "profiles.p.scenarios[0].steps[0].capture.token: token is taken, since login captures it: choose another name"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// One program serves the users of many goroutines.
func TestConcurrentUsers(t *testing.T) {
	p := drawn(1)
	p.Scenarios[0].Steps[1].Request.Capture[0].Path = "$.l[?(@.x > 1)].x"
	program := compile(t, p)
	answer := ok(`{"m":{"a":1},"l":[{"x":1},{"x":2},{"x":3}]}`)
	var wg sync.WaitGroup
	for n := range uint64(4) {
		wg.Go(func() {
			u := program.User(n)
			for i := range uint64(200) {
				if log := play(u, i, answer, answer, answer, answer); log[len(log)-1] != "end" {
					t.Errorf("user %d: %v", n, log)
				}
			}
		})
	}
	wg.Wait()
}

func TestLiteralRequestsAllocateNothing(t *testing.T) {
	r := get("/")
	r.JSON = map[string]any{"a": "b"}
	u := compile(t, oneScenario(r, get("/second"))).User(0)
	answer := &scenario.Response{Status: 200}
	i := uint64(0)
	if n := testing.AllocsPerRun(100, func() { iterate(t, u, i, answer); i++ }); n != 0 {
		t.Errorf("%v allocations an iteration", n)
	}
}
