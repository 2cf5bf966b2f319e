package peers

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/load"
	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// drive loads a service with a profile of perfcheck.yml and prints what came of
// it. It uses the engine as bench/runner does.
func drive(args []string) error {
	flags := flag.NewFlagSet("drive", flag.ContinueOnError)
	var o http1.Options
	addr := flags.String("addr", "", "host:port of the service")
	flags.BoolVar(&o.Spin, "poll", false, "poll instead of sleeping")
	name := flags.String("profile", "", "profile of perfcheck.yml")
	length := flags.Duration("for", time.Second, "length of the load")
	if err := flags.Parse(args); err != nil {
		return err
	}
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

func summary(rec load.Recording) report {
	r := report{Seconds: rec.Busy.Seconds()}
	for _, s := range rec.Steps {
		r.Requests += s.Requests
		r.Failures += s.Failed()
	}
	if rec.Planned > 0 {
		r.Sent = float64(rec.Started) / float64(rec.Planned)
	}
	trial := bench.Trial{Steps: rec.Steps}
	latencies := trial.Latencies()
	for _, q := range quantiles {
		r.Quantiles = append(r.Quantiles, latencies.Quantile(q).Seconds())
	}
	return r
}
