package bench

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/hist"
)

// fullRun returns a run all of whose fields are set.
func fullRun() *Run {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)
	lag := hist.New()
	lag.Record(30 * time.Microsecond)
	return &Run{
		ID: "20260301T120000-7f3a-head", Pairing: "20260301T120000-7f3a", Side: Head,
		Profile: "checkout", Digest: "0123abcd",
		Subject: Subject{Commit: "a1b2c3d4e5", Tree: "e5f6a7b8c9", Dirty: true, Branch: "main", Title: "Añade «el carrito»", Time: at},
		Host:    Host{CPU: "AMD EPYC", Cores: 2, Memory: 8 << 30, OS: "linux/amd64", Kernel: "6.8", Engine: "docker 29", Perfcheck: "v1"},
		Service: "compose", Started: at, Seed: 1<<64 - 1, Interleave: "slices", Slice: 100 * time.Millisecond, Rising: true,
		Custom: []Custom{{Name: "orders", Take: TakeP90, Unit: "EUR", Better: HigherIsBetter, Scale: Ratio}},
		Trials: []Trial{{
			Custom: []Tally{{Name: "orders", Count: 2, Sum: 30, Last: 10, Max: 20, Values: recorded(time.Millisecond)}},
			Block:  3, Started: at, Load: 2 * time.Second, Busy: 2100 * time.Millisecond, Slices: 20,
			Steps: []Step{{
				Name: "pay", Requests: 3, Latency: recorded(time.Millisecond, 2*time.Millisecond), Service: recorded(time.Millisecond, time.Millisecond),
				Errors:  []Failure{{Kind: "5xx", Count: 2, Example: "status 503", Others: []string{"status 500"}, First: time.Millisecond, Last: time.Second}},
				Retries: []Failure{{Kind: "reset", Count: 2, Example: "closed", Others: []string{"reset"}, First: 1, Last: 2}}, Redirects: 1,
			}},
			Transactions: []Step{{
				Name: "checkout", Requests: 2, Latency: recorded(3 * time.Millisecond), Service: recorded(2 * time.Millisecond),
				Errors:  []Failure{{Kind: "step", Count: 2, Example: "pay: no answer within 5s", Others: []string{"another"}, First: 1, Last: 2}},
				Retries: []Failure{{Kind: "reset", Count: 2, Example: "closed", Others: []string{"reset"}, First: 1, Last: 2}}, Redirects: 1,
			}},
			Targets: []Target{{Name: "api 1", Requests: 3, Failed: 1, Service: recorded(time.Millisecond)}},
			Usage: Usage{CPU: time.Second, IdleCPU: time.Millisecond, Idle: 2 * time.Second, PeakMemory: 1 << 20, PeakWorkingSet: 2 << 20, ProxyCPU: time.Millisecond,
				MemoryFloors: []int64{1, 2}, Counters: Counters{DiskRead: 1},
				Parts: []Part{{Name: "db", CPU: time.Second, PeakMemory: 1, Counters: Counters{NetSent: 1}}}, Coarse: true},
			Generator: Generator{Planned: 4, Started: 3, Waiting: 1, Lag: lag, Stall: time.Millisecond, CPU: time.Second, GC: time.Microsecond},
			Invalid:   []string{"late"}, Warnings: []string{"noisy"}, Died: true, Log: "line 1\nline 2",
			Thinned: true, Kept: []Number{{Key{"pay", "p50"}, 0.001}},
		}},
		Complete: true, Verdict: "pass", Rejudged: 1, Notes: []string{"a note"},
	}
}

func recorded(durations ...time.Duration) *hist.Histogram {
	h := hist.New()
	for _, d := range durations {
		h.Record(d)
	}
	return h
}

