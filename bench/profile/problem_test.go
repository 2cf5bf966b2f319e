package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
)

// Each case changes the example and says which problems that makes.
// thereAre ends what is said of a metric that does not exist.
var thereAre = "there are " + strings.Join(bench.MetricNames(), ", ")

func TestProblems(t *testing.T) {
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ old, new, want string }{
		{"version: 1", "version: 2", `1:10: version: this perfcheck reads version 1, got 2`},
		{"version: 1\n", "", `1:1: version is missing: write version: 1`},
		{"budget: 3m", "budget: 3", `54:9: budget: want a duration above 0 and up to 24h, such as 500ms or 2s, got 3`},
		{"budget: 3m", "bugdet: 3m", `54:1: bugdet: unknown key: did you mean budget?`},
		{"budget: 3m", "budget: 3m\nbudget: 4m", `55:1: budget: written twice, first in line 54`},
		{"compose: docker-compose.yml", "url: ftp://x", "3:8: service.url: want http://host:port or https://host:port, got \"ftp://x\"\n" +
			"4:11: service.target: has no effect without compose\n" +
			"6:3: service.env: has no effect with url, which means a service that runs already: remove one of them"},
		{"  compose: docker-compose.yml\n  target: api:8080\n", "", `2:1: service: want compose, command or url: how is the service started?`},
		{"  target: api:8080\n", "", `2:1: service: target is missing: write the compose service and its port, as in api:8080`},
		{"target: api:8080", "target: api", `4:11: service.target: want the compose service and its port, as in api:8080, got "api"`},
		{"get: /health", "get: health", `5:16: service.ready.get: want a path that starts with /, got "health"`},
		{"  checkout:", "  check out:", `8:3: profiles.check out: want a name of letters, digits, dots, dashes and underscores, got "check out"`},
		{"rate: 300/s", "rate: fast", `9:21: profiles.checkout.arrival.rate: want N/s or N/m, up to 1000000/s, got "fast"`},
		{"rate: 300/s", "rate: 300", `9:21: profiles.checkout.arrival.rate: want N/s or N/m, up to 1000000/s, got 300`},
		{"rate: 300/s", "rate: -3/s", `9:21: profiles.checkout.arrival.rate: want N/s or N/m, up to 1000000/s, got "-3/s"`},
		{"rate: 300/s", "rate: 1e9/s", `9:21: profiles.checkout.arrival.rate: want N/s or N/m, up to 1000000/s, got "1e9/s"`},
		{"rate: 300/s", "rate: inf/s", `9:21: profiles.checkout.arrival.rate: want N/s or N/m, up to 1000000/s, got "inf/s"`},
		{"rate: 300/s", "rate: 1/s, users: 4", `9:5: profiles.checkout.arrival: want exactly one of rate, users and stages`},
		{"rate: 300/s", "rate: 1/s, spacing: random", `9:35: profiles.checkout.arrival.spacing: want even or poisson, got "random"`},
		{"rate: 300/s", "users: 5, spacing: poisson", `9:34: profiles.checkout.arrival.spacing: has no effect with users: remove it, or write a rate`},
		{"rate: 300/s", "rate: 1/s, max_users: 0", `9:37: profiles.checkout.arrival.max_users: want a whole number from 1 to 100000, got 0`},
		{"rate: 300/s", "rate: 1/s, sessions: none", `9:36: profiles.checkout.arrival.sessions: want a whole number from 1 to 100000, got "none"`},
		{"rate: 300/s", "users: 5, sessions: 9", `9:35: profiles.checkout.arrival.sessions: has no effect with users: remove it, or write a rate`},
		{"rate: 300/s", "users: 5, max_users: 9", `9:36: profiles.checkout.arrival.max_users: has no effect with users: remove it, or write a rate`},
		{"rate: 300/s", "stages: []", `9:15: profiles.checkout.arrival.stages: want a list, got an empty list`},
		{"rate: 300/s", "users: 0", `9:22: profiles.checkout.arrival.users: want a whole number from 1 to 100000, got 0`},
		{"min: 1s", "min: 20s", `10:5: profiles.checkout.warmup: min 20s is longer than max 10s`},
		{"until: steady", "until: warm", `10:21: profiles.checkout.warmup.until: want steady, got "warm"`},
		{"trial: 4s", "trial: 0s", `11:12: profiles.checkout.trial: want a duration above 0 and up to 24h, such as 500ms or 2s, got "0s"`},
		{"trial: 4s", "slice: 5s", `11:12: profiles.checkout.slice: 5s is longer than the trial of 2s`},
		{"trial: 4s", "slice: 1s\n    interleave: trials", `11:12: profiles.checkout.slice: has no effect with interleave: trials: remove one of them`},
		{"seed: 42", "seed: -1", `12:11: profiles.checkout.seed: want a whole number from 0 to 9223372036854775807, got -1`},
		{"seed: 42", "interleave: sometimes", `12:17: profiles.checkout.interleave: want slices, trials or auto, got "sometimes"`},
		{"X-Load-Test: true", "Content-length: 5", `13:31: profiles.checkout.headers.Content-length: perfcheck sets this header itself: remove it`},
		{"X-Load-Test: true", "X Y: 5", `13:20: profiles.checkout.headers.X Y: want a header's name, got "X Y"`},
		{"accounts.csv", "nothing.csv", `15:23: profiles.checkout.data.accounts.csv: testdata/nothing.csv: no such file or directory`},
		{"pick: sequential", "pick: last", `15:43: profiles.checkout.data.accounts.pick: want random, sequential or unique, got "last"`},
		{"json: {products: 1000}", "json:", `18:14: profiles.checkout.setup[0].json: want a value, got nothing`},
		{"json: {products: 1000}", "json: 1\n        body: x", `17:9: profiles.checkout.setup[0]: want one body, got json and body`},
		{"- POST: /admin/seed", "- post: /admin/seed", `17:15: profiles.checkout.setup[0].post: unknown key: did you mean POST?`},
		{"- POST: /admin/seed", "- POST: admin/seed", `17:15: profiles.checkout.setup[0].POST: want a path that starts with /, got "admin/seed"`},
		{"- POST: /admin/seed", "- POST: /admin/seed\n        rety: 3", `18:9: profiles.checkout.setup[0].rety: unknown key: did you mean retry?`},
		{"- POST: /admin/seed", "- POST: /admin/seed\n        think: 1s",
			`17:9: profiles.checkout.setup[0]: a step does one thing, this one has POST and think: start a new step with a dash`},
		{"weight: 60", "weight: 0", `25:17: profiles.checkout.scenarios[0].weight: want a number above 0 and up to 2147483647, got 0`},
		{"name: transfer", "name: browse", `34:15: profiles.checkout.scenarios[1].name: a second scenario "browse"`},
		{"status: 200", "status: 20", `29:30: profiles.checkout.scenarios[0].steps[0].expect.status: want a code from 100 to 599, a class such as 2xx or a range such as 200..204, got 20`},
		{"| random", "| any", `30:27: profiles.checkout.scenarios[0].steps[0].capture.id: want first, last, random, all, count or a number from 0, got "any"`},
		{`id: "$.products[*].id | random"`, `id: {regex: "id=(.*)", pick: -1}`,
			`30:52: profiles.checkout.scenarios[0].steps[0].capture.id.pick: want first, last, random, all, count or a number from 0, got "-1"`},
		{`id: "$.products[*].id | random"`, `id: {pick: last}`,
			`30:23: profiles.checkout.scenarios[0].steps[0].capture.id: want json, regex, header or cookie: which part of the answer is kept?`},
		{`id: "$.products[*].id | random"`, `id: {header: A, cookie: b}`, `30:23: profiles.checkout.scenarios[0].steps[0].capture.id: want one of header or cookie`},
		{`id: "$.products[*].id | random"`, `id: {regex: a, cookie: b}`,
			`30:23: profiles.checkout.scenarios[0].steps[0].capture.id: a regex takes a piece of a header or, alone, of the body: remove cookie or regex`},
		{`id: "$.products[*].id | random"`, `id: {json: $.a, pick: count, default: 1}`,
			`30:61: profiles.checkout.scenarios[0].steps[0].capture.id.default: has no effect with pick: count, which is 0 where nothing matches`},
		{"status: 200", "status: [2xx, 204..200]",
			`29:36: profiles.checkout.scenarios[0].steps[0].expect.status[1]: want a code from 100 to 599, a class such as 2xx or a range such as 200..204, got "204..200"`},
		{"status: 200", "status: 6xx",
			`29:30: profiles.checkout.scenarios[0].steps[0].expect.status: want a code from 100 to 599, a class such as 2xx or a range such as 200..204, got "6xx"`},
		{"status: 200", `size: 10kB`, `29:28: profiles.checkout.scenarios[0].steps[0].expect.size: want <, <=, > or >= and an amount, as in "< 10kB", got "10kB"`},
		{"status: 200", `size: "< 10"`, `29:28: profiles.checkout.scenarios[0].steps[0].expect.size: want <, <=, > or >= and an amount, as in "< 10kB", got "< 10"`},
		{"status: 200", `time: "> 1s"`, `29:28: profiles.checkout.scenarios[0].steps[0].expect.time: want < and a duration, as in "< 200ms", got "> 1s"`},
		{"status: 200", `headers: {"A B": x}`, `29:39: profiles.checkout.scenarios[0].steps[0].expect.headers.A B: want a header's name, got "A B"`},
		{"status: 200", `headers: {A: [x]}`, `29:32: profiles.checkout.scenarios[0].steps[0].expect.headers.A: want a string, got a list`},
		{"- think: 100ms..300ms", "- GET: /${1}\n            name: page ${1}",
			"32:19: profiles.checkout.scenarios[0].steps[1].name: a name has no templates: all that has it is measured as one"},
		{"- think: 100ms..300ms", "- pause: 1s", `31:20: profiles.checkout.scenarios[0].steps[1].pause: unknown key: did you mean think?`},
		{"- think: 100ms..300ms", "- set: {a: ${randint(1, 2)}}", "31:23: ',' or '}' must be specified: between { and } or [ and ], a text with ${…} needs quotes"},
		{"- think: 100ms..300ms", "- set: {a: [1], b: }",
			"31:19: profiles.checkout.scenarios[0].steps[1].set.a: want a text, number or boolean, or an expression such as ${[1, 2]}, got a list\n" +
				"31:29: profiles.checkout.scenarios[0].steps[1].set.b: want a text, number or boolean, or an expression such as ${[1, 2]}, got nothing"},
		{"100ms..300ms", "300ms..100ms",
			`31:20: profiles.checkout.scenarios[0].steps[1].think: want a duration or a range of them, up to 24h, as in 100ms..300ms, got "300ms..100ms"`},
		{"100ms..300ms", "{normal: 1s}",
			`31:13: profiles.checkout.scenarios[0].steps[1].think: spread is missing: the standard deviation, as in {normal: 200ms, spread: 50ms}`},
		{"100ms..300ms", "{exponential: 1s, normal: 1s}",
			`31:13: profiles.checkout.scenarios[0].steps[1].think: want one law: {normal: 200ms, spread: 50ms} or {exponential: 200ms}`},
		{"100ms..300ms", "{spread: 1s}",
			`31:13: profiles.checkout.scenarios[0].steps[1].think: want one law: {normal: 200ms, spread: 50ms} or {exponential: 200ms}`},
		{"100ms..300ms", "{exponential: 1s, spread: 1s}",
			`31:46: profiles.checkout.scenarios[0].steps[1].think.spread: has no effect with exponential, whose spread is its mean: remove it`},
		{"100ms..300ms", "{exponential: 1s, max: 1s}", `31:43: profiles.checkout.scenarios[0].steps[1].think.max: want more than the mean of 1s`},
		{"100ms..300ms", "1s..300000h", `31:20: profiles.checkout.scenarios[0].steps[1].think: want a duration or a range of them, up to 24h, as in 100ms..300ms, got "1s..300000h"`},
		{"100ms..300ms", "{exponential: 300000h}",
			`31:34: profiles.checkout.scenarios[0].steps[1].think.exponential: want a duration above 0 and up to 24h, such as 500ms or 2s, got "300000h"`},
		{"min: 1s", "min: 25h", `10:34: profiles.checkout.warmup.min: want a duration up to 24h, such as 0s, 500ms or 2s, got "25h"`},
		{"100ms..300ms", "{exponential: 0s}", `31:34: profiles.checkout.scenarios[0].steps[1].think.exponential: want a duration above 0 and up to 24h, such as 500ms or 2s, got "0s"`},
		{"- think: 100ms..300ms", "- repeat: 0\n            steps: [{think: 1s}]",
			`31:21: profiles.checkout.scenarios[0].steps[1].repeat: want a whole number from 1 to 10000, got 0`},
		{"- think: 100ms..300ms", "- repeat: 2\n            every: 1s\n            steps: [{think: 1s}]",
			`32:13: profiles.checkout.scenarios[0].steps[1].every: unknown key: want repeat or steps`},
		{"- think: 100ms..300ms", "- chance: 100%\n            steps: [{think: 1s}]",
			`31:21: profiles.checkout.scenarios[0].steps[1].chance: want a share of the iterations above 0 % and below 100 %, as in 30%, got "100%"`},
		{"- think: 100ms..300ms", "- chance: 0.3\n            steps: [{think: 1s}]",
			`31:21: profiles.checkout.scenarios[0].steps[1].chance: want a share of the iterations above 0 % and below 100 %, as in 30%, got 0.3`},
		{"trial: 4s", "max_errors: 100%", `11:17: profiles.checkout.max_errors: want a share of the requests above 0 % and below 100 %, as in 30%, got "100%"`},
		{"- think: 100ms..300ms", "- until: id > 3\n            steps: [{think: 1s}]",
			"31:13: profiles.checkout.scenarios[0].steps[1]: a bound is missing: write how often, as in tries: 20, or how long, as in within: 10s\n" +
				"32:13: profiles.checkout.scenarios[0].steps[1].steps: no request among the steps: nothing would change the condition"},
		{"- think: 100ms..300ms", "- while: id > 3\n            tries: 10001\n            steps: [{GET: /x}]",
			`32:20: profiles.checkout.scenarios[0].steps[1].tries: want a whole number from 1 to 10000, got 10001`},
		{"- think: 100ms..300ms", "- each: [1]\n            steps: [{GET: /x}]",
			`31:13: profiles.checkout.scenarios[0].steps[1].each: want a string, got a list`},
		{"- think: 100ms..300ms", "- if: id > 3\n            steps: [{GET: /x}]\n            else: [{GET: /y, name: balance}]",
			"39:13: profiles.checkout.scenarios[1].steps[0]: a second step \"balance\", and the first is GET /y: name them differently"},
		{"name: balance", "name: browse", "24:15: profiles.checkout.scenarios[0].name: a scenario \"browse\", and there is a step of this name: name them differently"},
		{"- think: 100ms..300ms", "- transaction: product\n            steps: [{GET: /x}]",
			"33:13: profiles.checkout.scenarios[0].steps[2]: a step \"product\", and there is a transaction of this name: name them differently"},
		{"- think: 100ms..300ms", "- transaction: pay\n            steps: [{GET: /x}]\n          - transaction: pay\n            steps: [{GET: /y}]",
			"33:26: profiles.checkout.scenarios[0].steps[2].transaction: a second transaction \"pay\", and the first is of other steps: name them differently"},
		{"- think: 100ms..300ms", "- transaction: pay\n            steps: [{think: 1s}]",
			"32:13: profiles.checkout.scenarios[0].steps[1].steps: no request among the steps: there is nothing to time"},
		{"- think: 100ms..300ms", "- transaction: 5\n            steps: [{GET: /x}]",
			"31:26: profiles.checkout.scenarios[0].steps[1].transaction: want a string, got 5"},
		{"- POST: /admin/seed", "- POST: /admin/seed\n        redirects: 21",
			"18:20: profiles.checkout.setup[0].redirects: want a whole number from 0 to 20, got 21"},
		{"- POST: /admin/seed", "- POST: /admin/seed\n        retry: {}",
			"18:9: profiles.checkout.setup[0].retry: times is missing: how often is the request sent again at most?\n" +
				"18:9: profiles.checkout.setup[0].retry: on is missing: after which failures, as in [503, timeout, reset]?"},
		{"- POST: /admin/seed", "- POST: /admin/seed\n        retry: {times: 3, on: [slow], factor: 2}",
			"18:32: profiles.checkout.setup[0].retry.on[0]: want a status such as 503 or 5xx, or refused, unreachable, connect timeout, tls, timeout, reset or cut short, got \"slow\"\n" +
				"18:47: profiles.checkout.setup[0].retry.factor: has no effect without backoff"},
		{"- POST: /admin/seed", "- POST: /admin/seed\n        retry: {times: 3, on: [503], backoff: 1s, max: 1ms, jitter: 200%}",
			"18:9: profiles.checkout.setup[0].retry: backoff 1s is longer than max 1ms\n" +
				"18:69: profiles.checkout.setup[0].retry.jitter: want more than 0 % and at most 100 %, as in 50%, got \"200%\""},
		{"- POST: /admin/seed", "- POST: /admin/seed\n        retry: {times: 101, on: [5xx], backoff: 1s, factor: 0.5}",
			"18:24: profiles.checkout.setup[0].retry.times: want a whole number from 1 to 100, got 101\n" +
				"18:61: profiles.checkout.setup[0].retry.factor: want a number from 1 to 100, got 0.5"},
		{"name: balance", "name: product",
			"37:13: profiles.checkout.scenarios[1].steps[0]: a second step \"product\", and the first is GET /products/${id}: name them differently"},
		{"          - if: balance > 100\n            steps:\n", "          - if: balance > 100\n            then:\n",
			"41:13: profiles.checkout.scenarios[1].steps[1]: steps are missing: write what is to be done\n" +
				"42:13: profiles.checkout.scenarios[1].steps[1].then: unknown key: want else, if or steps"},
		{"p50: 4%", "p95: 4%", `48:7: profiles.checkout.gate.p95: no metric "p95": ` + thereAre + `; did you mean p90?`},
		{"error_rate: 0.2pp", "error_rate: {at_least: 1pp}",
			`51:30: profiles.checkout.gate.error_rate.at_least: has no effect here: the threshold of error_rate is an amount already`},
		{"at_least: 200us", "at_least: 200", `49:39: profiles.checkout.gate.p99.at_least: want a duration, as in 200us, got 200`},
		{"steps: {product:", "steps: {produkt:", `53:15: profiles.checkout.gate.steps.produkt: no step has this name: did you mean "product"?`},
		{"p50: 6%", "peak_memory: 6%", `53:25: profiles.checkout.gate.steps.product.peak_memory: peak_memory is not known for single steps: gate it for the whole profile`},
		{"    login:\n", "    login: *l\n    log_in:\n", "19:5: profiles.checkout.login: no anchor &l before this alias\n" +
			"20:5: profiles.checkout.log_in: unknown key: did you mean login?"},
		{"budget: 3m", "budget: !!str 3m", `54:1: budget: perfcheck does not read the tag !!str: write a plain value`},
	}
	for _, test := range tests {
		if strings.Count(string(data), test.old) == 0 {
			t.Fatalf("the example has no %q", test.old)
		}
		changed := strings.Replace(string(data), test.old, test.new, 1)
		_, err := parse(example, []byte(changed))
		want := example + ":" + strings.ReplaceAll(test.want, "\n", "\n"+example+":")
		if err == nil || err.Error() != want {
			t.Errorf("%q for %q:\n got %v\nwant %s", test.new, test.old, err, want)
		}
	}
}

