// Package peers measures the load engine beside other load generators.
//
// The test binary is two programs: the test, which runs the tools one after the
// other, and the server of known delays. Our engine is driven by package drive.
package peers

import (
	"fmt"
	"os"
	"testing"
)

// serving is the variable that makes the test binary the server.
const serving = "PERFCHECK_PEERS_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(serving) == "" {
		os.Exit(m.Run())
	}
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// quantiles are those that are reported everywhere.
var quantiles = []float64{0.5, 0.9, 0.99, 0.999, 1}

// A truth is what a server saw of a tool's requests.
type truth struct {
	Requests  int64     `json:"requests"`
	Quantiles []float64 `json:"quantiles"` // of the latency, seconds
	// GapCV is the coefficient of variation of the gaps between arrivals, the
	// first second left out: 0 of a metronome, 1 of a Poisson process.
	GapCV float64 `json:"gap_cv"`
}
