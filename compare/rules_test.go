package compare

import (
	"math"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare/stats"
)

// A rule is a way of telling whether head got worse.
type rule struct {
	Name   string `json:"rule"`
	alarms func(*simulation) bool
	errors float64 // share of requests that fail on both sides
}

// otherTrials is how many trials an arm the rules get that do not look for
// themselves: what benchstat advises for its -count.
const otherTrials = 10

// rules are ours and what else is in use, each as one finds it.
var rules = []rule{
	{"perfcheck", called, 0},
	{"perfcheck, 0.5 % of all requests failing on both sides", called, 0.005},
	{"each metric for itself, significant at 1 % at any of the looks", aloneAtEveryLook, 0},
	{"all requests of 10 trials pooled, Mann-Whitney at 5 %", pooledRequests, 0},
	{"10 trials of base, then 10 of head, Mann-Whitney at 5 % per metric (benchstat by hand)", sequential, 0},
	{"one value each, 10 % worse (an alert threshold of 110 % in github-action-benchmark)", singleValues, 0},
}

func called(s *simulation) bool { return s.run().Verdict == Regression }

// aloneAtEveryLook measures as perfcheck does, and forgets that there are
// several metrics, several looks and a threshold.
func aloneAtEveryLook(s *simulation) bool {
	for _, l := range looks {
		s.measure(l.blocks)
		exchanges := stats.NewExchanges(l.blocks, s.seed)
		for i := range s.series {
			if _, extreme := exchanges.Test(s.series[i].changes()); float64(extreme) <= 0.01*float64(exchanges.Count()) {
				return true
			}
		}
	}
	return false
}

// requestSpread is the standard deviation of the logarithm of a request's
// latency within a trial, as in the demo shop: (ln p90 - ln p50) / 1.28.
const requestSpread = 0.4

// pooledRequests takes 1,000 requests from each trial, measured in turns as
// perfcheck does, and compares all of base's latencies with all of head's.
func pooledRequests(s *simulation) bool {
	s.measure(otherTrials)
	p50 := s.series[0]
	pool := func(medians []float64) (latencies []float64) {
		for _, median := range medians[:otherTrials] {
			for range 1000 {
				latencies = append(latencies, median*math.Exp(requestSpread*s.random.NormFloat64()))
			}
		}
		return latencies
	}
	return significant(pool(p50.base), pool(p50.head))
}

// sequential measures base's trials first, and then head's.
func sequential(s *simulation) bool {
	s.measure(2 * otherTrials)
	for _, x := range s.series {
		if significant(x.base[:otherTrials], x.head[otherTrials:2*otherTrials]) {
			return true
		}
	}
	return false
}

// significant tests as is customary: at 5 %, for a difference in either direction.
func significant(base, head []float64) bool { return twoSided(base, head) <= 0.05 }

func twoSided(base, head []float64) (p float64) {
	_, less, greater := stats.MannWhitney(head, base)
	return 2 * min(less, greater)
}

// singleValues compares one trial with one other.
func singleValues(s *simulation) bool {
	s.measure(1)
	for _, x := range s.series {
		if x.metric.Scale == bench.Ratio && worsening(x.metric, x.base[0], x.head[0]) > math.Log(1.10) {
			return true
		}
	}
	return false
}
