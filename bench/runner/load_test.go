package runner

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
	"github.com/perfcheck/perfcheck/bench/service"
)

// A recorder is a server that writes down what it is asked.
type recorder struct {
	*httptest.Server
	delay time.Duration // of every answer
	mu    sync.Mutex
	seen  []string
}

func record(t *testing.T, delay time.Duration) *recorder {
	r := &recorder{delay: delay}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// all returns what was asked, and ends the server.
func (r *recorder) all() []string {
	r.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
	r.mu.Lock()
	r.seen = append(r.seen, strings.TrimSpace(req.Method+" "+req.URL.String()+" "+string(body)))
	r.mu.Unlock()
	time.Sleep(r.delay)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"id": %q}`, req.FormValue("n"))
}

// maxThink is how long the users of shopping think at most, between listing and showing.
const maxThink = 50 * time.Millisecond

// shopping has two scenarios, whose every value is drawn.
func shopping(a profile.Arrival, interleave string) profile.Profile {
	post := profile.Request{Name: "buy", Method: "POST", Path: "/buy/${accounts.user}", JSON: map[string]any{"n": "${randint(1, 1000000000)}"}}
	list := profile.Request{Name: "list", Method: "GET", Path: "/list/${accounts.user}?n=${randint(1, 1000000000)}",
		Capture: []profile.Capture{{Name: "id", Path: "$.id", Pick: profile.First}}}
	show := profile.Request{Name: "show", Method: "GET", Path: "/show/${accounts.user}/${id}?n=${randint(1, 1000000000)}"}
	think := profile.Think{Min: 5 * time.Millisecond, Max: maxThink}
	return profile.Profile{
		Name: "shopping", Seed: 1, Arrival: a, Interleave: interleave, Timeout: 5 * time.Second,
		Warmup: profile.Warmup{Min: 500 * time.Millisecond, Max: 500 * time.Millisecond},
		Trial:  500 * time.Millisecond,
		Data: []profile.Feed{{Name: "accounts", Pick: profile.Sequential, Columns: []string{"user"},
			Records: [][]string{{"ann"}, {"bob"}, {"cid"}}}},
		Scenarios: []profile.Scenario{
			{Name: "browse", Weight: 3, Steps: []profile.Step{{Request: &list}, {Think: &think}, {Request: &show}}},
			{Name: "buy", Weight: 1, Steps: []profile.Step{{Request: &post}}},
		},
	}
}

// measureOnce measures one block of two services, and returns their runs.
func measureOnce(t *testing.T, p profile.Profile, mode service.Mode, configs ...profile.Service) []*bench.Run {
	t.Helper()
	plan := Plan{Profiles: []profile.Profile{p}, Mode: mode, Seed: 1, Budget: time.Minute}
	for i, side := range []bench.Side{bench.Base, bench.Head} {
		configs[i].Ready.Timeout = 10 * time.Second
		s, err := service.New(service.Options{Config: configs[i], Mode: mode, Dir: t.TempDir(), Name: string(side)})
		if err != nil {
			t.Fatal(err)
		}
		plan.Arms = append(plan.Arms, Arm{Side: side, Service: s})
	}
	runs, err := Measure(t.Context(), plan, Hooks{Block: func([]*bench.Run) (bool, error) { return true, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

// Both arms are asked for the same, though head takes longer to answer.
func TestArmsGetTheSameLoad(t *testing.T) {
	for _, c := range []struct {
		name       string
		arrival    profile.Arrival
		interleave string
	}{
		{"open, in slices", profile.Arrival{Rate: 200}, profile.Slices},
		{"closed, in slices", profile.Arrival{Users: 3}, profile.Slices},
		{"open, in trials", profile.Arrival{Rate: 200}, profile.Trials},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, head := record(t, 0), record(t, 2*time.Millisecond)
			runs := measureOnce(t, shopping(c.arrival, c.interleave), service.URL, profile.Service{URL: base.URL}, profile.Service{URL: head.URL})
			if runs[0].Interleave != c.interleave {
				t.Errorf("interleave is %q", runs[0].Interleave)
			}
			by := byAccount
			if c.arrival.Rate > 0 {
				by = byScenario
			}
			a, b := by(base.all()), by(head.all())
			wantAlike(t, a, b)
			if c.arrival.Rate > 0 {
				wantAllButTheLast(t, a, b, unfinished(c.arrival.Rate, runs))
			}
			notes := strings.Join(runs[0].Notes, "\n")
			if noPause := strings.Contains(notes, "ran on while the other arm was measured, and none is paused from then on: pause the service"); noPause != (c.interleave == profile.Trials) {
				t.Errorf("notes: %s", notes)
			}
		})
	}
}

// byAccount sorts requests by the user that sent them, one after the other.
func byAccount(seen []string) map[string][]string {
	streams := map[string][]string{}
	for _, s := range seen {
		account := words(s)[2]
		streams[account] = append(streams[account], s)
	}
	return streams
}

// byScenario sorts requests by the number that a scenario's first one has drawn.
func byScenario(seen []string) map[string][]string {
	streams := map[string][]string{}
	for _, s := range seen {
		number := words(s)[3]
		streams[number] = append(streams[number], s)
	}
	return streams
}

// words returns method, step, account and numbers of a request.
func words(s string) []string {
	s = strings.NewReplacer("?n=", " ", `{"n":`, " ", "}", "", `"`, "").Replace(s)
	return strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == ' ' })
}

