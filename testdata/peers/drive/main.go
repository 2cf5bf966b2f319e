// Drive loads a service with a profile of perfcheck.yml and prints what came of
// it, for the comparison with other load generators. It uses the engine as
// bench/runner does.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/load"
	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

func main() {
	if err := drive(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func drive() error {
	var o http1.Options
	addr := flag.String("addr", "", "host:port of the service")
	flag.BoolVar(&o.Spin, "poll", false, "poll instead of sleeping")
	name := flag.String("profile", "", "profile of perfcheck.yml")
	length := flag.Duration("for", time.Second, "length of the load")
	flag.Parse()
	o.Addrs = []string{*addr}
	rec, err := run(*name, *length, o)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(summary(rec))
}

func run(name string, length time.Duration, o http1.Options) (load.Recording, error) {
	config, err := profile.Load("perfcheck.yml")
	if err != nil {
		return load.Recording{}, err
	}
	p, err := config.Profile(name)
	if err != nil {
		return load.Recording{}, err
	}
	program, err := scenario.Compile(p)
	if err != nil {
		return load.Recording{}, err
	}
	wire, err := http1.New(context.Background(), o)
	if err != nil {
		return load.Recording{}, err
	}
	arm := load.New(program, p.Arrival, wire)
	if err := arm.Slice(context.Background(), length); err != nil {
		return load.Recording{}, err
	}
	return arm.Take(), wire.Close()
}

// A report is what came of the load.
type report struct {
	Requests  int64     `json:"requests"`
	Failures  int64     `json:"failures"`
	Quantiles []float64 `json:"quantiles"` // of the latency, seconds: p50, p90, p99, p99.9 and the longest
}

func summary(rec load.Recording) (r report) {
	for _, s := range rec.Steps {
		r.Requests += s.Requests
		r.Failures += s.Failed()
	}
	trial := bench.Trial{Steps: rec.Steps}
	latencies := trial.Latencies()
	for _, q := range []float64{0.5, 0.9, 0.99, 0.999, 1} {
		r.Quantiles = append(r.Quantiles, latencies.Quantile(q).Seconds())
	}
	return r
}
