package scenario_test

import (
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// loadScenario returns the compiled profile whose one scenario has these steps.
func loadScenario(t *testing.T, steps string) (*scenario.Program, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "perfcheck.yml")
	write(t, path, whole(strings.TrimLeft(steps, "\n")))
	c, err := profile.Load(path)
	if err != nil {
		return nil, err
	}
	return scenario.Compile(&c.Profiles[0])
}

func mustLoad(t *testing.T, steps string) *scenario.Program {
	t.Helper()
	program, err := loadScenario(t, steps)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// paths returns what a user requests and thinks, after the step GET / that
// [whole] puts first, which is answered with the first answer.
func paths(t *testing.T, steps string, answers ...string) string {
	t.Helper()
	var responses []*scenario.Response
	for _, a := range answers {
		r := ok(a)
		r.Time = 10 * time.Millisecond
		responses = append(responses, r)
	}
	var out []string
	for _, line := range play(mustLoad(t, steps).User(0), 0, responses...)[1:] {
		words := strings.Fields(line)
		if len(words) == 3 && words[1] == "GET" {
			line = words[2]
		}
		out = append(out, line)
	}
	return strings.Join(out, ", ")
}

func TestFlows(t *testing.T) {
	tests := []struct {
		steps   string
		answers []string
		want    string
	}{
		{"- if: 1 > 2\n  steps: [{GET: /a}]\n  else: [{GET: /b}, {GET: /c}]\n- GET: /d\n", []string{"", "", "", ""}, "/b, /c, /d, end"},
		{"- if: 2 > 1\n  steps: [{GET: /a}]\n  else: [{GET: /b}]\n- GET: /d\n", []string{"", "", ""}, "/a, /d, end"},
		// A variable that both alternatives capture is known behind them.
		{"- if: 2 > 1\n  steps: [{GET: /a, capture: {x: $.x, y: $.x}}]\n  else: [{GET: /b, capture: {x: $.x}}]\n- GET: /d/${x}\n",
			[]string{"", `{"x":5}`, ""}, "/a, /d/5, end"},
		{"- repeat: 3\n  steps: [{GET: \"/${index}\"}]\n- GET: /d\n", []string{"", "", "", "", ""}, "/0, /1, /2, /d, end"},
		{"- repeat: 1 - 1\n  steps: [{GET: /a}]\n- GET: /d\n", []string{"", ""}, "/d, end"},
		{"- repeat: 10001 * 1\n  steps: [{GET: /a}]\n", []string{""}, "error: 10001 * 1: want a whole number from 0 to 10000, got 10001"},
		{"- repeat: 5 / 2\n  steps: [{GET: /a}]\n", []string{""}, "error: 5 / 2: want a whole number from 0 to 10000, got 2.5"},
		{"- repeat: 2\n  steps: [{GET: \"/a${index}\"}, {repeat: 2, steps: [{GET: \"/b${index}\"}]}, {GET: \"/c${index}\"}]\n",
			make([]string, 9), "/a0, /b0, /b1, /c0, /a1, /b0, /b1, /c1, end"},
		{"- GET: /l\n  capture: {ids: $.ids}\n- each: ids\n  as: id\n  steps: [{GET: \"/${index}/${id}\"}]\n- GET: /d\n",
			[]string{"", `{"ids":["x","y"]}`, "", "", ""}, "/l, /0/x, /1/y, /d, end"},
		{"- each: 5..6\n  steps: [{GET: \"/${item}\"}]\n", []string{"", "", ""}, "/5, /6, end"},
		{"- GET: /l\n  capture: {ids: $.ids}\n- each: ids\n  steps: [{GET: \"/${item}\"}]\n", []string{"", `{"ids":"x"}`},
			`/l, error: ids: want a list of up to 10000 items, got "x"`},
		{"- until: state == 'done'\n  every: 1s\n  tries: 3\n  steps: [{GET: /s, capture: {state: $.s}}]\n- GET: /${state}\n",
			[]string{"", `{"s":"new"}`, `{"s":"done"}`, ""}, "/s, think 1s, /s, /done, end"},
		{"- until: state == 'done'\n  tries: 2\n  steps: [{GET: /s, capture: {state: $.s}}]\n",
			[]string{"", `{"s":"new"}`, `{"s":"new"}`}, "/s, /s, error: until state == 'done': not so within 2 tries"},
		{"- until: index == 2\n  tries: 5\n  steps: [{GET: /s}]\n", make([]string, 4), "/s, /s, /s, end"},
		// 10 ms of an answer and 1 s of pause a round: the third would begin after 2.02 s.
		{"- until: state == 'done'\n  every: 1s\n  within: 2s\n  steps: [{GET: /s, capture: {state: $.s}}]\n",
			[]string{"", `{"s":"new"}`, `{"s":"new"}`}, "/s, think 1s, /s, error: until state == 'done': not so within 2s"},
		{"- GET: /s\n  capture: {state: $.s}\n- while: state == 'new'\n  tries: 3\n  steps: [{GET: /s, capture: {state: $.s}}]\n- GET: /d\n",
			[]string{"", `{"s":"new"}`, `{"s":"new"}`, `{"s":"done"}`, ""}, "/s, /s, /s, /d, end"},
		{"- while: 2 < 1\n  tries: 1\n  steps: [{GET: /s}]\n- GET: /d\n", []string{"", ""}, "/d, end"},
		{"- while: 1 < 2\n  tries: 1\n  steps: [{GET: /s}]\n", []string{"", ""}, "/s, error: while 1 < 2: still so after 1 tries"},
	}
	for _, test := range tests {
		if got := paths(t, test.steps, test.answers...); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.steps, got, test.want)
		}
	}
}

