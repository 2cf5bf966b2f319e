package runner

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/load"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/service"
)

// A redirect by the service's own address is followed; one to another service is
// a failure, and puts no load on that.
func TestRedirectsStayWithTheService(t *testing.T) {
	other := record(t, 0)
	leading := func(to func(r *http.Request) string) profile.Service {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/old" {
				http.Redirect(w, r, to(r), http.StatusMovedPermanently)
			}
		}))
		t.Cleanup(s.Close)
		return profile.Service{URL: s.URL}
	}
	p := profile.Profile{Name: "old", Seed: 1, Arrival: profile.Arrival{Rate: 100}, Interleave: profile.Slices, Timeout: 5 * time.Second,
		Trial: 500 * time.Millisecond, Redirects: 1,
		Scenarios: []profile.Scenario{{Weight: 1, Steps: []profile.Step{{Request: &profile.Request{Name: "old", Method: "GET", Path: "/old"}}}}}}
	runs := measureOnce(t, p, service.URL,
		leading(func(r *http.Request) string { return "http://" + r.Host + "/new" }),
		leading(func(*http.Request) string { return other.URL + "/new" }))
	step := func(r *bench.Run) bench.Step { return r.Trials[0].Steps[0] }
	base, head := step(runs[0]), step(runs[1])
	if base.Requests == 0 || base.Failed() > 0 || base.Redirects != base.Requests {
		t.Errorf("base: %d requests, %d redirects, errors %+v", base.Requests, base.Redirects, base.Errors)
	}
	if head.Requests == 0 || head.Failed() != head.Requests || head.Errors[0].Kind != load.Redirect {
		t.Errorf("head: %d requests, errors %+v", head.Requests, head.Errors)
	}
	if seen := other.all(); len(seen) > 0 {
		t.Errorf("another service was asked for %s", seen[0])
	}
}
