package report

import (
	"fmt"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// measured says where and how a comparison was measured, what its verdict rests
// on, and what the columns mean.
func (p *post) measured() string {
	c := p.c
	if c.Verdict == compare.Skipped {
		return ""
	}
	var b strings.Builder
	fact := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "- **%s** %s\n", name, sentence(text))
		}
	}
	fact("measured", measurement(c))
	if len(c.Deltas) > 0 {
		if !manyProfiles(c) {
			fact("profile", c.Deltas[0].Profile)
		}
		fact("verdict", basis(c))
		fact("noise", noiseMeans(c))
		fact("sees", seesMeans)
	}
	if c.Host.CPU != "" {
		fact("machine", machine(c.Host))
	}
	fact("service", c.Service)
	fact("perfcheck", c.Host.Perfcheck)
	fact("id", c.ID)
	fact("logs", logs(c))
	return p.fold("How it was measured", b.String()+p.items("**note** ", c.Notes))
}

func machine(h bench.Host) string {
	parts := []string{h.CPU, bench.Count(h.Cores, "core")}
	if h.Memory > 0 {
		parts = append(parts, bench.Bytes.Format(float64(h.Memory)))
	}
	for _, part := range []string{h.OS, h.Kernel, h.Engine} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// basis says what makes a verdict of the numbers.
func basis(c *compare.Comparison) string {
	gated := 0
	for i := range c.Deltas {
		if c.Deltas[i].Gated {
			gated++
		}
	}
	text := fmt.Sprintf("rests on %s: one passes when its %s interval ends before its limit", bench.Count(gated, "gated metric"), confidence(c))
	if c.Level == 0 { // too little was measured to look
		return text
	}
	text += fmt.Sprintf(", and is a regression when its change exceeds its limit at an adjusted p of at most %s", probability(c.Level))
	if c.Exchanges > 0 {
		text += fmt.Sprintf(", from %d exchanges of base and head within blocks", c.Exchanges)
	}
	return text
}

// explainWidth is how many columns fit beside GitHub's own.
const explainWidth = 100

// explained is what --explain prints, cut before the first metric for which
// there is no room.
func (p *post) explained(room int) string {
	if !p.full || len(p.c.Deltas)+len(p.c.Candidates) == 0 {
		return ""
	}
	how := &page{width: explainWidth}
	how.titled("Which runs were taken", candidates(p.c))
	how.titled("How it was decided", decided(p.c))
	ticks := longestRun(how.String())
	if how.Len()+2*ticks+foldSize+leftOutSize > room {
		return ""
	}
	deltas := ordered(p.c.Deltas)
	for i, d := range deltas {
		one := &page{width: explainWidth}
		one.explainMetric(p.c, d)
		ticks = max(ticks, longestRun(one.String()))
		if how.Len()+one.Len()+2*ticks+foldSize+leftOutSize > room {
			how.WriteByte('\n')
			how.line(plain, fmt.Sprintf("…and %s for which there is no room", bench.Count(len(deltas)-i, "metric")))
			break
		}
		how.WriteString(one.String())
	}
	return foldAlways("How it was decided, metric by metric", fence("text", strings.TrimLeft(how.String(), "\n")))
}
