package bench

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/hist"
)

// Every number of a run is there when its histograms are gone, also in what is
// stored and read again, and what was none before is none, for
// the same reason.
func TestThinKeepsEveryNumber(t *testing.T) {
	pay := step("pay", 40)
	pay.Requests, pay.Errors = 50, []Failure{{Kind: "timeout", Count: 10}}
	basket := Custom{Name: "basket", Take: TakeP50, Better: HigherIsBetter, Scale: Ratio}
	tally := basket.NewTally()
	for i := range 30 {
		tally.Add(float64(i))
	}
	free := Custom{Name: "free", Take: TakeP50, Better: LowerIsBetter, Scale: Ratio}
	zeros := free.NewTally()
	for range 30 {
		zeros.Add(0)
	}
	run := &Run{ID: "a", Complete: true, Custom: []Custom{basket, free}, Trials: []Trial{
		{Block: 1, Load: time.Second, Busy: time.Second, Steps: []Step{step("list", 2000), pay}, Transactions: []Step{step("visit", 1500)},
			Custom: []Tally{tally, zeros}, Usage: Usage{CPU: time.Second, PeakMemory: 1 << 20}, Generator: Generator{Lag: hist.New()}},
		{Block: 2, Load: time.Second, Busy: time.Second, Steps: []Step{step("list", 5), step("pay", 0)}, Generator: Generator{Lag: hist.New()}},
	}}
	before := encode(t, run)
	thin, err := DecodeRun([]byte(encode(t, Thin(Thin(run)))))
	if err != nil {
		t.Fatal(err)
	}
	if !thin.Thinned() || run.Thinned() || encode(t, run) != before {
		t.Error("not thinned, or the run that was given is")
	}
	if size := len(encode(t, thin)); size > 2500 || size > len(before)/2 {
		t.Errorf("%d bytes of %d are left", size, len(before))
	}
	values := 0
	for i := range run.Trials {
		for _, k := range run.Trials[i].keys(run.Custom) {
			want, wantErr := run.Series(k, []int{i + 1})
			got, err := thin.Series(k, []int{i + 1})
			if wantErr == nil && got[0] != want[0] || (err == nil) != (wantErr == nil) || errors.Is(err, ErrTooFew) != errors.Is(wantErr, ErrTooFew) {
				t.Errorf("block %d: %s: got %v, %v, want %v, %v", i+1, k, got, err, want, wantErr)
			}
			if err == nil {
				values++
			}
		}
	}
	if values < 20 {
		t.Errorf("only %d values were compared", values)
	}
}

// No histogram is left, one that is added later neither.
func TestThinLeavesNoHistogram(t *testing.T) {
	run := fullRun()
	run.Trials[0].Thinned, run.Trials[0].Kept = false, nil
	found := 0
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		if h, ok := v.Interface().(*hist.Histogram); ok {
			if found++; h.Count() > 0 {
				t.Errorf("%s is left", path)
			}
			return
		}
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() {
					walk(path+"."+f.Name, v.Field(i))
				}
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(path+"[]", v.Index(i))
			}
		}
	}
	walk("Run", reflect.ValueOf(*Thin(run)))
	if found < 5 {
		t.Errorf("only %d histograms were looked at", found)
	}
}