// wantAlike wants each stream of one arm to be the other one's, as far as both got.
func wantAlike(t *testing.T, base, head map[string][]string) {
	t.Helper()
	same := 0
	for key, want := range base {
		got := head[key]
		for i := range min(len(want), len(got)) {
			if want[i] != got[i] {
				t.Errorf("%s: base was asked for %q, head for %q", key, want[i], got[i])
			}
			same++
		}
	}
	if same < 100 {
		t.Errorf("%d requests are the same in %d and %d streams: that is not the same load", same, len(base), len(head))
	}
}

// unfinished bounds how many scenarios may be under way or unsent in an arm
// when its time is over: those that began no longer ago than one takes, or
// than perfcheck stood still.
func unfinished(rate float64, runs []*bench.Run) int {
	lasts := maxThink
	for _, run := range runs {
		trial := run.Trials[0]
		lasts += 2*trial.Latencies().Max() + trial.Generator.Stall
	}
	return 2 + int(rate*lasts.Seconds())
}

// wantAllButTheLast wants both arms to be asked for whole scenarios as often,
// but for a few that were not over in the end.
func wantAllButTheLast(t *testing.T, base, head map[string][]string, few int) {
	t.Helper()
	differ := 0
	for key, stream := range base {
		if len(stream) != len(head[key]) {
			differ++
		}
	}
	for key := range head {
		if base[key] == nil {
			differ++
		}
	}
	t.Logf("%d of %d and %d scenarios are longer in one arm, %d may be", differ, len(base), len(head), few)
	if differ > few {
		t.Error("that is not the same load")
	}
}

