package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare/stats"
)

func (p *page) usage(r *bench.Run) {
	p.field("CPU", median(r, "", "cpu_per_request")+" per request")
	p.field("memory", median(r, "", "peak_memory")+" at its peak")
	if other := otherUsage(r); other != "" {
		p.field("also", other)
	}
	if own := customUsage(r); own != "" {
		p.field("metrics", own)
	}
	p.leak(r)
	p.parts(r)
}

// customUsage lists the metrics that the profile defines.
func customUsage(r *bench.Run) string {
	var texts []string
	for _, c := range r.Custom {
		texts = append(texts, c.Name+" "+median(r, "", c.Name))
	}
	return strings.Join(texts, ", ")
}

// otherUsage lists what else the service used, where it did.
func otherUsage(r *bench.Run) string {
	var texts []string
	for _, m := range bench.Metrics() {
		if bench.DefaultThresholds[m.Name] > 0 {
			continue // it is shown elsewhere
		}
		if v := valuesOf(r, "", m.Name); len(v) > 0 && stats.Median(v) != 0 {
			texts = append(texts, m.Name+" "+m.Unit.Format(stats.Median(v)))
		}
	}
	return strings.Join(texts, ", ")
}

// parts writes what each container used of the trials that may be judged.
func (p *page) parts(r *bench.Run) {
	cpu, peak := make(map[string]time.Duration), make(map[string]int64)
	var names []string
	var sum time.Duration
	for _, t := range r.Trials {
		if len(t.Invalid) > 0 {
			continue
		}
		for _, part := range t.Usage.Parts {
			if _, seen := cpu[part.Name]; !seen {
				names = append(names, part.Name)
			}
			cpu[part.Name] += part.CPU
			peak[part.Name] = max(peak[part.Name], part.PeakMemory)
			sum += part.CPU
		}
	}
	if len(names) == 0 {
		return
	}
	var t table
	t.add(dim, "container", "of the CPU", "peak memory")
	for _, name := range names {
		share := cpu[name].Seconds() / max(sum, 1).Seconds()
		t.add(plain, name, bench.Fraction.Format(share), bench.Bytes.Format(float64(peak[name])))
	}
	p.WriteByte('\n')
	p.table(t)
}

// leak warns where the memory surely grew, trial for trial. That it does so with the
// load says nothing.
func (p *page) leak(r *bench.Run) {
	const metric = "memory_growth"
	growth := valuesOf(r, "", metric)
	limit := bench.DefaultThreshold(bench.Key{Metric: metric})
	if r.Rising || len(growth) < minTrials {
		return
	}
	if shift := stats.OneSample(growth, 0.95); shift.Low > limit {
		p.paragraph(yellow, "  ! ", fmt.Sprintf("the memory grew by %s of load (95 %% interval %s to %s): %s, or the service was still finding its size; trials of %v tell",
			bench.BytesPerSecond.Format(shift.Estimate), bench.BytesPerSecond.Format(shift.Low), bench.BytesPerSecond.Format(shift.High), bench.Called[metric], bench.LongTrial))
	}
}

// minTrials is from how many on all of them say something: 6 of 6 trials on one
// side of a limit have a chance of 1 in 32.
const minTrials = 6
