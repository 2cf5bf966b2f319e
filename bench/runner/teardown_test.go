package runner

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/service"
)

// What the setup of one arm made is removed, also where that of the other fails
// and so the block, or the whole measurement, is lost.
func TestTeardownOfLostBlocks(t *testing.T) {
	for name, healthy := range map[string]int64{"the first block": 0, "a later block": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := shopping(profile.Arrival{Users: 2}, profile.Slices)
			p.Setup = []profile.Step{{Request: &profile.Request{Name: "setup", Method: "POST", Path: "/setup"}}}
			p.Teardown = []profile.Step{{Request: &profile.Request{Name: "teardown", Method: "DELETE", Path: "/setup"}}}
			good := record(t, 0)
			var setups atomic.Int64
			bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == "POST" && r.URL.Path == "/setup" && setups.Add(1) > healthy {
					w.WriteHeader(http.StatusInternalServerError)
				}
				fmt.Fprint(w, `{"id": "1"}`)
			}))
			t.Cleanup(bad.Close)

			// The arm that is set up last in the block is the one to fail.
			plan := Plan{Profiles: []profile.Profile{p}, Mode: service.URL, Seed: 1, Budget: time.Minute, Arms: make([]Arm, 2)}
			last := turns(plan.Seed, startStream(int(healthy)), 1, 2)[1]
			for i, side := range []bench.Side{bench.Base, bench.Head} {
				config := profile.Service{URL: good.URL, Ready: profile.Ready{Timeout: 10 * time.Second}}
				if i == last {
					config.URL = bad.URL
				}
				s, err := service.New(service.Options{Config: config, Mode: service.URL, Dir: t.TempDir(), Name: string(side)})
				if err != nil {
					t.Fatal(err)
				}
				plan.Arms[i] = Arm{Side: side, Service: s}
			}
			_, err := Measure(t.Context(), plan, Hooks{Block: func(runs []*bench.Run) (bool, error) {
				return len(runs[0].Trials) == 2, nil
			}})
			if lost := healthy == 0; (err != nil) != lost || lost && !strings.Contains(err.Error(), "setup: POST /setup: status 500") {
				t.Errorf("got %v", err)
			}
			calls := map[string]int64{}
			for _, s := range good.all() {
				calls[s]++
			}
			if calls["POST /setup"] != healthy+1 || calls["DELETE /setup"] != healthy+1 {
				t.Errorf("%d setups and %d teardowns, want %d of each", calls["POST /setup"], calls["DELETE /setup"], healthy+1)
			}
		})
	}
}

// Arms that choose different protocols are compared, and it is said.
func TestProtocolsAreTold(t *testing.T) {
	for _, test := range []struct {
		name          string
		both          []bool // by arm: HTTP/2 beside HTTP/1.1
		warning, note string
	}{
		{"one each", []bool{false, true}, "base is loaded over HTTP/1.1 and head over HTTP/2, as each chose: to load both alike, write service.protocol", ""},
		{"HTTP/2", []bool{true, true}, "", "the load goes over HTTP/2"},
		{"HTTP/1.1", []bool{false, false}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var services []profile.Service
			for _, both := range test.both {
				r := &recorder{}
				r.Server = httptest.NewUnstartedServer(r)
				r.EnableHTTP2 = both
				r.StartTLS()
				t.Cleanup(r.Close)
				services = append(services, profile.Service{URL: r.URL, TLS: profile.TLS{Insecure: true}})
			}
			runs := measureOnce(t, shopping(profile.Arrival{Users: 2}, profile.Trials), service.URL, services...)
			for _, run := range runs {
				warned := slices.ContainsFunc(run.Trials[0].Warnings, func(w string) bool { return strings.Contains(w, "is loaded over") })
				if warned != (test.warning != "") || warned && !slices.Contains(run.Trials[0].Warnings, test.warning) {
					t.Errorf("%s: warnings %q", run.Side, run.Trials[0].Warnings)
				}
				noted := slices.ContainsFunc(run.Notes, func(n string) bool { return strings.HasPrefix(n, "the load goes over") })
				if noted != (test.note != "") || noted && !slices.Contains(run.Notes, test.note) {
					t.Errorf("%s: notes %q", run.Side, run.Notes)
				}
			}
		})
	}
}

// A measurement ends where more fails than the profile allows, and not below that.
func TestMaxErrors(t *testing.T) {
	t.Parallel()
	for share, stops := range map[float64]bool{0: false, 0.2: true, 0.5: false} {
		var n atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1)%3 == 0 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}))
		t.Cleanup(server.Close)
		p := shopping(profile.Arrival{Rate: 100}, profile.Slices)
		p.Scenarios = p.Scenarios[1:]
		p.MaxErrors = share
		s, err := service.New(service.Options{Config: profile.Service{URL: server.URL, Ready: profile.Ready{Timeout: 10 * time.Second}}, Mode: service.URL, Name: "arm"})
		if err != nil {
			t.Fatal(err)
		}
		plan := Plan{Profiles: []profile.Profile{p}, Mode: service.URL, Seed: 1, Budget: time.Minute, Arms: []Arm{{Service: s}}}
		runs, err := Measure(t.Context(), plan, Hooks{Block: func([]*bench.Run) (bool, error) { return true, nil }})
		if (err != nil) != stops || stops && !strings.HasSuffix(err.Error(), "requests of a trial failed, which is more than max_errors: 20%") {
			t.Errorf("%g: got %v", share, err)
		}
		if stops == (len(runs[0].Trials) > 0) {
			t.Errorf("%g: %d trials", share, len(runs[0].Trials))
		}
	}
}

// What a service answers to a request that fails is quoted without the values of its
// environment: in trials, and where the setup or the teardown fails.
func TestAnswersAreQuotedWithoutSecrets(t *testing.T) {
	t.Parallel()
	const secret = "swordfish-7"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "GET" {
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, "no login as %s: %d", secret, time.Now().UnixNano())
	}))
	t.Cleanup(server.Close)
	config := profile.Service{URL: server.URL, Env: map[string]string{"PASSWORD": secret}, Ready: profile.Ready{Timeout: 10 * time.Second}}
	step := func(name, method string) profile.Step {
		return profile.Step{Request: &profile.Request{Name: name, Method: method, Path: "/"}}
	}
	p := shopping(profile.Arrival{Rate: 100}, profile.Slices)
	p.Scenarios = []profile.Scenario{{Name: "both", Weight: 1, Steps: []profile.Step{step("get", "GET"), step("post", "POST")}}}
	p.Teardown = []profile.Step{step("teardown", "DELETE")}
	quoted := func(text string) {
		t.Helper()
		if strings.Contains(text, secret) || !strings.Contains(text, "no login as ***: ") {
			t.Errorf("got %s", text)
		}
	}
	trial := measureOnce(t, p, service.URL, config, config)[0].Trials[0]
	texts := trial.Warnings[len(trial.Warnings)-1:]
	for _, s := range trial.Steps {
		for _, f := range s.Errors {
			texts = append(texts, f.Examples()...)
		}
	}
	if len(texts) < 4 { // of the teardown, the first failure, and two others
		t.Errorf("quoted is only %q", texts)
	}
	for _, text := range texts {
		quoted(text)
	}

	p.Setup = []profile.Step{step("setup", "PUT")}
	s, err := service.New(service.Options{Config: config, Mode: service.URL, Name: "arm"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Measure(t.Context(), Plan{Profiles: []profile.Profile{p}, Mode: service.URL, Seed: 1, Budget: time.Minute, Arms: []Arm{{Service: s}}}, Hooks{})
	quoted(fmt.Sprint(err))
}