// A service is loaded in the protocol that it speaks.
func TestProtocols(t *testing.T) {
	tests := map[string]struct {
		both   bool // HTTP/2 beside HTTP/1.1
		tls    bool
		once   bool // no keep-alive
		speaks string
		want   string
	}{
		"plain":             {want: "HTTP/1.1"},
		"h2c":               {both: true, speaks: profile.H2C, want: "HTTP/2.0"},
		"tls":               {tls: true, want: "HTTP/1.1"},
		"tls, negotiated":   {tls: true, both: true, want: "HTTP/2.0"},
		"tls, as told":      {tls: true, both: true, speaks: profile.HTTP1, want: "HTTP/1.1"},
		"a connection each": {tls: true, both: true, once: true, want: "HTTP/1.1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Proto != test.want || r.Close != test.once {
					w.WriteHeader(http.StatusUpgradeRequired)
				}
			}))
			config := profile.Service{Protocol: test.speaks, Ready: profile.Ready{Timeout: 10 * time.Second}}
			if test.tls {
				server.EnableHTTP2 = test.both
				server.StartTLS()
				config.TLS.Insecure = true
			} else {
				server.Config.Protocols = new(http.Protocols)
				server.Config.Protocols.SetHTTP1(true)
				server.Config.Protocols.SetUnencryptedHTTP2(test.both)
				server.Start()
			}
			t.Cleanup(server.Close)
			config.URL = server.URL
			s, err := service.New(service.Options{Config: config, Mode: service.URL, Name: "arm"})
			if err != nil {
				t.Fatal(err)
			}
			in, err := s.Start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			wire, protocol, err := connect(t.Context(), in, &profile.Profile{NoKeepAlive: test.once})
			if err != nil {
				t.Fatal(err)
			}
			defer wire.Close()
			if !strings.HasPrefix(test.want, strings.TrimSuffix(spoken[protocol], " without TLS")) {
				t.Errorf("says that it speaks %q", protocol)
			}
			wire.Send(0, &scenario.Request{Method: "GET", Path: "/", Timeout: 10 * time.Second})
			results := wire.Wait(wire.Now()+10*time.Second, nil)
			if len(results) != 1 || results[0].Err != nil || results[0].Response.Status != 200 {
				t.Errorf("got %+v", results)
			}
		})
	}
}

// What each target of a scaled service got is counted, and is all there was.
func TestReplicas(t *testing.T) {
	scaled := func(weights ...int) profile.Service {
		return profile.Service{URL: record(t, 0).URL, Replicas: []string{record(t, 0).URL}, Balance: profile.Balance{Weights: weights}}
	}
	p := shopping(profile.Arrival{Rate: 200}, profile.Slices)
	for i, run := range measureOnce(t, p, service.URL, scaled(1, 1), scaled(3, 1)) {
		trial := run.Trials[0]
		var requests int64
		for _, step := range trial.Steps {
			requests += step.Requests
		}
		if len(trial.Targets) != 2 || trial.Targets[0].Requests+trial.Targets[1].Requests != requests {
			t.Fatalf("%d requests, by target %+v", requests, trial.Targets)
		}
		first, second := trial.Targets[0], trial.Targets[1]
		want := []float64{1, 3}[i]
		if ratio := float64(first.Requests) / float64(second.Requests); ratio < 0.9*want || ratio > 1.1*want {
			t.Errorf("%d and %d requests, want %v times as many", first.Requests, second.Requests, want)
		}
		if first.Service.Count() != first.Requests || first.Name == second.Name {
			t.Errorf("%s: %d of %d counted, %s", first.Name, first.Service.Count(), first.Requests, second.Name)
		}
	}
}

// A rate that is twice what the service can take is told of.
func TestQueueIsTold(t *testing.T) {
	t.Parallel()
	var oneByOne sync.Mutex
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		oneByOne.Lock()
		defer oneByOne.Unlock()
		time.Sleep(10 * time.Millisecond)
	}))
	t.Cleanup(slow.Close)
	p := profile.Profile{Name: "slow", Seed: 1, Arrival: profile.Arrival{Rate: 200}, Interleave: profile.Slices, Slice: 50 * time.Millisecond,
		Trial: 400 * time.Millisecond, Timeout: 10 * time.Second,
		Scenarios: []profile.Scenario{{Weight: 1, Steps: []profile.Step{{Request: &profile.Request{Name: "get", Method: "GET", Path: "/"}}}}}}
	config := profile.Service{URL: slow.URL}
	for _, run := range measureOnce(t, p, service.URL, config, config) {
		if told := strings.Join(run.Trials[0].Warnings, "\n"); !strings.Contains(told, "requests queued") {
			t.Errorf("%s: warnings %q", run.Side, told)
		}
	}
}
