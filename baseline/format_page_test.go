package baseline

import (
	"bytes"
	"flag"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
)

const formatPage = "../docs/format.md"

var updateFlag = flag.Bool("update", false, "write the example into docs/format.md")

var example = regexp.MustCompile("(?s)(<!-- example -->\n```json\n)(.*?)(```)")

// exampleRun is small: the page is to be read.
func exampleRun() *bench.Run {
	run := testRun(1)
	run.ID, run.Started = "20260301T120000.000Z-K3V7QXZB", epoch
	run.Host = bench.Host{CPU: "AMD EPYC 7763", Cores: 4, Memory: 16 << 30, OS: "linux/amd64", Kernel: "6.8.0", Perfcheck: "v1.0.0"}
	run.Service, run.Interleave, run.Seed = "process", "slices", 42
	latency := hist.New()
	for range 3 {
		latency.Record(1500 * time.Microsecond)
	}
	run.Trials[0].Slices = 8
	run.Trials[0].Steps = []bench.Step{{Name: "list", Requests: 3, Latency: latency, Service: latency}}
	run.Trials[0].Generator = bench.Generator{Planned: 3, Started: 3, Lag: hist.New()}
	return run
}

// The example of the page is the file of exampleRun, and can be imported.
func TestFormatPage(t *testing.T) {
	page, err := os.ReadFile(formatPage)
	if err != nil {
		t.Fatal(err)
	}
	found := example.FindSubmatch(page)
	if found == nil {
		t.Fatal("the page has no example")
	}
	want := fileOf(t, exampleRun())
	if *updateFlag {
		page = example.ReplaceAll(page, []byte("${1}"+string(want.Data)+"${3}"))
		if err := os.WriteFile(formatPage, page, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(found[2], want.Data) {
		t.Fatalf("the example is not what is exported: go test ./baseline -run TestFormatPage -update\n%s", found[2])
	}
	s := openTest(t, tempStore(t))
	importTest(t, s, File{Name: want.Name, Data: found[2]}, true)
	if got, err := s.Get(exampleRun().ID); err != nil || encoded(t, got) != encoded(t, exampleRun()) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Every field is on the page.
func TestFormatPageNamesEveryField(t *testing.T) {
	page, err := os.ReadFile(formatPage)
	if err != nil {
		t.Fatal(err)
	}
	fields := 0
	for _, typ := range []reflect.Type{
		reflect.TypeFor[header](), reflect.TypeFor[bench.Run](), reflect.TypeFor[bench.Subject](), reflect.TypeFor[bench.Host](),
		reflect.TypeFor[bench.Trial](), reflect.TypeFor[bench.Step](), reflect.TypeFor[bench.Failure](),
		reflect.TypeFor[bench.Usage](), reflect.TypeFor[bench.Part](), reflect.TypeFor[bench.Generator](),
	} {
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if fields++; !bytes.Contains(page, []byte("`"+name+"`")) {
				t.Errorf("%v.%s: the page does not name `%s`", typ, typ.Field(i).Name, name)
			}
		}
	}
	if fields < 50 {
		t.Errorf("only %d fields", fields)
	}
}
