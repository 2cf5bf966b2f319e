package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// history is a trend of 40 commits, of which the last 6 were measured on another
// machine. A cache made p50 faster, and a query made it and the CPU time worse.
func history() *compare.Trend {
	t := &compare.Trend{
		Schema: 1, Profile: "checkout", Branch: "main", Created: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Level: 0.01, Shuffles: 199, Seed: 1, Runs: 43,
		LeftOut: []compare.LeftOut{{Why: "incomplete", Runs: 2}, {Why: "of changes that were not committed", Runs: 1}},
		Stretches: []compare.Stretch{
			{Digest: "d1", Host: bench.Host{CPU: "AMD EPYC 7763", Cores: 4}, Service: "compose", Interleave: "slices", Way: "side by side", First: 0, Last: 33, Runs: 37},
			{Digest: "d1", Host: bench.Host{CPU: "Xeon 8370C", Cores: 4}, Service: "compose", Interleave: "slices", Way: "side by side", First: 34, Last: 39, Runs: 6, Differs: []string{"CPU: AMD EPYC 7763 and Xeon 8370C"}},
		},
	}
	for i := range 40 {
		t.Commits = append(t.Commits, bench.Subject{
			Commit: strings.Repeat(fmt.Sprintf("%02x", i*37%256), 20), Branch: "main", Title: fmt.Sprintf("Change %d", i),
			Time: time.Date(2026, 1, 1+i, 9, 30, 0, 0, time.UTC),
		})
	}
	t.Commits[12].Title, t.Commits[24].Title = "Cache product pages", "Count what is in stock in the list of products"
	t.Metrics = []compare.MetricTrend{
		metricTrend("p50", bench.Seconds, bench.LowerIsBetter, func(i int) float64 { return 0.012 * step(i, 12, 0.83) * step(i, 24, 1.31) }),
		metricTrend("throughput", bench.PerSecond, bench.HigherIsBetter, func(int) float64 { return 300 }),
		metricTrend("cpu_per_request", bench.CPUTime, bench.LowerIsBetter, func(i int) float64 { return 0.0008 * step(i, 24, 1.12) }),
		metricTrend("peak_memory", bench.Bytes, bench.LowerIsBetter, func(i int) float64 { return 129 << 20 }),
		{Key: bench.Key{Metric: "p99"}, Unit: bench.Seconds, Better: bench.LowerIsBetter, Scale: bench.Ratio, Lines: []compare.Line{}, Why: "run 20260101T093000: block 1: too few requests: 400 in 2s, and p99 needs 1000: a trial of 6s would do"},
		metricTrend("error_rate", bench.Fraction, bench.LowerIsBetter, func(i int) float64 { return 0 }),
	}
	p50, cpu := &t.Metrics[0].Lines[0], &t.Metrics[2].Lines[0]
	p50.Changes = []compare.Change{
		{At: 12, Before: 11, After: 12, From: 0.01206, To: 0.01, Size: -0.17, P: 0.005},
		{At: 23, Before: 22, After: 24, From: 0.01, To: 0.0131, Size: 0.31, P: 0.005, Worse: true},
	}
	cpu.Changes = []compare.Change{{At: 23, Before: 22, After: 24, From: 0.000804, To: 0.0009, Size: 0.12, P: 0.01, Worse: true}}
	return t
}

func step(i, at int, factor float64) float64 {
	if i < at {
		return 1
	}
	return factor
}

// metricTrend has a point of each commit but one, on both machines, the second
// of which is slower by a half.
func metricTrend(name string, u bench.Unit, better bench.Direction, value func(int) float64) compare.MetricTrend {
	m := compare.MetricTrend{Key: bench.Key{Metric: name}, Unit: u, Better: better, Scale: bench.Ratio, Lines: make([]compare.Line, 2)}
	if u == bench.Fraction {
		m.Scale = bench.Difference
	}
	m.Lines[1].Stretch, m.Lines[1].Few = 1, true
	for i := range 40 {
		v := value(i) * (1 + 0.01*math.Sin(float64(i*i)))
		switch {
		case i == 23:
			continue
		case i < 34:
			m.Lines[0].Points = append(m.Lines[0].Points, compare.Point{Commit: i, Value: v, Runs: 1 + i%11/10})
		default:
			m.Lines[1].Points = append(m.Lines[1].Points, compare.Point{Commit: i, Value: 1.5 * v, Runs: 1})
		}
	}
	return m
}

func young() *compare.Trend {
	t := history()
	t.Commits, t.Stretches, t.Runs, t.LeftOut = t.Commits[:4], t.Stretches[:1], 4, nil
	t.Stretches[0].Last, t.Stretches[0].Runs = 3, 4
	t.Metrics = t.Metrics[1:2]
	l := &t.Metrics[0].Lines[0]
	l.Points, l.Few = l.Points[:4], true
	t.Metrics[0].Lines = t.Metrics[0].Lines[:1]
	return t
}

