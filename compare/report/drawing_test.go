package report

import (
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// A line is a part of a path, of no length where it is a dot.
type line struct{ x1, y1, x2, y2 int }

var command = regexp.MustCompile(`([MmHhV])(-?\d+)(?: (-?\d+))?`)

// lines reads a path as a browser does.
func lines(t *testing.T, d path) (all []line) {
	t.Helper()
	if rest := command.ReplaceAllString(string(d), ""); rest != "" {
		t.Fatalf("%q in %s", rest, d)
	}
	var x, y int
	for _, match := range command.FindAllStringSubmatch(string(d), -1) {
		first, _ := strconv.Atoi(match[2])
		second, _ := strconv.Atoi(match[3]) // 0 where the command takes one number
		from := line{x, y, x, y}
		switch match[1] {
		case "M":
			x, y = first, second
			continue
		case "m":
			x, y = x+first, y+second
			continue
		case "H":
			x = first
		case "h":
			x += first
		case "V":
			y = first
		}
		from.x2, from.y2 = x, y
		all = append(all, from)
	}
	return all
}

// marked returns the lines of a plot's mark.
func marked(t *testing.T, p *drawing, class string) []line {
	t.Helper()
	for _, m := range p.Marks {
		if m.Class == class {
			return lines(t, m.Path)
		}
	}
	t.Fatalf("no mark %q in %+v", class, p)
	return nil
}

// Zero is in the middle, the limit a quarter of the width to its right, and
// worse is to the right whichever way a metric gets worse.
func TestForest(t *testing.T) {
	const middle, quarter = forestWidth / 2, forestWidth / 4
	for _, test := range []struct {
		name           string
		better         bench.Direction
		shift          float64
		low, high      float64
		at, start, end int
	}{
		{"no change", bench.LowerIsBetter, 0, -0.05, 0.05, middle, middle - quarter, middle + quarter},
		{"at the limit", bench.LowerIsBetter, 0.05, 0, 0.15, middle + quarter, middle, middle + 60},
		{"less throughput", bench.HigherIsBetter, -0.05, -0.15, 0, middle + quarter, middle + 60, middle},
		{"far beyond", bench.LowerIsBetter, 1e9, 0.05, math.Inf(1), forestWidth, middle + quarter, forestWidth},
	} {
		d := latency("", "p50", 1, test.shift, test.low, test.high, 0.05, compare.Pass)
		d.Better, d.Limit = test.better, 0.05
		p := forest(&d)
		if got, want := marked(t, p, "ci"), []line{{test.start, 10, test.end, 10}}; !slices.Equal(got, want) {
			t.Errorf("%s: interval %v, want %v", test.name, got, want)
		}
		if got := marked(t, p, "at"); got[0].x1 != test.at {
			t.Errorf("%s: at %v, want %v", test.name, got, test.at)
		}
	}
	for _, d := range []compare.Delta{{}, {Blocks: 8}, {Blocks: 8, Limit: 1, Low: math.NaN()}} {
		if p := forest(&d); p != nil {
			t.Errorf("%+v has a forest row", d)
		}
	}
}

// paired is a delta with the given values.
func paired(base, head []float64) *compare.Delta {
	d := latency("", "p50", 1, 0.1, 0.05, 0.15, 0.05, compare.Pass)
	d.Limit, d.Base, d.Head = 0.05, base[0], head[0]
	for i := range base {
		d.Explain.Blocks = append(d.Explain.Blocks, i+1)
		d.Explain.Change = append(d.Explain.Change, 0)
	}
	d.Explain.Base, d.Explain.Head = base, head
	return &d
}

func TestBlockPlotJoinsPairs(t *testing.T) {
	p := blockPlot(paired([]float64{1, 2, 3}, []float64{2, 4, 3}))
	base, head, pairs := marked(t, p, "base dot"), marked(t, p, "head dot"), marked(t, p, "pair")
	for block := range 3 {
		b, h := base[block], head[block]
		if want := (line{b.x1, b.y1, h.x1, h.y1}); b.x1 != h.x1 || pairs[block] != want {
			t.Errorf("block %d: base %v, head %v, joined by %v", block, b, h, pairs[block])
		}
	}
	if !(base[0].y1 > head[0].y1) {
		t.Error("the larger value is not higher up")
	}
	if base[2].y1 != head[2].y1 {
		t.Error("equal values are not at the same height")
	}
}

func TestBlockPlotOfSides(t *testing.T) {
	c := apart()
	p := blockPlot(&c.Deltas[0])
	e := c.Deltas[0].Explain
	for class, n := range map[string]int{"session dot": len(e.Sessions), "base dot": len(e.Base), "head dot": len(e.Head)} {
		if got := len(marked(t, p, class)); got != n {
			t.Errorf("%d of %d: %s", got, n, class)
		}
	}
	if changePlot(&c.Deltas[0]) != nil {
		t.Error("there is a change in each block, and no block")
	}
}

// Whatever the values, all that is drawn is within the plot.
func TestPlotsKeepWithinTheirFrame(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	value := func() float64 {
		switch random.IntN(8) {
		case 0:
			return 0
		case 1:
			return math.Ldexp(random.Float64(), random.IntN(2000)-1000)
		default:
			return math.Exp(random.NormFloat64())
		}
	}
	for range 2000 {
		n := 1 + random.IntN(34)
		base, head := make([]float64, n), make([]float64, n)
		for i := range n {
			base[i], head[i] = value(), value()
		}
		d := paired(base, head)
		d.Low, d.Shift, d.High, d.Limit = -value(), value(), value(), value()
		if random.IntN(2) == 0 {
			d.Scale = bench.Difference
		}
		for _, p := range []*drawing{forest(d), blockPlot(d), changePlot(d)} {
			if p != nil {
				within(t, p)
			}
		}
	}
}

func within(t *testing.T, p *drawing) {
	t.Helper()
	for _, m := range p.Marks {
		for _, l := range lines(t, m.Path) {
			if min(l.x1, l.x2, l.y1, l.y2) < 0 || max(l.x1, l.x2) > p.Width || max(l.y1, l.y2) > p.Height {
				t.Fatalf("%s: %v in %s", m.Class, l, m.Path)
			}
		}
	}
	for _, l := range p.Labels {
		if l.X < 0 || l.X > p.Width || l.Y < 0 || l.Y > p.Height {
			t.Fatalf("label %+v", l)
		}
	}
}

// Labels that stand on one line do not overlap: digits are about 7 wide.
func TestMediansStandApart(t *testing.T) {
	for _, head := range []float64{0.999, 1, 1.001, 1.5} {
		p := blockPlot(paired([]float64{1, 0.5, 2}, []float64{head, 0.5, 2}))
		var ys []int
		for _, l := range p.Labels {
			if l.X == medianStart {
				ys = append(ys, l.Y)
			}
		}
		if len(ys) != 2 || max(ys[0], ys[1])-min(ys[0], ys[1]) < lineHeight-1 {
			t.Errorf("head %v: medians at %v", head, ys)
		}
	}
}

func TestPlotsOfNothing(t *testing.T) {
	inf := paired([]float64{1, math.Inf(1)}, []float64{1, 2})
	for _, d := range []*compare.Delta{{}, {Blocks: 8}, inf} {
		if blockPlot(d) != nil || changePlot(d) != nil {
			t.Errorf("%+v has a plot", d)
		}
	}
	zeros := paired([]float64{0, 0}, []float64{0, 0})
	if changePlot(zeros) != nil {
		t.Error("0/0 has a plot")
	}
	zeros.Scale, zeros.Low, zeros.High, zeros.Shift = bench.Difference, 0, 0, 0
	within(t, changePlot(zeros))
	within(t, blockPlot(zeros))
}
