package stats

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"
)

// definedSplit is split by the definition, term by term.
func definedSplit(v []float64, least int) (at int, strength float64) {
	within := func(x []float64) float64 {
		sum := 0.0
		for i := range x {
			for j := range i {
				sum += math.Abs(x[i] - x[j])
			}
		}
		return sum / float64(len(x)*(len(x)-1)/2)
	}
	for a := least; a <= len(v)-least; a++ {
		for end := a + least; end <= len(v); end++ {
			x, y := v[:a], v[a:end]
			between := 0.0
			for i := range x {
				for j := range y {
					between += math.Abs(x[i] - y[j])
				}
			}
			m, n := float64(len(x)), float64(len(y))
			if q := m * n / (m + n) * (2*between/(m*n) - within(x) - within(y)); q > strength {
				at, strength = a, q
			}
		}
	}
	return at, strength
}

func TestSplitIsAsDefined(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		least := 2 + random.IntN(4)
		v := make([]float64, random.IntN(40))
		for i := range v {
			v[i] = 1000 + random.NormFloat64()
			if i > len(v)/2 {
				v[i] += 2
			}
		}
		at, strength := newSplitter(len(v), least).split(v)
		wantAt, want := definedSplit(v, least)
		if at != wantAt || math.Abs(strength-want) > 1e-9 {
			t.Errorf("%d values, least %d: split at %d by %v, want %d by %v", len(v), least, at, strength, wantAt, want)
		}
	}
}

// TestSplitAgainstOtava: energy.json was made with Apache Otava's, see testdata/energy.py.
func TestSplitAgainstOtava(t *testing.T) {
	data, err := os.ReadFile("testdata/energy.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		V         []float64
		Least, At int
		Strength  float64
	}
	if err := json.Unmarshal(data, &vectors); err != nil || len(vectors) == 0 {
		t.Fatalf("testdata/energy.json: %d vectors, %v", len(vectors), err)
	}
	for _, v := range vectors {
		at, strength := newSplitter(len(v.V), v.Least).split(v.V)
		near(t, "strength", strength, v.Strength)
		if at != v.At {
			t.Errorf("%d values, least %d: split at %d, want %d", len(v.V), v.Least, at, v.At)
		}
	}
}

// Both are from the tests of Apache Otava (apache/otava at 6b74ffb and 2be4bbf,
// tests/analysis_test.go and tests/change_point_divisive_test.py), which finds
// the same change points with its t-test and with 100 permutations.
func TestChangesOfOtavasSeries(t *testing.T) {
	halved := []float64{1.02, 0.95, 0.99, 1.00, 1.12, 1.00, 1.01, 0.98, 1.01, 0.96, 0.50, 0.51, 0.48, 0.48, 0.55, 0.50, 0.49, 0.51, 0.50, 0.49}
	twice := []float64{0.3, 2.4, 1.5, -0.9, -0.5, 99.7, 98.3, 99.1, 149.0, 149.7, 149.5, 149.1, 148.8, 150.0}
	if got := places(DefaultDivisive.Changes(halved)); !slices.Equal(got, []int{10}) {
		t.Errorf("halved: %v", got)
	}
	lenient := DefaultDivisive
	lenient.Level = 0.05 // of nine values, three and six are set apart by chance in one of 84 orders
	if got := places(lenient.Changes(twice)); !slices.Equal(got, []int{5, 8}) {
		t.Errorf("twice: %v", got)
	}
}

// TestChangesOfTheNile: the yearly flow of the Nile at Aswan, 1871 to 1970, fell
// after 1898 (Cobb 1978, Biometrika 65, 243-251; datasets::Nile in R).
func TestChangesOfTheNile(t *testing.T) {
	if got := places(DefaultDivisive.Changes(nile)); !slices.Equal(got, []int{1899 - 1871}) {
		t.Errorf("changes in %v", got)
	}
}

var nile = []float64{
	1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140,
	1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969,
	831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759,
	781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
	744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
}

// TestChangesOfTigerBeetle: the first commits of a database's throughput, from
// Otava's tests (tests/deterministic_tigerbeetle_test.py at 029e154), where its
// t-test finds 15, 61, 71 and 95 too, and the value of 10 stands alone.
func TestChangesOfTigerBeetle(t *testing.T) {
	if got := places(DefaultDivisive.Changes(tigerBeetle)); !slices.Equal(got, []int{15, 61, 71, 95}) {
		t.Errorf("changes at %v", got)
	}
}

