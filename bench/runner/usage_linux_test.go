package runner

import (
	"crypto/sha256"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/service"
	"github.com/perfcheck/perfcheck/compare"
)

// The load and the work of a service whose usage is compared.
const (
	workRate = 200     // requests a second
	work     = 1500    // sums of 1 KiB for a request, about 1 ms
	extra    = 160     // more of them once the answer is sent, a tenth of all that a request costs
	leaked   = 5 << 10 // bytes a request: 1 MB/s
	garbage  = 50 << 10
)

// worker is a service that works for its answers, and leaves garbage. A greedy
// one works on when it has answered, and keeps a part of the garbage.
func worker(greedy bool) {
	var kept [][]byte
	gate := make(chan struct{}, 1)
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		sum(work)
		runtime.KeepAlive(filled(garbage))
		w.WriteHeader(http.StatusNotFound)
		if !greedy {
			return
		}
		go func() {
			gate <- struct{}{}
			sum(extra)
			kept = append(kept, filled(leaked))
			runtime.KeepAlive(kept)
			<-gate
		}()
	})
	panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}

func sum(times int) {
	block := make([]byte, 1024)
	for range times {
		h := sha256.Sum256(block)
		copy(block, h[:])
	}
}

func filled(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// A service that burns 10 % more CPU for answers that are as quick is called a
// CPU regression, and one that loses 1 MB/s is called a leak.
func TestGreed(t *testing.T) {
	p := ping(profile.Slices)
	p.Arrival.Rate, p.Trial = workRate, time.Second
	for metric, threshold := range map[string]float64{"p50": 0.2, "cpu_per_request": 0.03, "memory_growth": 256 << 10} {
		p.Gates = append(p.Gates, bench.Gate{Key: bench.Key{Metric: metric}, Threshold: threshold})
	}
	plan := Plan{Profiles: []profile.Profile{p}, Mode: service.Process, Seed: 1, Budget: 3 * time.Minute, Blocks: compare.MinBlocks}
	for i, side := range []bench.Side{bench.Base, bench.Head} {
		c := testService([]string{"worker", "greedy"}[i])
		c.Ready.Timeout = 10 * time.Second
		s, err := service.New(service.Options{Config: c, Mode: plan.Mode, Dir: t.TempDir(), Name: string(side)})
		if err != nil {
			t.Fatal(err)
		}
		plan.Arms = append(plan.Arms, Arm{Side: side, Service: s})
	}
	runs, err := Measure(t.Context(), plan, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := compare.Judge([]compare.Pair{{Base: runs[0], Head: runs[1], Gates: p.Gates}}, compare.Options{Final: true, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if c.Blocks < compare.MinBlocks {
		t.Skipf("the machine is too busy to measure: %q", c.Reasons)
	}
	for _, d := range c.Deltas {
		t.Log(d.Rule)
		want := map[string]compare.Verdict{"cpu_per_request": compare.Regression, "memory_growth": compare.Regression}[d.Metric]
		if want != "" && d.Verdict != want {
			t.Errorf("%s: %s, want %s; base %v, head %v", d.Key, d.Verdict, want, d.Explain.Base, d.Explain.Head)
		}
	}
	if text := strings.Join(c.Reasons, "\n"); c.Verdict != compare.Regression || !strings.Contains(text, "a leak") {
		t.Errorf("%s: %s", c.Verdict, text)
	}
}