// Each value is no threshold, and the message says what to write instead.
func TestThresholds(t *testing.T) {
	const (
		percent = "want more than 0 and at most 100 percent, as in 3%, got "
		points  = "want more than 0 and at most 100 percentage points, as in 0.1pp, got "
	)
	tests := []struct{ metric, value, want string }{
		{"p50", "4pp", percent + `"4pp": p50 is compared in percent: write 4%`},
		{"error_rate", "0.1%", points + `"0.1%": error_rate is compared in percentage points: write 0.1pp`},
		{"error_rate", "1 %", points + `"1 %": error_rate is compared in percentage points: write 1pp`},
		{"p50", "0%", percent + `"0%": chance alone exceeds 0; off gates nothing`},
		{"p50", "0", percent + `0: chance alone exceeds 0; off gates nothing`},
		{"error_rate", "0pp", points + `"0pp": chance alone exceeds 0; off gates nothing`},
		{"p50", "-3%", percent + `"-3%": it is the size of a change for the worse, without a sign`},
		{"throughput", "-3%", percent + `"-3%": it is the size of a change for the worse, without a sign`},
		{"error_rate", "-1pp", points + `"-1pp": it is the size of a change for the worse, without a sign`},
		{"p50", "100.1%", percent + `"100.1%"`},
		{"p50", "101pp", percent + `"101pp"`},
		{"error_rate", "101pp", points + `"101pp"`},
		{"p50", "0.04", percent + `0.04: write 0.04%, or 4% for a share of 0.04`},
		{"p50", "3", percent + `3: write 3%`},
		{"error_rate", "0.001", points + `0.001: write 0.001pp, or 0.1pp for a share of 0.001`},
		{"p50", "200us", percent + `"200us": a limit in units stands beside one in percent, and the larger holds: write {threshold: 3%, at_least: 200us}`},
		{"peak_memory", "10MiB", percent + `"10MiB": a limit in units stands beside one in percent, and the larger holds: write {threshold: 3%, at_least: 10MiB}`},
		{"throughput", "5/s", percent + `"5/s": a limit in units stands beside one in percent, and the larger holds: write {threshold: 3%, at_least: 5/s}`},
		{"throughput", "200us", percent + `"200us"`},
		{"peak_memory", "200us", percent + `"200us"`},
		{"p50", "-200us", percent + `"-200us"`},
		{"error_rate", "3s", points + `"3s"`},
		{"p50", "NaN%", percent + `"NaN%"`},
		{"p50", "Inf%", percent + `"Inf%"`},
		{"p50", "1e400%", percent + `"1e400%"`},
		{"p50", "1e-400%", percent + `"1e-400%": chance alone exceeds 0; off gates nothing`},
		{"p50", ".nan", `want a finite number, got .nan`},
		{"p50", ".inf", `want a finite number, got .inf`},
		{"p50", "much", percent + `"much"`},
		{"p50", "[3%]", `want a map of advisory, at_least or threshold, got a list`},
	}
	for _, test := range tests {
		_, err := parse("x.yml", []byte(small("arrival: {users: 1}", "gate: {"+test.metric+": "+test.value+"}")))
		want := "profiles.p.gate." + test.metric + ": " + test.want
		if err == nil || !strings.HasSuffix(err.Error(), " "+want) {
			t.Errorf("%s: %s:\n got %v\nwant %s", test.metric, test.value, err, want)
		}
	}
}

