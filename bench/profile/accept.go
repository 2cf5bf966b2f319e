package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/perfcheck/perfcheck/bench"
)

// AcceptFile is what the file of accepted slowdowns is called. It stands beside
// perfcheck.yml, so that it is reviewed with the change that needs it.
const AcceptFile = "perfcheck.accept.yml"

// maxWhy is how long a reason may be, in characters: every report shows it, and
// a comment on a pull request no more of it.
const maxWhy = 200

// maxUpTo is the most that can be accepted of a metric. What is worse needs
// another gate, not an exception: beyond it hardly anything would be noticed.
func maxUpTo(m bench.Metric) float64 {
	switch {
	case m.Scale == bench.Difference && m.Unit == bench.Fraction:
		return 0.05 // 5 percentage points
	case m.Scale == bench.Difference:
		return 100 * bench.DefaultThreshold(bench.Key{Metric: m.Name})
	case m.Better == bench.HigherIsBetter:
		return 0.5 // a half is as far from the whole as its double
	default:
		return 1
	}
}

// lastUntil is the last day that can be named on a day: a year ahead.
func lastUntil(now time.Time) time.Time {
	return now.UTC().Truncate(24*time.Hour).AddDate(1, 0, 0)
}

// AcceptPath returns where the configuration's file of accepted slowdowns is,
// or would be.
func (c *Config) AcceptPath() string { return filepath.Join(filepath.Dir(c.Path), AcceptFile) }

// Accepted reads the accepted slowdowns of the configuration, of which there are
// none where there is no such file. Those whose last day is over are among them.
// When the file has mistakes, the error is [Problems].
func (c *Config) Accepted(now time.Time) ([]bench.Acceptance, error) {
	data, err := readBeside("", c.AcceptPath(), maxYAML)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return c.parseAccepted(data, now)
}

func (c *Config) parseAccepted(data []byte, now time.Time) ([]bench.Acceptance, error) {
	r := &acceptReader{reader: newReader(c.AcceptPath()), config: c, now: now, lines: map[acceptKey]int{}}
	root := r.parseYAML(data, "version: 1 and accept")
	if root == nil {
		return nil, r.problems.Err()
	}
	all := r.whole(root)
	return all, r.problems.Err()
}

// An acceptReader reads accepted slowdowns of the profiles of a configuration.
type acceptReader struct {
	*reader
	config *Config
	now    time.Time
	lines  map[acceptKey]int // of those that hold
}

type acceptKey struct {
	profile string
	bench.Key
}

func (r *acceptReader) whole(n *node) (all []bench.Acceptance) {
	r.fields(n, map[string]func(*node){
		"version": func(n *node) { r.version(n) },
		"accept":  func(n *node) { all = r.list(n) },
	})
	if n.kind == mapping && n.field("version") == nil {
		r.bad(n, "version is missing: write version: 1")
	}
	return all
}

// list reads the entries; when the last one was removed, none are left.
func (r *acceptReader) list(n *node) (all []bench.Acceptance) {
	if n.kind == list && len(n.items) == 0 || n.kind == scalar && n.value == nil {
		return nil
	}
	for _, item := range r.elements(n) {
		before := len(r.problems)
		a := r.entry(item)
		if len(r.problems) > before {
			continue
		}
		r.once(item, a)
		all = append(all, a)
	}
	return all
}

// once reports a second entry that holds for the same metric. Beside one that
// holds there may be others whose last day is over.
func (r *acceptReader) once(n *node, a bench.Acceptance) {
	if !a.Holds(r.now) {
		return
	}
	key := acceptKey{a.Profile, a.Key}
	if first, ok := r.lines[key]; ok {
		r.bad(n, "%s of profile %s is accepted twice, first in line %d: keep one", a.Key, a.Profile, first)
		return
	}
	r.lines[key] = n.Line
}

// acceptAdvice says how each key of an entry is written.
var acceptAdvice = []struct{ key, advice string }{
	{"profile", "write the name of the profile"},
	{"metric", "write the name of the metric, as in p50"},
	{"up_to", "write how much worse it may get, as in 12%"},
	{"why", "say why the team wants this"},
	{"until", "write its last day, as in 2026-12-31"},
}

func (r *acceptReader) entry(n *node) bench.Acceptance {
	a := bench.Acceptance{Where: fmt.Sprintf("%s:%d", AcceptFile, n.Line)}
	r.fields(n, map[string]func(*node){
		"profile": func(n *node) { a.Profile = r.text(n) },
		"step":    func(n *node) { a.Step = r.text(n) },
		"metric":  func(n *node) { a.Metric = r.text(n) },
		"up_to":   func(*node) {}, // read by limit, since its meaning depends on the metric
		"why":     func(n *node) { a.Why = r.why(n) },
		"until":   func(n *node) { a.Until = r.until(n) },
	})
	if n.kind != mapping {
		return a
	}
	for _, want := range acceptAdvice {
		if n.field(want.key) == nil {
			r.bad(n, "%s is missing: %s", want.key, want.advice)
		}
	}
	if gate, ok := r.gateOf(n, a); ok && n.field("up_to") != nil {
		a.UpTo = r.limit(n.field("up_to"), a.Profile, gate)
	}
	return a
}

