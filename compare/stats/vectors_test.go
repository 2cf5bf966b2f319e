package stats

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// vectors were made with R: see testdata/vectors.R.
type vectors struct {
	MannWhitney []struct {
		X, Y          []float64
		U             float64
		Greater, Less float64
	}
	Aligned []struct {
		D    []float64
		U, P float64
	}
	One []struct {
		D                               []float64
		Confidence, Estimate, Low, High float64
	}
	Two []struct {
		X, Y                            []float64
		Confidence, Estimate, Low, High float64
	}
	Spread []struct {
		V  []float64
		Qn float64
	}
}

func readVectors(t *testing.T) (v vectors) {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.MannWhitney)*len(v.Aligned)*len(v.One)*len(v.Two)*len(v.Spread) == 0 {
		t.Fatal("testdata/vectors.json lacks vectors")
	}
	return v
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestMannWhitneyAgainstR(t *testing.T) {
	for _, v := range readVectors(t).MannWhitney {
		u, less, greater := MannWhitney(v.X, v.Y)
		near(t, "U", u, v.U)
		near(t, "p less", less, v.Less)
		near(t, "p greater", greater, v.Greater)
	}
}

func TestAlignedAgainstR(t *testing.T) {
	for _, v := range readVectors(t).Aligned {
		x := NewExchanges(len(v.D), 1)
		u, extreme := x.Test(v.D)
		near(t, "U", u, v.U)
		near(t, "p", float64(extreme)/float64(x.Count()), v.P)
	}
}

func TestShiftAgainstR(t *testing.T) {
	all := readVectors(t)
	for _, v := range all.One {
		got := OneSample(v.D, v.Confidence)
		near(t, "estimate", got.Estimate, v.Estimate)
		near(t, "low", got.Low, v.Low)
		near(t, "high", got.High, v.High)
	}
	for _, v := range all.Two {
		got := TwoSample(v.X, v.Y, v.Confidence)
		near(t, "estimate", got.Estimate, v.Estimate)
		near(t, "low", got.Low, v.Low)
		near(t, "high", got.High, v.High)
	}
}

func TestSpreadAgainstR(t *testing.T) {
	for _, v := range readVectors(t).Spread {
		// robustbase computes Qn with a relative error of some 1e-8.
		if got := Spread(v.V); math.Abs(got-v.Qn) > 1e-6*v.Qn {
			t.Errorf("Qn: got %v, want %v", got, v.Qn)
		}
	}
}