// The bounds that are still thresholds.
func TestLargestAndSmallestThreshold(t *testing.T) {
	for value, want := range map[string]float64{"100%": 1, "0.001%": 0.00001} {
		c, err := parse("x.yml", []byte(small("arrival: {users: 1}", "gate: {p50: "+value+"}")))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Profiles[0].Gates[0]; got.Metric != "p50" || math.Abs(got.Threshold/want-1) > 1e-12 {
			t.Errorf("%s: %s %v, want %v", value, got.Key, got.Threshold, want)
		}
	}
}

// What is no metric is told with all that are, and the one that was probably meant.
func TestNoSuchMetric(t *testing.T) {
	all := thereAre
	for name, near := range map[string]string{
		"p9": "; did you mean p90?", "p95": "; did you mean p90?", "p999": "; did you mean p99?", "errorrate": "; did you mean error_rate?",
		"Throughput": "; did you mean throughput?", "memory": "", "latency": "",
	} {
		_, err := parse("x.yml", []byte(small("arrival: {users: 1}", "gate: {"+name+": 3%}")))
		if want := fmt.Sprintf("profiles.p.gate.%s: no metric %q: %s%s", name, name, all, near); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s:\n got %v\nwant %s", name, err, want)
		}
	}
}

func TestProblemsOfWholeFiles(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", "x.yml: the file is empty: it begins with version: 1, service and profiles"},
		{"a: [", "x.yml:1:4: sequence end token ']' not found"},
		{"- 1", "x.yml:1:1: want a map of budget, flows, include, profiles, service or version, got a list"},
		{"a: 1\n---\nb: 2\n", "x.yml:3:1: a second YAML document: want only one"},
	}
	for _, test := range tests {
		_, err := parse("x.yml", []byte(test.text))
		if err == nil || err.Error() != test.want {
			t.Errorf("%q:\n got %v\nwant %s", test.text, err, test.want)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "perfcheck.yml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
}

// A file of aliases of aliases would unfold to 10^9 values.
func TestAliasesAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x]\n")
	for i := range 9 {
		ref := "*a" + string(rune('0'+i)) + " ,"
		b.WriteString("a" + string(rune('1'+i)) + ": &a" + string(rune('1'+i)) + " [" + strings.Repeat(ref, 10) + "]\n")
	}
	_, err := parse("x.yml", []byte(b.String()))
	if err == nil || !strings.Contains(err.Error(), "unfolds to more than 100000 values") {
		t.Errorf("got %v", err)
	}
}

