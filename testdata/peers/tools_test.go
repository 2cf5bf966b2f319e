package peers

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"
)

// A job is what a tool is told to do.
type job struct {
	url         string
	addr        string // host:port of url
	profile     string // of perfcheck.yml, for our own engine
	connections int
	rate        int           // requests a second; 0: as fast as it goes
	length      time.Duration // 0: one request
	dir         string        // for files
	memory      bool          // its memory is looked at, which disturbs it now and then
}

// A tool is a load generator.
type tool struct {
	name string
	// command returns how to do the job, or nothing where the tool cannot.
	command func(j job) []string
	// quantiles reads them, in seconds, off what the tool printed.
	quantiles func(j job, out []byte) ([]float64, error)
}

// Our engine sleeps between requests, or polls; it sends one plain request over
// and over, or does what a real scenario does.
const ours, polling, withScenario = "perfcheck", "perfcheck, polling", "perfcheck, scenario"

var tools = []tool{
	{ours, driver(), ourQuantiles},
	{withScenario, driver(), ourQuantiles},
	{polling, driver("-poll"), ourQuantiles},
	{"wrk", wrk, none},
	{"h2load", h2load, none},
	{"fortio", fortio, fortioQuantiles},
	{"bombardier", bombardier, bombardierQuantiles},
	{"vegeta", vegeta, vegetaQuantiles},
	{"hey", hey, heyQuantiles},
	{"k6", k6, k6Quantiles},
}

func named(name string) tool {
	return tools[slices.IndexFunc(tools, func(t tool) bool { return t.name == name })]
}

// engine is the program that drives our engine; see build.
var engine string

