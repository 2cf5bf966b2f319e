// Package peers measures the load engine beside other load generators.
//
// The test binary is three programs: the test, which runs the tools one after
// the other; the driver of our engine; and the server of known delays.
package peers

import (
	"fmt"
	"os"
	"testing"
)

// role is the variable that makes the test binary another program.
const role = "PERFCHECK_PEERS_ROLE"

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "drive":
		err = drive(os.Args[1:])
	case "serve":
		err = serve(os.Args[1:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// quantiles are those that are reported everywhere.
var quantiles = []float64{0.5, 0.9, 0.99, 0.999, 1}

// A report is what a tool says of its load.
type report struct {
	Requests  int64     `json:"requests"`
	Failures  int64     `json:"failures"`
	Seconds   float64   `json:"seconds"`
	Sent      float64   `json:"sent,omitempty"` // share of the planned requests; 0 where there is no plan
	Quantiles []float64 `json:"quantiles"`      // of the latency, seconds
}

// A truth is what a server saw of a tool's requests.
type truth struct {
	Requests  int64     `json:"requests"`
	Quantiles []float64 `json:"quantiles"` // of the latency, seconds
	// GapCV is the coefficient of variation of the gaps between arrivals, the
	// first second left out: 0 of a metronome, 1 of a Poisson process.
	GapCV float64 `json:"gap_cv"`
}
