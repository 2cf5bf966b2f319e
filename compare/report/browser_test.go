package report

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// browser starts a headless Chromium. Where there is none the test is skipped,
// but with CI set it fails.
func browser(t *testing.T) context.Context {
	t.Helper()
	program := chromium()
	switch {
	case program == "" && os.Getenv("CI") != "":
		t.Fatal("no Chromium on the PATH: install chromium (apt-get install chromium)")
	case program == "":
		t.Skip("no Chromium on the PATH")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.NoSandbox, // which many containers have no means for; the pages are our own
		chromedp.WSURLReadTimeout(2*time.Minute),
	)
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, closeAll := chromedp.NewContext(ctx)
	t.Cleanup(closeAll)
	if err := chromedp.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// A visit is a page in a tab, and what it did there.
type visit struct {
	t   *testing.T
	ctx context.Context
	url string

	mu       sync.Mutex
	loud     []string // what it wrote to the console
	requests []string
}

// open shows the report of a comparison, from a file.
func open(t *testing.T, browser context.Context, c *compare.Comparison) *visit {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(html(t, c)), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, closeTab := chromedp.NewContext(browser)
	t.Cleanup(closeTab)
	v := &visit{t: t, ctx: ctx, url: (&url.URL{Scheme: "file", Path: path}).String()}
	chromedp.ListenTarget(ctx, v.heard)
	v.do(network.Enable(), chromedp.Navigate(v.url))
	return v
}

func (v *visit) heard(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		v.requests = append(v.requests, e.Request.URL)
	case *runtime.EventConsoleAPICalled:
		v.loud = append(v.loud, fmt.Sprint(e.Type))
	case *runtime.EventExceptionThrown:
		v.loud = append(v.loud, e.ExceptionDetails.Error())
	case *log.EventEntryAdded:
		v.loud = append(v.loud, e.Entry.Text)
	}
}

func (v *visit) do(actions ...chromedp.Action) {
	v.t.Helper()
	if err := chromedp.Run(v.ctx, actions...); err != nil {
		v.t.Fatal(err)
	}
}

func (v *visit) resize(width int64) {
	v.t.Helper()
	v.do(chromedp.EmulateViewport(width, 900))
}

func (v *visit) prefer(scheme string) {
	v.t.Helper()
	v.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
}

// evaluate returns the value of a script. A page's policy does not bind it.
func evaluate[T any](v *visit, script string) (value T) {
	v.t.Helper()
	v.do(chromedp.Evaluate(script, &value))
	return value
}

// quiet makes sure that the page asked for nothing and complained of nothing.
func (v *visit) quiet() {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.loud) > 0 {
		v.t.Errorf("the console has %q", v.loud)
	}
	for _, r := range v.requests {
		if r != v.url && !strings.HasPrefix(r, "data:,") {
			v.t.Errorf("the page asked for %s", r)
		}
	}
	if len(v.requests) == 0 {
		v.t.Error("no request was seen, not even the one for the page")
	}
}

// wide are the elements that reach beyond the window, but in a part that scrolls.
const wide = `[...document.querySelectorAll('body *')]
	.filter(e => e.checkVisibility() && !e.closest('thead, .wide, .numbers, svg') && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
	.map(e => e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 40)).slice(0, 5)`

// cramped says whether the table of metrics is wider than its place.
const cramped = `[...document.querySelectorAll('.wide')].some(e => e.scrollWidth > e.clientWidth)`

// broken are the numbers that go over two lines.
const broken = `[...document.querySelectorAll('.metrics i:not(:empty)')].filter(i => {
	const number = document.createRange()
	number.setStart(i.previousSibling ?? i, 0)
	number.setEndAfter(i)
	const tops = [...number.getClientRects()].filter(r => r.width).map(r => r.top)
	return Math.max(...tops) - Math.min(...tops) > 10
}).map(i => i.parentElement.textContent)`

// styled says whether the style sheet is in force: a sum that is not its own
// would have it blocked.
const styled = `getComputedStyle(document.body).fontVariantNumeric === 'tabular-nums'`

func TestHTMLInBrowser(t *testing.T) {
	b := browser(t)
	t.Run("fits", func(t *testing.T) { fits(t, b) })
	t.Run("dark", func(t *testing.T) { dark(t, b) })
	t.Run("leads to the blocks", func(t *testing.T) { leadsToBlocks(t, b) })
	t.Run("runs nothing", func(t *testing.T) { runsNothing(t, b) })
}