func encode(t *testing.T, r *Run) string {
	t.Helper()
	data, err := EncodeRun(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestRunRoundTrip(t *testing.T) {
	for name, run := range map[string]*Run{"full": fullRun(), "empty": {}} {
		text := encode(t, run)
		if strings.Contains(text, "\n") {
			t.Errorf("%s: more than one line", name)
		}
		got, err := DecodeRun([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if encode(t, got) != text {
			t.Errorf("%s: got %s, want %s", name, encode(t, got), text)
		}
	}
}

// Every field must survive, one that is added later too: fullRun sets them all.
func TestFullRunIsFull(t *testing.T) {
	got, err := DecodeRun([]byte(encode(t, fullRun())))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		if v.IsZero() {
			t.Errorf("%s is zero: not set in fullRun, or lost", path)
		}
		switch v.Type() {
		case reflect.TypeFor[time.Time](), reflect.TypeFor[*hist.Histogram]():
			return
		}
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(path+"[]", v.Index(i))
			}
		}
	}
	walk("Run", reflect.ValueOf(*got))
}

func TestDecodeRunIsStrict(t *testing.T) {
	good := encode(t, fullRun())
	for name, test := range map[string]struct {
		data string
		want error
	}{
		"empty":               {"", nil},
		"no run":              {"{}", nil},
		"cut off":             {good[:len(good)-1], nil},
		"data after it":       {good + "{}", nil},
		"unknown field":       {strings.Replace(good, `"profile"`, `"profil"`, 1), nil},
		"newer":               {strings.Replace(good, `"schema":2`, `"schema":3`, 1), ErrSchema},
		"schema 0":            {strings.Replace(good, `"schema":2`, `"schema":0`, 1), nil},
		"broken histogram":    {strings.Replace(good, `"latency":"`, `"latency":"A`, 1), nil},
		"step without values": {`{"schema":1,"trials":[{"steps":[{"name":"pay"}]}]}`, nil},
	} {
		if test.data == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		_, err := DecodeRun([]byte(test.data))
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want an error (%v)", name, err, test.want)
		}
	}
}

// What has more parts than its size has room for is refused before it is
// decoded; whatever is encoded is not such.
func TestDecodeRunIsBounded(t *testing.T) {
	for _, trial := range []string{"{}", "0", "null", `""`, "[]"} {
		bomb := `{"schema":1,"trials":[` + strings.Repeat(trial+",", 10_000) + trial + `]}`
		if _, err := DecodeRun([]byte(bomb)); err == nil || !strings.Contains(err.Error(), "more parts") {
			t.Errorf("trials %s: %v", trial, err)
		}
	}
	empty := Step{Latency: hist.New(), Service: hist.New()}
	for name, trial := range map[string]Trial{
		"trials":   {},
		"steps":    {Steps: slices.Repeat([]Step{empty}, 9)},
		"failures": {Steps: []Step{{Latency: hist.New(), Service: hist.New(), Errors: make([]Failure, 1000)}}},
		"braces":   {Log: strings.Repeat(`{"{\\"`, 1000)},
	} {
		text := encode(t, &Run{Trials: slices.Repeat([]Trial{trial}, 10)})
		if got, err := DecodeRun([]byte(text)); err != nil || encode(t, got) != text {
			t.Errorf("many %s: %v", name, err)
		}
	}
}

func TestElements(t *testing.T) {
	for text, want := range map[string]int{
		`[0,null,"",{}]`: 5, // with what is empty
		`{"a":1,"b":[{"c":"[,:{"},{"d":"\\\",","e":0}]}`: 2,
		`{"a":{"b":{"c":1}}}`:                            0,
		`[[],[],[1,2]]`:                                  7,
	} {
		if got := elements([]byte(text)); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
}

func FuzzDecodeRun(f *testing.F) {
	for _, r := range []*Run{fullRun(), {}} {
		data, err := EncodeRun(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		run, err := DecodeRun(data)
		if err != nil {
			return
		}
		text := encode(t, run)
		again, err := DecodeRun([]byte(text))
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if encode(t, again) != text {
			t.Errorf("got %s, want %s", encode(t, again), text)
		}
		for _, m := range Metrics() {
			_, _ = run.Series(Key{Metric: m.Name}, run.Valid()) // must not panic
		}
	})
}
