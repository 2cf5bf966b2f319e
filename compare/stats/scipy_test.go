package stats

import (
	"encoding/json"
	"os"
	"testing"
)

// scipyVectors were made with SciPy: see testdata/vectors.py.
type scipyVectors struct {
	MannWhitney []struct {
		Method           string
		X, Y             []float64
		U, Greater, Less float64
	}
	Wilcoxon []struct {
		D                []float64
		W, Greater, Less float64
	}
	Aligned []struct {
		D    []float64
		U, P float64
	}
}

func readScipy(t *testing.T) (v scipyVectors) {
	t.Helper()
	data, err := os.ReadFile("testdata/scipy.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.MannWhitney)*len(v.Wilcoxon)*len(v.Aligned) == 0 {
		t.Fatal("testdata/scipy.json lacks vectors")
	}
	return v
}

func TestMannWhitneyAgainstSciPy(t *testing.T) {
	for _, v := range readScipy(t).MannWhitney {
		u, less, greater := MannWhitney(v.X, v.Y)
		near(t, v.Method+" U", u, v.U)
		near(t, v.Method+" p less", less, v.Less)
		near(t, v.Method+" p greater", greater, v.Greater)
	}
}

// The law behind the intervals of one sample is that of Wilcoxon's statistic.
func TestSignedRankLawAgainstSciPy(t *testing.T) {
	for _, v := range readScipy(t).Wilcoxon {
		less, greater := 0.0, 0.0
		for w, chance := range signedRankLaw(len(v.D)) {
			if float64(w) <= v.W {
				less += chance
			}
			if float64(w) >= v.W {
				greater += chance
			}
		}
		near(t, "p less", less, v.Less)
		near(t, "p greater", greater, v.Greater)
	}
}

func TestAlignedAgainstSciPy(t *testing.T) {
	for _, v := range readScipy(t).Aligned {
		x := NewExchanges(len(v.D), 1)
		u, extreme := x.Test(v.D)
		near(t, "U", u, v.U)
		near(t, "p", float64(extreme)/float64(x.Count()), v.P)
	}
}
