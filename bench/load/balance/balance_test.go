package balance

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// A simulation is a wire over three targets that answer as fast as a test says.
type simulation struct {
	http1.Wire
	latency [3]time.Duration
	err     [3]error
	status  [3]int
	change  func(nth int, r *http1.Result) // of target 2's answers, counted from 1; may be nil
	now     time.Duration
	pending []http1.Result
	seen    [3]int
}

func (s *simulation) Send(slot int, _ *scenario.Request) {
	target := slot % 3
	s.seen[target]++
	r := http1.Result{Slot: slot, Sent: s.now, Done: s.now + s.latency[target],
		Err: s.err[target], Response: scenario.Response{Status: s.status[target]}}
	if target == 2 && s.change != nil {
		s.change(s.seen[target], &r)
	}
	s.pending = append(s.pending, r)
}

// Wait returns the answer that comes first.
func (s *simulation) Wait(_ time.Duration, into []http1.Result) []http1.Result {
	first := slices.MinFunc(s.pending, func(a, b http1.Result) int { return int(a.Done - b.Done) })
	s.pending = slices.DeleteFunc(s.pending, func(r http1.Result) bool { return r.Slot == first.Slot })
	s.now = first.Done
	return append(into, first)
}

// spread has users send 3000 requests, each the next one when it has its answer,
// and returns how many each target got.
func spread(t *testing.T, s *simulation, users int, by profile.Balance) [3]int {
	t.Helper()
	w := New(s, 3, by, 1)
	for slot := range users {
		w.Send(slot, nil)
	}
	free := []http1.Result{{Slot: 99}}
	for range 3000 - users {
		free = w.Wait(0, free[:1])
		if len(free) != 2 || free[0].Slot != 99 || free[1].Slot >= users {
			t.Fatalf("results %+v", free)
		}
		w.Send(free[1].Slot, nil)
	}
	return s.seen
}

func TestShares(t *testing.T) {
	ms := time.Millisecond
	even, uneven := [3]time.Duration{ms, ms, ms}, [3]time.Duration{ms, ms, 10 * ms}
	refused := [3]error{2: errors.New("refused")}
	tests := []struct {
		name    string
		by      profile.Balance
		users   int
		latency [3]time.Duration
		err     [3]error
		least   [3]int
		most    [3]int
	}{
		{"in turns", profile.Balance{}, 5, uneven, [3]error{}, [3]int{1000, 1000, 1000}, [3]int{1000, 1000, 1000}},
		{"by weight", profile.Balance{Weights: []int{3, 2, 1}}, 5, even, [3]error{}, [3]int{1500, 1000, 500}, [3]int{1500, 1000, 500}},
		{"by chance", profile.Balance{Way: profile.Random}, 5, even, [3]error{}, [3]int{900, 900, 900}, [3]int{1100, 1100, 1100}},
		{"by connections, alike", profile.Balance{Way: profile.LeastConnections}, 6, even, [3]error{}, [3]int{990, 990, 990}, [3]int{1010, 1010, 1010}},
		{"by connections, one slow", profile.Balance{Way: profile.LeastConnections}, 6, uneven, [3]error{}, [3]int{1300, 1300, 100}, [3]int{1450, 1450, 200}},
		{"by speed, one slow", profile.Balance{Way: profile.Fastest}, 2, uneven, [3]error{}, [3]int{1400, 1400, 1}, [3]int{1600, 1600, 20}},
		{"by speed, one fails fast", profile.Balance{Way: profile.Fastest}, 2, [3]time.Duration{ms, ms, ms / 10}, refused, [3]int{1400, 1400, 1}, [3]int{1600, 1600, 20}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := spread(t, &simulation{latency: test.latency, err: test.err}, test.users, test.by)
			for target, n := range got {
				if n < test.least[target] || n > test.most[target] {
					t.Errorf("shares %v, want from %v to %v", got, test.least, test.most)
					break
				}
			}
		})
	}
}

// What answers fast that it cannot answer draws no load; nor does what has not
// answered yet.
func TestFastestIsNotTheFirstToFail(t *testing.T) {
	const ms = time.Millisecond
	by := profile.Balance{Way: profile.Fastest}
	if got := spread(t, &simulation{latency: [3]time.Duration{ms, ms, ms / 10}, status: [3]int{200, 404, 503}}, 2, by); got[2] > 20 || got[1] < 1000 {
		t.Errorf("one answers 503: shares %v", got)
	}
	if got := spread(t, &simulation{latency: [3]time.Duration{ms, ms, 10 * time.Second}}, 50, by); got[2] > 30 {
		t.Errorf("one does not answer: shares %v", got)
	}
}

// Who failed once, or was slow for a while, is tried again also where the others
// could take all the load; who always fails or is slow is tried seldom.
func TestFastestTriesAgain(t *testing.T) {
	const ms = time.Millisecond
	once := func(nth int, r *http1.Result) {
		if nth == 1 {
			r.Err = errors.New("refused")
		}
	}
	slowAtFirst := func(nth int, r *http1.Result) {
		if nth <= 3 {
			r.Done += 500 * ms
		}
	}
	hanging := func(nth int, r *http1.Result) {
		if nth > 10 {
			r.Done += 20 * time.Second
		}
	}
	even, slow := [3]time.Duration{20 * ms, 20 * ms, 20 * ms}, [3]time.Duration{20 * ms, 20 * ms, 400 * ms}
	for _, test := range []struct {
		name    string
		users   int
		s       *simulation
		from    int
		through int
	}{
		{"failed once", 1, &simulation{latency: even, change: once}, 800, 1000},
		{"slow at first", 1, &simulation{latency: even, change: slowAtFirst}, 700, 1000},
		{"refuses", 1, &simulation{latency: even, err: [3]error{2: errors.New("refused")}}, 2, 60},
		{"slow", 1, &simulation{latency: slow}, 2, 60},
		{"hangs, many users", 50, &simulation{latency: even, change: hanging}, 10, 60},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := spread(t, test.s, test.users, profile.Balance{Way: profile.Fastest}); got[2] < test.from || got[2] > test.through {
				t.Errorf("shares %v, want from %d to %d for the last", got, test.from, test.through)
			}
		})
	}
}

// The same seed sends to the same targets; no target waits longer than it must.
func TestOrder(t *testing.T) {
	sequence := func(by profile.Balance, seed uint64) (order []int) {
		c := newChooser(3, by, seed)
		for range 12 {
			order = append(order, c.next())
		}
		return order
	}
	random := profile.Balance{Way: profile.Random}
	if a, b, c := sequence(random, 1), sequence(random, 1), sequence(random, 2); !slices.Equal(a, b) || slices.Equal(a, c) {
		t.Errorf("seed 1: %v and %v, seed 2: %v", a, b, c)
	}
	if got := sequence(profile.Balance{Weights: []int{2, 1, 1}}, 1); !slices.Equal(got[:4], []int{0, 1, 2, 0}) {
		t.Errorf("weights 2, 1, 1: %v", got)
	}
}