var tigerBeetle = []float64{
	26705, 26475, 26641, 26806, 26835, 26911, 26564, 26812, 26874, 26682, 15672, 26745, 26460, 26977, 26851, 23412,
	23547, 23674, 23519, 23670, 23662, 23462, 23750, 23717, 23524, 23588, 23687, 23793, 23937, 23715, 23570, 23730,
	23690, 23699, 23670, 23860, 23988, 23652, 23681, 23798, 23728, 23604, 23523, 23412, 23685, 23773, 23771, 23718,
	23409, 23739, 23674, 23597, 23682, 23680, 23711, 23660, 23990, 23938, 23742, 23703, 23536, 24363, 24414, 24483,
	24509, 24944, 24235, 24560, 24236, 24667, 24730, 28346, 28437, 28436, 28057, 28217, 28456, 28427, 28398, 28250,
	28331, 28222, 28726, 28578, 28345, 28274, 28514, 28590, 28449, 28305, 28411, 28788, 28404, 28821, 28580, 27483,
	26805, 27487, 27124, 26898, 27295, 26951, 27312, 27660, 27154, 27050, 26989, 27193, 27503, 27326, 27375, 27513,
	27057, 27421, 27574, 27609, 27123,
}

// TestChangesOfZerosAndOnes is that of mongodb/signal-processing-algorithms
// (test_default_implementation_sanity), from where the level can be reached.
func TestChangesOfZerosAndOnes(t *testing.T) {
	for half := 6; half <= 60; half++ {
		v := slices.Concat(make([]float64, half), slices.Repeat([]float64{1}, half))
		if got := places(DefaultDivisive.Changes(v)); !slices.Equal(got, []int{half}) {
			t.Errorf("%d zeros and ones: %v", half, got)
		}
	}
}

func places(changes []ChangePoint) []int {
	at := make([]int, len(changes))
	for i, c := range changes {
		at[i] = c.At
	}
	return at
}

// steps returns normal values about levels that hold for so many values each.
func steps(random *rand.Rand, length int, levels ...float64) (v []float64) {
	for _, level := range levels {
		for range length {
			v = append(v, level+random.NormFloat64())
		}
	}
	return v
}

func TestNoChanges(t *testing.T) {
	for name, v := range map[string][]float64{
		"nothing":   nil,
		"one":       {1},
		"two":       {1, 2},
		"all equal": slices.Repeat([]float64{0.1}, 50),
		"outlier":   append(slices.Repeat([]float64{1}, 30), 100),
		"up, down":  {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2},
	} {
		if got := DefaultDivisive.Changes(v); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestChangesDoNotDependOnTheUnit: nor on which way is worse.
func TestChangesDoNotDependOnTheUnit(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		v := steps(random, 15, 0, 3, 1)
		want := DefaultDivisive.Changes(v)
		for _, scale := range []float64{-1, 1e-9, 1000} {
			scaled := make([]float64, len(v))
			for i := range v {
				scaled[i] = 7 + scale*v[i]
			}
			if scale == 1e-9 { // 7 would leave it seven digits
				for i := range v {
					scaled[i] -= 7
				}
			}
			if got := DefaultDivisive.Changes(scaled); !reflect.DeepEqual(got, want) {
				t.Errorf("times %v: %v, want %v", scale, got, want)
			}
		}
	}
}

// TestReversedStep: a step is found in its mirrored place.
func TestReversedStep(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		v := steps(random, 10, 0, 8, 8)
		reversed := slices.Clone(v)
		slices.Reverse(reversed)
		got, mirrored := places(DefaultDivisive.Changes(v)), places(DefaultDivisive.Changes(reversed))
		if !slices.Contains(got, 10) || !slices.Contains(mirrored, 20) {
			t.Errorf("%v and, reversed, %v", got, mirrored)
		}
	}
}

// TestChangesLeaveTheirArgument and give the same again.
func TestChangesLeaveTheirArgument(t *testing.T) {
	v := steps(rand.New(rand.NewPCG(7, 8)), 20, 0, 3)
	before := slices.Clone(v)
	first := DefaultDivisive.Changes(v)
	if again := DefaultDivisive.Changes(v); !reflect.DeepEqual(first, again) || len(first) == 0 {
		t.Errorf("%v and %v", first, again)
	}
	if !slices.Equal(v, before) {
		t.Error("the values were changed")
	}
}

func BenchmarkChanges(b *testing.B) {
	random := rand.New(rand.NewPCG(9, 10))
	for name, v := range map[string][]float64{
		"200":  steps(random, 50, 0, 2, 0, 1),
		"1000": steps(random, 250, 0, 2, 0, 1),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				DefaultDivisive.Changes(v)
			}
		})
	}
}
