package profile

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
)

// docs/profiles.md has every metric, with the limit and the role that it has by default.
func TestGatesPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/profiles.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range bench.Metrics() {
		row := regexp.MustCompile("(?m)^\\| .*`" + m.Name + "`.*\\|.*\\|(.*)\\|(.*)\\|$").FindSubmatch(page)
		if row == nil {
			t.Errorf("the page does not have %s", m.Name)
			continue
		}
		role := "–"
		if bench.DefaultThresholds[m.Name] > 0 {
			role = "gated"
		} else if bench.DefaultAdvisory[m.Name] > 0 {
			role = "advisory"
		}
		want := fmt.Sprintf("%s, %s…", FormatThreshold(bench.DefaultThreshold(bench.Key{Metric: m.Name}), m), role)
		got := fmt.Sprintf("%s, %s", strings.TrimSpace(string(row[1])), strings.TrimSpace(string(row[2])))
		if !strings.HasPrefix(got+"…", strings.TrimSuffix(want, "…")) {
			t.Errorf("%s: the page says %s, want %s", m.Name, got, want)
		}
	}
}

// What is written of a threshold is read again as the same.
func TestThresholdsOfUnits(t *testing.T) {
	for _, m := range bench.Metrics() {
		want := bench.DefaultThreshold(bench.Key{Metric: m.Name})
		if got, err := ParseThreshold(FormatThreshold(want, m), m); got != want || err != nil {
			t.Errorf("%s: %s is read as %v, %v", m.Name, FormatThreshold(want, m), got, err)
		}
	}
	for metric, text := range map[string]string{
		"memory_growth": "3%", "disk_read": "1KiB/s", "page_faults": "10%", "throttled_time": "1%", "cpu_stall": "1", "network": "5KiB",
	} {
		m, err := bench.MetricByName(metric)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := ParseThreshold(text, m); err == nil {
			t.Errorf("%s: %s is read as %v", metric, text, v)
		} else {
			t.Log(err)
		}
	}
}

// The growth of memory is gated by default where it says something: in long trials
// of an open model.
func TestGateOfMemoryGrowth(t *testing.T) {
	for test, advisory := range map[string]bool{
		"arrival: {rate: 10/s}\n    trial: 30s": false,
		"arrival: {rate: 10/s}\n    trial: 29s": true,
		"arrival: {users: 1}\n    trial: 30s":   true, // a faster head fills its caches faster
	} {
		c, err := parse("perfcheck.yml", []byte(small(test)))
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range c.Profiles[0].Gates {
			if g.Metric == "memory_growth" && g.Advisory != advisory {
				t.Errorf("%s: advisory %v", test, g.Advisory)
			}
		}
	}
}
