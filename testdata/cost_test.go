//go:build linux

package testdata

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The load of BenchmarkPatches: that of the profile checkout.
const (
	turns         = 50 // of each shop and start, alternating
	turnScenarios = 33
	scenarioEvery = time.Second / 220
)

// BenchmarkPatches says what each patch costs: what a request of the shop
// needs with the patch, over what it needs without it. The amounts of work in
// the patches cpu-5 and cpu-10 were chosen by it. SHOP_CORES=1 gives the shops
// one core, as perfcheck does on a machine of two.
//
//	go test ./testdata -run '^$' -bench Patches -benchtime 8x
//
// An iteration is a new start of both shops: processes of one program differ
// by a few percent.
func BenchmarkPatches(b *testing.B) {
	base := buildShop(b, copyShop(b))
	for _, patch := range patches(b) {
		b.Run(patch, func(b *testing.B) {
			dir := copyShop(b)
			applyPatch(b, dir, patch)
			head := buildShop(b, dir)
			was, is := newMeasured(), newMeasured()
			for range b.N {
				alternate(startShop(b, base, was), startShop(b, head, is))
			}
			reportCosts(b, was, is)
		})
	}
}

// alternate loads both shops in turns.
func alternate(base, head *runningShop) {
	defer base.stop()
	defer head.stop()
	for _, s := range []*runningShop{base, head} {
		kept := s.measured
		s.measured = newMeasured()
		for turn := range turns / 5 {
			s.turn(uint64(turn)) // to warm up
		}
		s.measured = kept
	}
	for turn := range turns {
		pair := []*runningShop{base, head}
		if turn%2 == 1 {
			slices.Reverse(pair)
		}
		for _, s := range pair {
			s.turn(uint64(turn))
		}
	}
}

func reportCosts(b *testing.B, base, head *measured) {
	b.ReportMetric(quantile(base.cpu, 0.5).Seconds()*1e6, "base-us-cpu/req")
	b.ReportMetric(quantile(ratios(head.cpu, base.cpu), 0.5), "cpu")
	b.ReportMetric(quantile(head.all(), 0.99).Seconds()/quantile(base.all(), 0.99).Seconds(), "p99")
	b.ReportMetric(quantile(head.memory, 0.5)/quantile(base.memory, 0.5), "memory")
	b.ReportMetric(100*float64(head.failed)/float64(len(head.all())), "%failed")
	for step, latencies := range base.latencies {
		ratio := quantile(head.latencies[step], 0.5).Seconds() / quantile(latencies, 0.5).Seconds()
		b.ReportMetric(ratio, step+"-p50")
	}
}

// A measured is what was measured of a program, all starts together.
type measured struct {
	cpu    []time.Duration // per request, by turn
	memory []float64       // at the end of a turn, bytes

	mu        sync.Mutex
	latencies map[string][]time.Duration // by step
	failed    int
}

func newMeasured() *measured { return &measured{latencies: map[string][]time.Duration{}} }

// A runningShop is a process of the shop.
type runningShop struct {
	*measured
	b     *testing.B
	cmd   *exec.Cmd
	url   string
	users []signedIn
}

type signedIn struct{ token, id, payee string }

func startShop(b *testing.B, binary string, into *measured) *runningShop {
	b.Helper()
	addr := freeAddr(b)
	cmd := exec.Command(binary, "-addr", addr, "-data", b.TempDir())
	var log bytes.Buffer
	cmd.Stderr = &log
	if cores := os.Getenv("SHOP_CORES"); cores != "" {
		cmd.Env = append(os.Environ(), "GOMAXPROCS="+cores)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	s := &runningShop{measured: newMeasured(), b: b, cmd: cmd, url: "http://" + addr}
	b.Cleanup(s.stop)
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if resp, err := http.Get(s.url + "/health"); err == nil {
			resp.Body.Close()
			break
		}
		if time.Since(start) > 10*time.Second {
			s.stop() // ends what is written to the log
			b.Fatalf("the shop does not start: %s", &log)
		}
	}
	s.send("", "POST", "/admin/seed", `{"products":1000,"accounts":100}`, "")
	s.signIn()
	s.measured = into
	return s
}

// stop kills the process, once or again.
func (s *runningShop) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // it was killed: the error says no more
}

