//go:build linux

package testdata

import (
	"bytes"
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
	turns         = 60 // of each shop, alternating
	turnScenarios = 110
	scenarioEvery = time.Second / 220
)

// BenchmarkPatches says what each patch costs: what a request of the shop
// needs with the patch, over what it needs without it. The amounts of work in
// the patches cpu-5 and cpu-10 were chosen by it. SHOP_CORES=1 gives the shops
// one core, as perfcheck does on a machine of two.
//
//	go test ./testdata -run '^$' -bench Patches -benchtime 1x
func BenchmarkPatches(b *testing.B) {
	base := buildShop(b, copyShop(b))
	for _, patch := range patches(b) {
		b.Run(patch, func(b *testing.B) {
			dir := copyShop(b)
			applyPatch(b, dir, patch)
			head := buildShop(b, dir)
			for range b.N {
				reportRatios(b, startShop(b, base), startShop(b, head))
			}
		})
	}
}

func reportRatios(b *testing.B, base, head *runningShop) {
	for _, s := range []*runningShop{base, head} {
		s.turn(0)
		s.latencies, s.failed, s.cpu = map[string][]time.Duration{}, 0, nil
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
	b.ReportMetric(base.cpuPerRequest().Seconds()*1e6, "base-us-cpu/req")
	b.ReportMetric(head.cpuPerRequest().Seconds()/base.cpuPerRequest().Seconds(), "cpu")
	b.ReportMetric(tail(head.all()).Seconds()/tail(base.all()).Seconds(), "tail")
	b.ReportMetric(float64(head.memory())/float64(base.memory()), "memory")
	b.ReportMetric(100*float64(head.failed)/float64(len(head.all())), "%failed")
	for step, latencies := range base.latencies {
		ratio := median(head.latencies[step]).Seconds() / median(latencies).Seconds()
		b.ReportMetric(ratio, step+"-p50")
	}
}

// A runningShop is a process of the shop and what was measured of it.
type runningShop struct {
	b     *testing.B
	url   string
	pid   int
	users []signedIn

	cpu []time.Duration // per request, by turn

	mu        sync.Mutex
	latencies map[string][]time.Duration // by step
	failed    int
}

type signedIn struct{ token, id, payee string }

func startShop(b *testing.B, binary string) *runningShop {
	b.Helper()
	addr := freeAddr(b)
	cmd := exec.Command(binary, "-addr", addr, "-data", b.TempDir())
	cmd.Stderr = os.Stderr
	if cores := os.Getenv("SHOP_CORES"); cores != "" {
		cmd.Env = append(os.Environ(), "GOMAXPROCS="+cores)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed: the error says no more
	})
	s := &runningShop{b: b, url: "http://" + addr, pid: cmd.Process.Pid, latencies: map[string][]time.Duration{}}
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if resp, err := http.Get(s.url + "/health"); err == nil {
			resp.Body.Close()
			break
		}
		if time.Since(start) > 10*time.Second {
			b.Fatal("the shop does not start")
		}
	}
	s.send("", "POST", "/admin/seed", `{"products":1000,"accounts":100}`, "")
	s.signIn()
	return s
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
		cart := s.send("cart", "POST", "/cart", fmt.Sprintf(`{"items":[{"product":%d,"quantity":2}]}`, id), user.token)
		s.send("order", "POST", "/orders", fmt.Sprintf(`{"cart":%d}`, cart.ID), user.token)
	default:
		s.send("balance", "GET", "/accounts/"+user.id+"/balance", "", user.token)
		s.send("transfer", "POST", "/transfers", fmt.Sprintf(`{"to":%q,"amount":0.01}`, user.payee), user.token)
	}
}

// An answer is what the load needs of the answers.
type answer struct {
	ID     int
	Token  string `json:"access_token"`
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

func (s *runningShop) all() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []time.Duration
	for _, latencies := range s.latencies {
		all = append(all, latencies...)
	}
	return all
}

func (s *runningShop) cpuPerRequest() time.Duration { return median(s.cpu) }

// cpuTime sums what the threads of the shop have run so far; a Go program
// hardly ever ends a thread.
func (s *runningShop) cpuTime() (sum time.Duration) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.pid))
	if err != nil || len(files) == 0 {
		s.b.Fatalf("no CPU time of process %d: it has died, or the kernel has no schedstat (%v)", s.pid, err)
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

// memory returns the anonymous memory that the shop holds, in bytes.
func (s *runningShop) memory() int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	if err != nil {
		s.b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "RssAnon:")
	var kilobytes int
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		s.b.Fatal(err)
	}
	return kilobytes << 10
}

func median(d []time.Duration) time.Duration {
	if len(d) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(d))[len(d)/2]
}

// tail is the mean of the slowest 1 %.
func tail(d []time.Duration) (mean time.Duration) {
	slowest := slices.Sorted(slices.Values(d))[len(d)*99/100:]
	for _, d := range slowest {
		mean += d / time.Duration(len(slowest))
	}
	return mean
}