func build(t testing.TB) {
	engine = filepath.Join(t.TempDir(), "drive")
	cmd := exec.Command("go", "build", "-trimpath", "-o", engine, "./drive")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build does
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func driver(extra ...string) func(job) []string {
	return func(j job) []string {
		length := max(j.length, time.Microsecond) // a user's first request is always sent
		return append([]string{engine, "-addr", j.addr, "-profile", j.profile, "-for", length.String()}, extra...)
	}
}

// wrk has no rate of its own, and cannot run for less than a second.
func wrk(j job) []string {
	if j.length == 0 || j.rate > 0 && !j.crowd() {
		return nil
	}
	return []string{"wrk", "-t1", "-c" + strconv.Itoa(j.connections), "-d" + seconds(j.length), "--timeout", "30s", j.url}
}

// crowd says that the service answers so late that as many connections as the
// job has make its rate by themselves.
func (j job) crowd() bool { return j.connections >= 10000 }

func h2load(j job) []string {
	switch {
	case j.length == 0:
		return []string{"h2load", "--h1", "-t1", "-c1", "-n1", j.url}
	case j.rate > 0 && !j.crowd():
		return nil // it reports no quantiles
	}
	return []string{"h2load", "--h1", "-t1", "-c" + strconv.Itoa(j.connections), "-D" + seconds(j.length), j.url}
}

func fortio(j job) []string {
	args := []string{"fortio", "load", "-quiet", "-r", "0.00001", "-p", "50,90,99,99.9", "-timeout", "30s", "-json", "-"}
	if j.length == 0 {
		return append(args, "-c", "1", "-n", "1", "-qps", "0", j.url)
	}
	return append(args, "-c", strconv.Itoa(j.connections), "-qps", strconv.Itoa(j.rate), "-t", j.length.String(), j.url)
}

func bombardier(j job) []string {
	args := []string{"bombardier", "-l", "-p", "r", "-o", "json", "-t", "30s"}
	if j.length == 0 {
		return append(args, "-c", "1", "-n", "1", j.url)
	}
	if j.rate > 0 {
		args = append(args, "-r", strconv.Itoa(j.rate))
	}
	return append(args, "-c", strconv.Itoa(j.connections), "-d", j.length.String(), j.url)
}

// vegeta writes every result to a file, of which its report is made later.
func vegeta(j job) []string {
	rate, length, workers := strconv.Itoa(j.rate), j.length, 10
	switch {
	case j.length == 0:
		rate, length = "100", 10*time.Millisecond
	case j.rate == 0:
		workers = j.connections
	}
	args := []string{"vegeta", "attack", "-timeout", "30s", "-targets", "/dev/stdin", "-output", j.results(),
		"-rate", rate, "-duration", length.String(), "-workers", strconv.Itoa(workers)}
	if j.rate == 0 && j.length > 0 {
		args = append(args, "-max-workers", strconv.Itoa(workers))
	}
	return args
}

func hey(j job) []string {
	if j.length == 0 {
		return []string{"hey", "-c", "1", "-n", "1", j.url}
	}
	args := []string{"hey", "-t", "30", "-c", strconv.Itoa(j.connections), "-z", j.length.String()}
	if j.rate > 0 {
		args = append(args, "-q", fmt.Sprint(float64(j.rate)/float64(j.connections)))
	}
	return append(args, j.url)
}

func k6(j job) []string {
	length := ""
	if j.length > 0 {
		length = j.length.String()
	}
	return []string{"k6", "run", "--quiet", "-e", "URL=" + j.url, "-e", fmt.Sprint("RATE=", j.rate),
		"-e", fmt.Sprint("USERS=", j.connections), "-e", "FOR=" + length, "k6.js"}
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// unreported stands for a quantile that a tool does not report.
const unreported = -1

func none(job, []byte) ([]float64, error) { return unknown(), nil }

func unknown() []float64 {
	all := make([]float64, len(quantiles))
	for i := range all {
		all[i] = unreported
	}
	return all
}

func ourQuantiles(_ job, out []byte) ([]float64, error) {
	var r struct {
		Requests, Failures int64
		Quantiles          []float64
	}
	err := json.Unmarshal(out, &r)
	if err == nil && r.Failures > 0 {
		err = fmt.Errorf("%d of %d requests failed", r.Failures, r.Requests)
	}
	return r.Quantiles, err
}

func fortioQuantiles(_ job, out []byte) ([]float64, error) {
	var r struct {
		DurationHistogram struct {
			Max         float64
			Percentiles []struct{ Value float64 }
		}
	}
	err := json.Unmarshal(out, &r)
	var q []float64
	for _, p := range r.DurationHistogram.Percentiles {
		q = append(q, p.Value)
	}
	return append(q, r.DurationHistogram.Max), err
}

func bombardierQuantiles(_ job, out []byte) ([]float64, error) {
	var r struct {
		Result struct {
			Latency struct {
				Max         float64
				Percentiles map[string]float64 // microseconds
			}
		}
	}
	err := json.Unmarshal(out, &r)
	l := r.Result.Latency
	return []float64{l.Percentiles["50"] / 1e6, l.Percentiles["90"] / 1e6, l.Percentiles["99"] / 1e6, unreported, l.Max / 1e6}, err
}

func (j job) results() string { return filepath.Join(j.dir, "vegeta.out") }

func vegetaQuantiles(j job, _ []byte) ([]float64, error) {
	out, err := exec.Command("vegeta", "report", "-type", "json", j.results()).Output()
	if err != nil {
		return nil, err
	}
	var r struct{ Latencies map[string]float64 } // nanoseconds
	err = json.Unmarshal(out, &r)
	l := r.Latencies
	return []float64{l["50th"] / 1e9, l["90th"] / 1e9, l["99th"] / 1e9, unreported, l["max"] / 1e9}, err
}

var heyLine = regexp.MustCompile(`(\d+)% in ([0-9.]+) secs`)

func heyQuantiles(_ job, out []byte) ([]float64, error) {
	q := unknown()
	for _, m := range heyLine.FindAllSubmatch(out, -1) {
		value, err := strconv.ParseFloat(string(m[2]), 64)
		if err != nil {
			return nil, err
		}
		switch string(m[1]) {
		case "50":
			q[0] = value
		case "90":
			q[1] = value
		case "99":
			q[2] = value
		}
	}
	return q, nil
}

func k6Quantiles(_ job, out []byte) ([]float64, error) {
	var r map[string]float64 // milliseconds
	err := json.Unmarshal(out, &r)
	return []float64{r["p(50)"] / 1e3, r["p(90)"] / 1e3, r["p(99)"] / 1e3, r["p(99.9)"] / 1e3, r["max"] / 1e3}, err
}