// Whatever the comparison, the page fits its window, can be read in both
// schemes, asks for nothing and complains of nothing.
func fits(t *testing.T, b context.Context) {
	contrast, err := os.ReadFile("testdata/contrast.js")
	if err != nil {
		t.Fatal(err)
	}
	all := models(t)
	long := inconclusive()
	d := &long.Deltas[0]
	d.Metric, d.Unit, d.Scale, d.Verdict = "memory_growth", bench.BytesPerSecond, bench.Difference, compare.Inconclusive
	d.Threshold, d.Limit, d.Spread, d.Seen = 256<<10, 256<<10, 17.4*1024, 262<<10
	all["long units"] = long
	all["hostile"] = hostileIn(recorded(t), strings.Repeat("LongName", 40))
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			v := open(t, b, c)
			if !evaluate[bool](v, styled) {
				t.Fatal("the style sheet is not in force")
			}
			evaluate[bool](v, `document.querySelectorAll('details').forEach(d => { d.open = true }), true`)
			for _, width := range []int64{360, 800, 1160, 1400} {
				v.resize(width)
				if found := evaluate[[]string](v, wide); len(found) > 0 {
					t.Errorf("%d px: too wide are %q", width, found)
				}
				if name != "hostile" && evaluate[bool](v, cramped) {
					t.Errorf("%d px: the table scrolls sideways", width)
				}
				if found := evaluate[[]string](v, broken); name != "hostile" && len(found) > 0 {
					t.Errorf("%d px: over two lines go %q", width, found)
				}
				if evaluate[int](v, "document.documentElement.scrollWidth") > int(width) {
					t.Errorf("%d px: the page scrolls sideways", width)
				}
			}
			for _, scheme := range []string{"light", "dark"} {
				v.prefer(scheme)
				if weak := evaluate[[]string](v, string(contrast)); len(weak) > 0 {
					t.Errorf("%s: too little contrast in %q", scheme, weak)
				}
			}
			v.quiet()
		})
	}
}

func dark(t *testing.T, b context.Context) {
	v := open(t, b, regression())
	v.prefer("light")
	light := evaluate[string](v, "getComputedStyle(document.body).backgroundColor")
	v.prefer("dark")
	if dark := evaluate[string](v, "getComputedStyle(document.body).backgroundColor"); dark == light {
		t.Errorf("the page is %s in both", dark)
	}
}

// A reader sees the regression, and gets from its row to its blocks.
func leadsToBlocks(t *testing.T, b context.Context) {
	c := recorded(t)
	v := open(t, b, c)
	for _, width := range []int64{360, 1400} {
		v.resize(width)
		rows := evaluate[string](v, `[...document.querySelectorAll('.metrics tr.bad')].filter(r => r.checkVisibility() && r.getBoundingClientRect().height > 10).map(r => r.innerText).join('\n')`)
		for _, want := range []string{"search products p50", "+44 %", "regression"} {
			if !strings.Contains(rows, want) {
				t.Errorf("%d px: the regressions are\n%s\nwant %s in them", width, rows, want)
			}
		}
	}
	last := fmt.Sprintf("#m%d", len(c.Deltas))
	opened := fmt.Sprintf(`document.querySelector('%s').parentElement.open`, last)
	if evaluate[bool](v, opened) {
		t.Fatal("the last metric is unfolded at first")
	}
	v.do(chromedp.Click(`.metrics a[href="`+last+`"]`, chromedp.ByQuery), chromedp.WaitVisible(last+" svg", chromedp.ByQuery))
	if !evaluate[bool](v, opened) {
		t.Error("the row's link does not unfold the metric")
	}
	v.do(chromedp.Click(last+" .numbers > summary", chromedp.ByQuery), chromedp.WaitVisible(last+" .blocks td", chromedp.ByQuery))
	v.quiet()
}

// Nothing in a name runs, loads or becomes an element.
func runsNothing(t *testing.T, b context.Context) {
	for _, evil := range []string{
		`</script><img src=x onerror="document.title='pwned'">`,
		`</title></style><script>document.title='pwned'</script>`,
		`"><svg onload="document.title='pwned'"><style>@import "http://127.0.0.1:9/x"</style>`,
		`<iframe srcdoc="<script>top.document.title='pwned'</script>"></iframe><base href="http://127.0.0.1:9/">`,
		`' autofocus onfocus='document.title="pwned"' href='javascript:alert(1)`,
		`{{.Style}}<meta http-equiv=refresh content="0;url=http://127.0.0.1:9/">`,
	} {
		v := open(t, b, hostileIn(recorded(t), evil))
		if found := evaluate[int](v, `document.querySelectorAll('img, script, iframe, base, body style, body meta, [onload], [onerror], [onfocus], [autofocus]').length`); found > 0 {
			t.Errorf("%s: %d elements or attributes of its own", evil, found)
		}
		if title := evaluate[string](v, "document.title"); title == "pwned" {
			t.Errorf("%s ran", evil)
		}
		if text := evaluate[string](v, "document.querySelector('.lead').textContent"); text != evil {
			t.Errorf("%s shows as %s", evil, text)
		}
		v.quiet()
	}
}