func TestGoodProfilesSurviveBadOnes(t *testing.T) {
	c, err := parse("perfcheck.yml", []byte(small("arrival: {users: 1}")+"  q: {}\n"))
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 2 {
		t.Errorf("got %v, want the two keys that q lacks", err)
	}
	if len(c.Profiles) != 1 || c.Profiles[0].Name != "p" {
		t.Errorf("got %+v, want only p", c.Profiles)
	}
}

func TestProblemOfACompiler(t *testing.T) {
	p := &load(t).Profiles[0]
	got := p.Problem("scenarios[1].steps[1].steps[0].json.amount", "no").Error()
	want := example + ":44:32: profiles.checkout.scenarios[1].steps[1].steps[0].json.amount: no"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got = p.Problem("scenarios[1].steps[1].unheard.of", "no").Error()
	if !strings.HasPrefix(got, example+":41:13: ") {
		t.Errorf("unknown key: got %s, want the place of the step", got)
	}
	if got := (&Profile{Name: "x"}).Problem("seed", "no").Error(); got != "profiles.x.seed: no" {
		t.Errorf("without a file: got %s", got)
	}
}

func TestCSV(t *testing.T) {
	tests := []struct{ text, want string }{
		{"a,b\n1,2\n", ""},
		{"\uFEFFa,b\r\n\"1\n\",2\r\n", ""},
		{"", "x.csv: the file is empty: want a line of column names, then records"},
		{"a,b\n", "x.csv: no records after the line of column names"},
		{"a,a\n1,2\n", `x.csv: column 2: want a name of its own, got "a"`},
		{"a,\n1,2\n", `x.csv: column 2: want a name of its own, got ""`},
		{"a,b\n1,2\n3\n", "x.csv: record on line 3: wrong number of fields"},
	}
	for _, test := range tests {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "x.csv"), []byte(test.text), 0o644); err != nil {
			t.Fatal(err)
		}
		columns, _, err := readCSV(dir, "x.csv")
		got := ""
		if err != nil {
			got = err.Error()
		} else if strings.Join(columns, ",") != "a,b" {
			t.Errorf("%q: columns %q", test.text, columns)
		}
		if got != test.want {
			t.Errorf("%q:\n got %s\nwant %s", test.text, got, test.want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	data, err := os.ReadFile(example)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(small("arrival: {users: 1}")))
	f.Add([]byte("a: &a [*a]\n<<: {b: 1}\n"))
	f.Add([]byte("flows: {a: [{use: b}, {GET: /}], b: [{repeat: 2, steps: [{use: c}]}], c: [{think: 1s}]}\n" +
		small("arrival: {users: 1}", "setup: [{use: a}]", "teardown: [{use: a}]")))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parse(example, data)
		var problems Problems
		if err != nil && !errors.As(err, &problems) {
			t.Fatalf("no Problems: %v", err)
		}
		for _, p := range problems {
			if p.File == "" || p.Pos.Line == 0 && !strings.HasPrefix(p.Message, "the file is empty") {
				t.Errorf("a problem without a place: %v", p)
			}
		}
		if err != nil {
			return
		}
		if len(c.Profiles) == 0 {
			t.Fatal("neither a profile nor a problem")
		}
		again, err := parse(example, data)
		if err != nil || again.Profiles[0].Digest != c.Profiles[0].Digest {
			t.Errorf("read again: %v, or another digest", err)
		}
	})
}
