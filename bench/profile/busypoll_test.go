package profile

import (
	"strings"
	"testing"
)

func TestBusyPollNeedsARate(t *testing.T) {
	const file = "version: 1\nservice: {url: http://a}\nprofiles: {p: {busy_poll: true, arrival: %, scenarios: [{steps: [{GET: /}]}]}}\n"
	for arrival, ok := range map[string]bool{
		"{rate: 10/s}": true, "{stages: [{for: 1s, rate: 1/s -> 9/s}]}": true,
		"{users: 10}": false, "{stages: [{for: 1s, users: 1 -> 9}]}": false,
	} {
		config, err := parse("x.yml", []byte(strings.Replace(file, "%", arrival, 1)))
		switch {
		case ok && (err != nil || !config.Profiles[0].BusyPoll):
			t.Errorf("%s: got %+v, %v", arrival, config.Profiles, err)
		case !ok && (err == nil || !strings.Contains(err.Error(), "x.yml:3:") || !strings.Contains(err.Error(), "goes with a rate only")):
			t.Errorf("%s: error %v", arrival, err)
		}
	}
}