func TestLimitIsAnErrorOfItsOwn(t *testing.T) {
	u := mustLoad(t, "- until: 1 > 2\n  tries: 1\n  steps: [{GET: /s}]\n").User(0)
	u.Begin(0)
	for {
		a := u.Next()
		if a.End() {
			if _, ok := errors.AsType[*scenario.LimitError](a.Err); !ok {
				t.Errorf("got %v, want a LimitError", a.Err)
			}
			return
		}
		if err := u.Accept(ok("")); err != nil {
			t.Fatal(err)
		}
	}
}

// A loop in which nothing happens ends, and says why.
func TestLoopWithoutAnAction(t *testing.T) {
	const loop = "- repeat: 10000\n  steps: [{repeat: 10000, steps: [{if: 1 > 2, steps: [{GET: /never}]}]}]\n"
	if got, want := paths(t, loop, ""), "error: no request and no pause in a loop: it would go on for ever"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestChance(t *testing.T) {
	u := mustLoad(t, "- chance: 30%\n  steps: [{GET: /rare}]\n  else: [{GET: /common}]\n").User(0)
	const n = 10_000
	rare := 0.0
	for i := range uint64(n) {
		switch log := play(u, i, ok(""), ok("")); log[1] {
		case "1 GET /rare":
			rare++
		case "2 GET /common":
		default:
			t.Fatalf("got %v", log)
		}
	}
	if math.Abs(rare-0.3*n) > 4*math.Sqrt(n*0.3*0.7) {
		t.Errorf("done %.0f times of %d", rare, n)
	}
}

func TestFlowProblems(t *testing.T) {
	tests := []struct{ steps, want string }{
		{"- if: ${index}\n  steps: [{GET: /a}]\n", "8:17: profiles.p.scenarios[0].steps[1].if: an expression stands here by itself: write index"},
		{"- if: 1 > 2\n  steps: [{GET: /a, capture: {x: $.x}}]\n- GET: /${x}\n",
			"10:18: profiles.p.scenarios[0].steps[2].GET: x: unknown name x: there are no variables here"},
		{"- if: 1 > 2\n  steps: [{GET: /a, capture: {x: $.x}}]\n  else: [{GET: /b}]\n- GET: /${x}\n",
			"11:18: profiles.p.scenarios[0].steps[2].GET: x: unknown name x: there are no variables here"},
		{"- if: 1 > 2\n  steps: [{GET: /a}]\n  else: [{GET: \"/${x}\"}]\n",
			"10:26: profiles.p.scenarios[0].steps[1].else[0].GET: x: unknown name x: there are no variables here"},
		{"- repeat: few\n  steps: [{GET: /a}]\n", "8:21: profiles.p.scenarios[0].steps[1].repeat: few: unknown name few: there are no variables here"},
		{"- repeat: \"'2'\"\n  steps: [{GET: /a}]\n", "8:21: profiles.p.scenarios[0].steps[1].repeat: '2': expected float64, but got string"},
		{"- repeat: 2\n  steps: [{GET: /a, capture: {index: $.x}}]\n",
			"9:48: profiles.p.scenarios[0].steps[1].steps[0].capture.index: index is taken, since the loop counts in it: choose another name"},
		{"- GET: /a\n  capture: {index: $.x}\n- repeat: 2\n  steps: [{GET: /a}]\n",
			"10:13: profiles.p.scenarios[0].steps[2]: index is a variable already, and the loop counts in it: choose another name"},
		{"- repeat: 2\n  steps: [{GET: /a}]\n- GET: /${index}\n",
			"10:18: profiles.p.scenarios[0].steps[2].GET: index: unknown name index: there are no variables here"},
		{"- each: 1 + 1\n  steps: [{GET: /a}]\n", "8:19: profiles.p.scenarios[0].steps[1].each: 1 + 1: expected slice, but got int"},
		{"- each: 1..2\n  as: index\n  steps: [{GET: /a}]\n",
			"8:13: profiles.p.scenarios[0].steps[1]: index is a variable already, and the loop counts in it: choose another name"},
		{"- each: 1..2\n  as: a-b\n  steps: [{GET: /a}]\n",
			`9:17: profiles.p.scenarios[0].steps[1].as: want a name of letters, digits and underscores, got "a-b"`},
		{"- until: x > 1\n  tries: 2\n  steps: [{GET: /a}]\n",
			"8:20: profiles.p.scenarios[0].steps[1].until: x > 1: unknown name x: the variables here are index"},
		{"- while: x > 1\n  tries: 2\n  steps: [{GET: /a, capture: {x: $.x}}]\n",
			"8:20: profiles.p.scenarios[0].steps[1].while: x > 1: unknown name x: there are no variables here"},
	}
	tests = append(tests, struct{ steps, want string }{
		"setup:\n  - transaction: seed\n    steps: [{GET: /a}]\n",
		"6:22: profiles.p.setup[0].transaction: only scenarios are timed: list the steps without it"})
	for _, test := range tests {
		_, err := loadScenario(t, test.steps)
		if err == nil || !strings.HasSuffix(err.Error(), "perfcheck.yml:"+test.want) {
			t.Errorf("%s\n got %v\nwant %s", test.steps, err, test.want)
		}
	}
}

// No expression in a template or condition may make the compiler or a user panic.
func FuzzExpressions(f *testing.F) {
	for _, s := range []string{"1 > 2", "x", "${x}", "randint(1, 2)", "[1, x]", "x.y.z", "x[0]", "x ?? 1", "index", "map(1..3, # + x)", "'", "uuid() matches '['"} {
		f.Add(s, s)
	}
	quiet := []profile.Step{{Think: &profile.Think{Min: time.Millisecond, Max: time.Millisecond}}}
	f.Fuzz(func(t *testing.T, template, condition string) {
		if strings.Contains(condition+template, "..") {
			return // a range of millions takes its time
		}
		p := oneScenario(get("/", first("x", "$.x")))
		p.Scenarios[0].Steps = append(p.Scenarios[0].Steps,
			profile.Step{If: condition, Steps: quiet},
			profile.Step{Loop: &profile.Loop{Times: condition}, Steps: quiet},
			profile.Step{Loop: &profile.Loop{Until: condition, Tries: 3}, Steps: quiet},
			profile.Step{Request: &profile.Request{Name: "send", Method: "POST", Path: "/" + template, Body: template}})
		program, err := scenario.Compile(p)
		if err != nil {
			if problems, ok := errors.AsType[profile.Problems](err); !ok || len(problems) == 0 {
				t.Fatalf("no Problems: %v", err)
			}
			return
		}
		play(program.User(0), 0, ok(`{"x":1}`), ok(""))
	})
}