// why reads a reason as one line, however it is broken.
func (r *acceptReader) why(n *node) string {
	text := strings.Join(strings.Fields(r.str(n)), " ")
	if utf8.RuneCountInString(text) > maxWhy {
		r.bad(n, "want at most %d characters: put the rest behind a link", maxWhy)
	}
	return text
}

func (r *acceptReader) until(n *node) time.Time {
	day, err := time.Parse(time.DateOnly, n.text)
	switch last := lastUntil(r.now); {
	case err != nil:
		r.bad(n, "want a day, as in 2026-12-31, got %s", n)
	case day.After(last):
		r.bad(n, "want a day up to %s, a year from now: what is to last is a gate (perfcheck.yml)", last.Format(time.DateOnly))
	}
	return day
}

// gateOf returns the gate that an entry makes an exception from, and reports what
// keeps it from having one. What is missing altogether was reported before. Where
// the last day is over, the entry changes nothing, and its step or gate may be gone
// since: any gate will do, lest a comparison fails by what was once right.
func (r *acceptReader) gateOf(n *node, a bench.Acceptance) (bench.Gate, bool) {
	if a.Profile == "" || a.Metric == "" {
		return bench.Gate{}, false
	}
	metric := n.field("metric")
	if _, err := bench.MetricIn(r.metricsOf(a.Profile), a.Metric); err != nil {
		r.noSuchMetric(metric, a.Metric, r.metricsOf(a.Profile), err)
		return bench.Gate{}, false
	}
	if !a.Until.IsZero() && !a.Holds(r.now) {
		return bench.Gate{Key: a.Key}, true
	}
	p, err := r.config.Profile(a.Profile)
	if err != nil {
		r.noSuch("profile", n.field("profile"), a.Profile, r.config.names())
		return bench.Gate{}, false
	}
	if parts := p.Parts(); a.Step != "" && !slices.Contains(parts, a.Step) {
		r.noSuch("step", n.field("step"), a.Step, parts)
		return bench.Gate{}, false
	}
	i := slices.IndexFunc(p.Gates, func(g bench.Gate) bool { return g.Key == a.Key })
	switch {
	case i < 0:
		r.bad(metric, "no gate limits %s of profile %s: there is nothing to accept", a.Key, p.Name)
	case p.Gates[i].Advisory:
		r.bad(metric, "the gate of %s is advisory and never fails: there is nothing to accept", a.Key)
	default:
		return p.Gates[i], true
	}
	return bench.Gate{}, false
}

// metricsOf returns those that a profile defines; none where there is no such profile.
func (r *acceptReader) metricsOf(name string) []bench.Custom {
	p, err := r.config.Profile(name)
	if err != nil {
		return nil
	}
	return p.Metrics
}

// limit reads how much worse the metric of a profile's gate may get.
func (r *acceptReader) limit(n *node, profile string, g bench.Gate) float64 {
	m, err := bench.MetricIn(r.metricsOf(profile), g.Metric)
	if err != nil {
		r.bad(n, "%v", err)
		return 0
	}
	if _, err := bench.MetricByName(g.Metric); err != nil && m.Scale == bench.Difference {
		r.bad(n, "%s is a metric of the profile's own that is compared by difference: change its gate instead", m.Name)
		return 0
	}
	v, ok := share(n.text, m)
	switch most := maxUpTo(m); {
	case !ok:
		r.bad(n, "%s", noThreshold(n.String(), n.text, m))
	case v <= g.Threshold:
		r.bad(n, "the gate of %s allows %s without: want more", g.Key, FormatThreshold(g.Threshold, m))
	case v > most:
		r.bad(n, "want at most %s: for more, make its gate advisory: write %s", FormatThreshold(most, m), ungated(profile, g, m))
	}
	return v
}

// ungated says what perfcheck.yml has to say for a gate to be advisory.
func ungated(profile string, g bench.Gate, m bench.Metric) string {
	threshold, at := "", "profiles."+profile+".gate"
	if g.Threshold > 0 { // none is known of what is over
		threshold = "threshold: " + FormatThreshold(g.Threshold, m) + ", "
	}
	if g.Step != "" {
		at += ".steps." + g.Step
	}
	return fmt.Sprintf("%s: {%sadvisory: true} below %s in perfcheck.yml", m.Name, threshold, at)
}
