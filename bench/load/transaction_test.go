package load

import (
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// near says whether a histogram of n values lies around d, as exactly as it keeps it.
func near(t *testing.T, what string, s bench.Step, n int64, latency, service time.Duration) {
	t.Helper()
	ok := func(got, want time.Duration) bool { return (got - want).Abs() <= want/500 }
	if s.Latency.Count() != n || !ok(s.Latency.Quantile(0.5), latency) || !ok(s.Service.Quantile(0.5), service) {
		t.Errorf("%s: %d, latency %v, service %v; want %d, %v, %v", what,
			s.Latency.Count(), s.Latency.Quantile(0.5), s.Service.Quantile(0.5), n, latency, service)
	}
}

// Think times are the user's, the pauses of a poll are the service's.
func TestTransactionsAreSums(t *testing.T) {
	poll := profile.Step{
		Loop:  &profile.Loop{Until: "index == 2", Tries: 5, Every: 7 * time.Millisecond},
		Steps: []profile.Step{get("/state")},
	}
	program := compile(t,
		transaction("pay", get("/a"), think(50*time.Millisecond), transaction("inner", get("/b")), poll),
		transaction("never", profile.Step{If: "1 > 2", Steps: []profile.Step{get("/c")}}))
	sim := &simulation{latency: always(10 * time.Millisecond)}
	arm := New(program, profile.Arrival{Rate: 1}, sim)
	load(t, arm, 3*time.Second)
	rec := arm.Take()
	if names := program.Transactions(); len(names) != 4 || names[0] != "s" || names[1] != "pay" || names[2] != "inner" {
		t.Fatalf("transactions %v", names)
	}
	const sum = 5*10*time.Millisecond + 2*7*time.Millisecond
	near(t, "scenario", rec.Transactions[0], 3, sum, sum)
	near(t, "pay", rec.Transactions[1], 3, sum, sum)
	near(t, "inner", rec.Transactions[2], 3, 10*time.Millisecond, 10*time.Millisecond)
	if n := rec.Transactions[3].Requests; n != 0 {
		t.Errorf("one in which nothing was requested was counted %d times", n)
	}
}

// A transaction begins when its first request was meant to be sent, and goes on
// where a slice ended. What two slices have between them is not counted.
func TestTransactionsAcrossSlices(t *testing.T) {
	sim := &simulation{latency: capacity(100)} // 10 ms each, one after the other
	arm := New(compile(t, transaction("pay", get("/a"), get("/b"))), profile.Arrival{Rate: 50}, sim)
	for range 4 {
		load(t, arm, 25*time.Millisecond)
		sim.now += time.Hour
	}
	pay := arm.Take().Transactions[1]
	if pay.Latency.Count() < 2 || pay.Latency.Quantile(1) > time.Second {
		t.Errorf("%d, the longest %v", pay.Latency.Count(), pay.Latency.Quantile(1))
	}
	if pay.Latency.Quantile(1) <= pay.Service.Quantile(0) {
		t.Error("what waited is not in the latency")
	}
}

// All transactions that a user is in fail with a step, and say with which.
func TestTransactionsFail(t *testing.T) {
	sim := &simulation{latency: always(time.Millisecond), answer: func(r *scenario.Request) http1.Result {
		if r.Path == "/b" {
			return http1.Result{Response: scenario.Response{Status: 500}}
		}
		return http1.Result{Response: scenario.Response{Status: 200}}
	}}
	arm := New(compile(t, transaction("done", get("/a")), transaction("pay", get("/c"), get("/b"), get("/a"))), profile.Arrival{Rate: 10}, sim)
	load(t, arm, time.Second)
	for _, s := range arm.Take().Transactions {
		want := int64(10)
		if s.Name == "done" {
			want = 0
		}
		if s.Requests != 10 || s.Failed() != want || s.Latency.Count() != 10-want {
			t.Errorf("%s: %d, of which %d failed, and %d latencies", s.Name, s.Requests, s.Failed(), s.Latency.Count())
		}
		if want > 0 && (s.Errors[0].Kind != Part || s.Errors[0].Example != "/b: status 500, want 200 to 399") {
			t.Errorf("%s: %+v", s.Name, s.Errors[0])
		}
	}
}

func TestLimitIsAKindOfItsOwn(t *testing.T) {
	poll := profile.Step{Loop: &profile.Loop{Until: "1 > 2", Tries: 2}, Steps: []profile.Step{get("/state")}}
	arm := New(compile(t, transaction("pay", poll)), profile.Arrival{Rate: 10}, &simulation{latency: always(time.Millisecond)})
	load(t, arm, time.Second)
	rec := arm.Take()
	aside := rec.Steps[1]
	if aside.Name != scenarioStep || aside.Requests != 10 || aside.Errors[0].Kind != Limit || aside.Errors[0].Count != 10 {
		t.Errorf("got %+v", aside)
	}
	if pay := rec.Transactions[1]; pay.Failed() != 10 || pay.Errors[0].Example != "until 1 > 2: not so within 2 tries" {
		t.Errorf("the transaction: %+v", pay)
	}
}

// Those that end with the last answer of a slice count in that slice, and those
// that began in the warm-up not at all.
func TestTransactionsOfTheTrial(t *testing.T) {
	for name, c := range map[string]struct {
		warmup time.Duration
		pays   int64 // in the trial
	}{
		"one ends with the warm-up":   {15 * time.Millisecond, 3},
		"one is under way at its end": {25 * time.Millisecond, 3},
	} {
		sim := &simulation{latency: func(sent time.Duration) time.Duration {
			if sent < c.warmup {
				return 10 * time.Millisecond
			}
			return 4 * time.Millisecond
		}}
		arm := New(compile(t, transaction("pay", get("/a"), get("/b"))), profile.Arrival{Users: 1}, sim)
		load(t, arm, c.warmup)
		arm.Begin()
		load(t, arm, 25*time.Millisecond)
		rec := arm.Take()
		for _, pay := range rec.Transactions {
			near(t, name, pay, c.pays, 8*time.Millisecond, 8*time.Millisecond)
			if pay.Latency.Quantile(1) > 9*time.Millisecond {
				t.Errorf("%s: %s has a latency of the warm-up: %v", name, pay.Name, pay.Latency.Quantile(1))
			}
		}
	}
}

// A failure with the last answer of the warm-up is none of the trial.
func TestTransactionsFailInTheWarmUp(t *testing.T) {
	sim := &simulation{latency: always(10 * time.Millisecond), answer: failing(1, unavailable)}
	arm := New(compile(t, transaction("pay", get("/a"))), profile.Arrival{Users: 1}, sim)
	load(t, arm, 5*time.Millisecond)
	arm.Begin()
	load(t, arm, 15*time.Millisecond)
	if pay := arm.Take().Transactions[0]; pay.Requests != 2 || pay.Failed() != 0 {
		t.Errorf("%d, of which %d failed", pay.Requests, pay.Failed())
	}
}