func freeAddr(b *testing.B) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// signIn logs in the first accounts of accounts.csv.
func (s *runningShop) signIn() {
	text, err := os.ReadFile("shop/accounts.csv")
	if err != nil {
		s.b.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		s.b.Fatal(err)
	}
	for _, row := range rows[1:20] {
		answer := s.send("", "POST", "/auth/token", fmt.Sprintf(`{"username":%q,"password":%q}`, row[0], row[1]), "")
		s.users = append(s.users, signedIn{token: answer.Token, id: row[2], payee: row[3]})
	}
}

// turn loads the shop with scenarios at their rate; the same seed asks for the same.
func (s *runningShop) turn(seed uint64) {
	before, requests := s.cpuTime(), len(s.all())
	start := time.Now()
	var wg sync.WaitGroup
	for i := range turnScenarios {
		time.Sleep(time.Until(start.Add(time.Duration(i) * scenarioEvery)))
		wg.Go(func() { s.scenario(rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	wg.Wait()
	s.cpu = append(s.cpu, (s.cpuTime()-before)/time.Duration(len(s.all())-requests))
	s.memory = append(s.memory, s.anonymous())
}

func (s *runningShop) scenario(random *rand.Rand) {
	user := s.users[random.IntN(len(s.users))]
	product := fmt.Sprintf("/products/%d", 1+random.IntN(1000))
	switch n := random.IntN(100); {
	case n < 50:
		list := s.send("list", "GET", fmt.Sprintf("/products?page=%d", 1+random.IntN(5)), "", "")
		if tags := list.Facets.Tags; len(tags) > 0 {
			s.send("search", "GET", "/products?q="+tags[random.IntN(len(tags))].Name, "", "")
		}
		s.send("product", "GET", product, "", "")
	case n < 80:
		id := s.send("product", "GET", product, "", "").ID
		cart := s.send("cart", "POST", "/cart", fmt.Sprintf(`{"items":[{"product":%s,"quantity":2}]}`, id), user.token)
		s.send("order", "POST", "/orders", fmt.Sprintf(`{"cart":%s}`, cart.ID), user.token)
	default:
		s.send("balance", "GET", "/accounts/"+user.id+"/balance", "", user.token)
		s.send("transfer", "POST", "/transfers", fmt.Sprintf(`{"to":%q,"amount":0.01}`, user.payee), user.token)
	}
}

// An answer is what the load needs of the answers.
type answer struct {
	ID     json.RawMessage // a number or a string
	Token  string          `json:"access_token"`
	Facets struct{ Tags []struct{ Name string } }
}

var transport = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

func (s *runningShop) send(step, method, path, body, token string) (a answer) {
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		panic(err) // the paths are constants of this file
	}
	req.Header.Set("Authorization", "Bearer "+token)
	start := time.Now()
	resp, err := transport.Do(req)
	if err != nil {
		s.b.Error(err)
		return a
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	took := time.Since(start)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.latencies[step] = append(s.latencies[step], took)
	if err != nil || resp.StatusCode >= 400 || json.Unmarshal(text, &a) != nil {
		s.failed++
	}
	return a
}

func (s *measured) all() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []time.Duration
	for _, latencies := range s.latencies {
		all = append(all, latencies...)
	}
	return all
}

// cpuTime sums what the threads of the shop have run so far; a Go program
// hardly ever ends a thread.
func (s *runningShop) cpuTime() (sum time.Duration) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.cmd.Process.Pid))
	if err != nil || len(files) == 0 {
		s.b.Fatalf("no CPU time of process %d: it has died, or the kernel has no schedstat (%v)", s.cmd.Process.Pid, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			s.b.Fatal(err)
		}
		var ran time.Duration
		if _, err := fmt.Sscan(string(text), &ran); err != nil {
			s.b.Fatal(err)
		}
		sum += ran
	}
	return sum
}

// anonymous returns the anonymous memory that the shop holds, in bytes.
func (s *runningShop) anonymous() float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "RssAnon:")
	var kilobytes float64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		s.b.Fatal(err)
	}
	return kilobytes * 1024
}

// ratios divides turn by turn, so that both sides of a ratio saw the same machine.
func ratios(a, b []time.Duration) []float64 {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = a[i].Seconds() / b[i].Seconds()
	}
	return ratios
}

// quantile returns the smallest value that a share q of values does not
// exceed; 0 of none.
func quantile[V cmp.Ordered](values []V, q float64) (v V) {
	if len(values) == 0 {
		return v
	}
	return slices.Sorted(slices.Values(values))[int(q*float64(len(values)-1))]
}