// nothing is a trend of which all runs were left out.
func nothing() *compare.Trend {
	return &compare.Trend{
		Schema: 1, Profile: "checkout", Branch: "main", LeftOut: []compare.LeftOut{{Why: "incomplete", Runs: 2}},
		Metrics: []compare.MetricTrend{{Key: bench.Key{Metric: "p50"}, Unit: bench.Seconds}},
	}
}

func steady() *compare.Trend {
	t := history()
	for i := range t.Metrics {
		for j := range t.Metrics[i].Lines {
			t.Metrics[i].Lines[j].Changes = nil
		}
	}
	return t
}

func trendText(t *testing.T, trend *compare.Trend, o TextOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Trend(&b, trend, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func trendHTML(t *testing.T, trend *compare.Trend) string {
	t.Helper()
	var b bytes.Buffer
	if err := TrendHTML(&b, trend); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTrend(t *testing.T) {
	for _, test := range []struct {
		name  string
		trend *compare.Trend
		o     TextOptions
	}{
		{"trend", history(), TextOptions{Width: 120}},
		{"trend-narrow", history(), TextOptions{Width: 80}},
		{"trend-color", history(), TextOptions{Width: 120, Color: true}},
		{"trend-steady", steady(), TextOptions{}},
		{"trend-young", young(), TextOptions{Width: 100}},
		{"trend-empty", nothing(), TextOptions{Width: 100}},
	} {
		t.Run(test.name, func(t *testing.T) { golden(t, test.name+".txt", trendText(t, test.trend, test.o)) })
	}
}

func TestTrendJSON(t *testing.T) {
	var b bytes.Buffer
	if err := TrendJSON(&b, young()); err != nil {
		t.Fatal(err)
	}
	golden(t, "trend.json", b.Bytes())
}

// The style, which the page shares with others, and its sum are left out.
func TestTrendHTML(t *testing.T) {
	page := strings.Replace(trendHTML(t, history()), htmlStyle+trendStyle, "", 1)
	page = regexp.MustCompile(`sha256-[^ ]*;`).ReplaceAllString(page, "SUM;")
	golden(t, "trend.html", []byte(page))
}

// TestTrendHTMLIsWhole: each tag is closed, and nothing is fetched.
func TestTrendHTMLIsWhole(t *testing.T) {
	for _, trend := range []*compare.Trend{history(), steady(), young(), nothing()} {
		page := trendHTML(t, trend)
		for _, outside := range []string{"http:", "https:", "src=", "href=\"h", "url(", "@import", "<script"} {
			if strings.Contains(page, outside) {
				t.Errorf("the page has %q", outside)
			}
		}
		d := xml.NewDecoder(strings.NewReader(page))
		d.Entity = xml.HTMLEntity
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// hostileTrend has a hostile text wherever one can come from outside.
func hostileTrend(text string) *compare.Trend {
	t := history()
	t.Profile, t.Branch, t.LeftOut[0].Why = text, text, text
	for i := range t.Commits {
		t.Commits[i].Title, t.Commits[i].Branch, t.Commits[i].Commit, t.Commits[i].Time = text, text, text, time.Time{}
	}
	for i := range t.Stretches {
		s := &t.Stretches[i]
		s.Host.CPU, s.Service, s.Differs = text, text, []string{text}
	}
	for i := range t.Metrics {
		t.Metrics[i].Step, t.Metrics[i].Why, t.Metrics[i].Unit = text, text, bench.Unit(text)
	}
	return t
}

func TestTrendObeysNothingFromOutside(t *testing.T) {
	wantHarmless(t, trendText(t, hostileTrend(hostile), TextOptions{Width: 100}))
	page := trendHTML(t, hostileTrend("\u202e\x1b[31m\"'><script>alert(1)</script><!-- {{.}}"))
	if strings.Contains(page, "<script") || strings.Contains(page, `"'>`) || !strings.Contains(page, "alert(1)") {
		t.Error("the page has a tag from outside, or lacks its text")
	}
	for i, r := range page {
		if r != '\n' && unicode.Is(unicode.C, r) {
			t.Fatalf("%U at %d of the page", r, i)
		}
	}
}

func TestTrendIsLeftAsItIs(t *testing.T) {
	trend := history()
	trendText(t, trend, TextOptions{})
	trendHTML(t, trend)
	if !reflect.DeepEqual(trend, history()) {
		t.Error("a renderer has changed the model")
	}
}

func TestSparkline(t *testing.T) {
	points := func(values ...float64) (p []compare.Point) {
		for i, v := range values {
			p = append(p, compare.Point{Commit: i, Value: v})
		}
		return p
	}
	for _, test := range []struct {
		points []compare.Point
		width  int
		scale  bench.Scale
		want   string
	}{
		{points(1), 1, bench.Ratio, "▅"},
		{points(1, 2, 3, 4, 5, 6, 7, 8), 8, bench.Ratio, "▁▂▃▄▅▆▇█"},
		{points(1, 2, 3, 4, 5, 6, 7, 8), 4, bench.Ratio, "▁▃▆█"},
		{points(100, 101, 100), 3, bench.Ratio, "▄▅▄"}, // 1 % is a tenth of the least span
		{points(0, 0), 2, bench.Difference, "▁▁"},
		{points(0, 0.1), 2, bench.Difference, "▁█"},
		{points(-5000), 1, bench.Difference, "▅"}, // memory that is given back
		{points(-5000, -5010, -4990), 3, bench.Difference, "▅▄▅"},
		{points(-5000, 0, 5000), 3, bench.Difference, "▁▅█"},
	} {
		if got := sparkline(test.points, test.width, test.scale); got != test.want {
			t.Errorf("%v in %d columns: %s, want %s", test.points, test.width, got, test.want)
		}
	}
}

// TestSparklinesKeepToTheirWidth however many stretches there are.
func TestSparklinesKeepToTheirWidth(t *testing.T) {
	for stretches := 1; stretches <= 40; stretches++ {
		var m compare.MetricTrend
		for i := range stretches {
			m.Lines = append(m.Lines, compare.Line{Stretch: i, Points: make([]compare.Point, 1+i*i%7)})
			for j := range m.Lines[i].Points {
				m.Lines[i].Points[j].Value = float64(1 + j)
			}
		}
		for _, width := range []int{minHistory, historyWidth} {
			drawn := sparklines(&m, width)
			if n := utf8.RuneCountInString(drawn); n > width || n < min(stretches, width-1) || strings.HasPrefix(drawn, "…") != (stretches > width/2) {
				t.Errorf("%d stretches in %d columns take %d: %s", stretches, width, n, drawn)
			}
		}
	}
}

// TestTrendOfManyStretches: no two of the first eight look alike, and the points of all name theirs.
func TestTrendOfManyStretches(t *testing.T) {
	trend := history()
	line := trend.Metrics[1].Lines[1]
	for len(trend.Stretches) < 9 {
		line.Stretch = len(trend.Stretches)
		trend.Stretches = append(trend.Stretches, trend.Stretches[1])
		trend.Metrics[1].Lines = append(trend.Metrics[1].Lines, line)
	}
	page, seen := trendHTML(t, trend), make(map[string]bool)
	for i := range 8 {
		class, mark := stretchClass(i)
		if legend := fmt.Sprintf(`<span class="%s" aria-hidden="true">%s</span> %s: `, class, mark, stretchName(i)); seen[class+mark] || !strings.Contains(page, legend) {
			t.Errorf("stretch %d has the look of another, or no %s", i, legend)
		}
		seen[class+mark] = true
	}
	if !strings.Contains(page, "\nin I</title>") {
		t.Error("the points of the ninth stretch do not name it")
	}
}

// TestTrendOfTheScatter: such a change is neither for the worse nor for the better.
func TestTrendOfTheScatter(t *testing.T) {
	trend := steady()
	l := &trend.Metrics[1].Lines[0]
	l.Changes = []compare.Change{{At: 12, Before: 11, After: 12, From: 300, To: 300, Size: -0.001, P: 0.005, Scatter: true}}
	got := string(trendText(t, trend, TextOptions{Width: 120}))
	for _, want := range []string{"~ 1 change of the scatter: profile checkout", "  ~ throughput  -0.1 %", "  ~        the points differ"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if page := trendHTML(t, trend); !strings.Contains(page, `<tr class="doubt"><th scope="row"><span aria-hidden="true">~</span> throughput`) {
		t.Error("the page does not show it")
	}
}

// TestTrendOfAYoungMetric: that no change could be told is not to look like none.
func TestTrendOfAYoungMetric(t *testing.T) {
	trend := steady()
	m := &trend.Metrics[1]
	m.Lines = m.Lines[1:]
	got := string(trendText(t, trend, TextOptions{Width: 160}))
	for _, want := range []string{"  – throughput", "note: throughput has too few points, fewer than 12 that were measured alike, to tell a change", "note: 4 series were looked at"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestRoundStep(t *testing.T) {
	for _, test := range []struct {
		u       bench.Unit
		v, want float64
	}{
		{bench.Seconds, 0.0011, 0.002}, {bench.Seconds, 1, 1}, {bench.Seconds, 3, 5}, {bench.Seconds, 70, 100},
		{bench.Bytes, 3 << 20, 4 << 20}, {bench.Bytes, 1 << 20, 1 << 20}, {bench.Fraction, 0.00025, 0.0005},
	} {
		if got := roundStep(test.u, test.v); math.Abs(got-test.want) > 1e-12*test.want {
			t.Errorf("%v %s: %v, want %v", test.v, test.u, got, test.want)
		}
	}
}
