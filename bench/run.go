package bench

import (
	"fmt"
	"slices"
	"time"

	"github.com/perfcheck/perfcheck/bench/hist"
)

// A Subject is what was measured: a commit, or a working tree that differs from it.
type Subject struct {
	Commit string    `json:"commit"`          // full object name; HEAD's where the tree is dirty
	Tree   string    `json:"tree"`            // object name of the tree that was measured
	Dirty  bool      `json:"dirty,omitempty"` // the tree is not the commit's
	Branch string    `json:"branch,omitempty"`
	Title  string    `json:"title,omitempty"` // first line of the commit's message
	Time   time.Time `json:"time"`            // of the commit
}

// String names the subject shortly: a1b2c3d4, or a1b2c3d4+e5f6a7b8 where the
// working tree (whose tree is e5f6a7b8…) differs from the commit.
func (s Subject) String() string {
	if s.Dirty {
		return short(s.Commit) + "+" + short(s.Tree)
	}
	return short(s.Commit)
}

func short(object string) string { return object[:min(len(object), 8)] }

// A Host is the machine that a run was measured on, as far as it matters for a comparison.
type Host struct {
	CPU       string `json:"cpu"`
	Cores     int    `json:"cores"`
	Memory    int64  `json:"memory"` // bytes
	OS        string `json:"os"`     // GOOS/GOARCH
	Kernel    string `json:"kernel"`
	Engine    string `json:"engine,omitempty"` // container engine and version, where one was used
	Perfcheck string `json:"perfcheck"`        // version
}

// Differences names what keeps runs on h and other from being compared, each
// with both values.
func (h Host) Differences(other Host) []string {
	var out []string
	differ := func(what string, a, b any) {
		if a != b {
			out = append(out, fmt.Sprintf("%s: %v and %v", what, a, b))
		}
	}
	differ("CPU", h.CPU, other.CPU)
	differ("cores", h.Cores, other.Cores)
	differ("memory", h.Memory, other.Memory)
	differ("system", h.OS, other.OS)
	differ("kernel", h.Kernel, other.Kernel)
	differ("container engine", h.Engine, other.Engine)
	differ("perfcheck", h.Perfcheck, other.Perfcheck)
	return out
}

// Side says which part a run played in a paired measurement.
type Side string

// The sides; a run that was measured alone has none.
const (
	Base Side = "base"
	Head Side = "head"
)

// A Run is all that was measured of one subject with one profile on one host.
type Run struct {
	ID      string `json:"id"`                // unique; sorts by time of start
	Pairing string `json:"pairing,omitempty"` // shared by the two runs that were measured interleaved
	Side    Side   `json:"side,omitempty"`

	Profile string  `json:"profile"`
	Digest  string  `json:"digest"` // of all in the profile and service that affects the measurement
	Subject Subject `json:"subject"`
	Host    Host    `json:"host"`
	Service string  `json:"service"` // how the service was run: compose, process or url

	Started    time.Time     `json:"started"`
	Seed       uint64        `json:"seed"`
	Interleave string        `json:"interleave,omitempty"` // slices or trials
	Slice      time.Duration `json:"slice_ns,omitempty"`   // length of a turn, where slices alternate
	Rising     bool          `json:"rising,omitempty"`     // the load rises within a trial, and memory with it

	Custom   []Custom `json:"custom,omitempty"` // the metrics that the profile defines
	Trials   []Trial  `json:"trials"`
	Complete bool     `json:"complete"` // it ended as planned; an incomplete run is never a baseline
	Verdict  string   `json:"verdict,omitempty"`
	Rejudged int      `json:"rejudged,omitempty"` // how often the verdict was replaced by another; counted by the store
	Notes    []string `json:"notes,omitempty"`    // circumstances that a reader of the numbers should know
}

// A Trial is what one arm measured in one block.
type Trial struct {
	Block   int           `json:"block"` // counted from 1, the same for both sides of a pairing
	Started time.Time     `json:"started"`
	Load    time.Duration `json:"load_ns"` // how long requests were sent, by the arm's clock
	Busy    time.Duration `json:"busy_ns"` // Load, and what was waited for the last answers of each slice
	Slices  int           `json:"slices"`

	Steps []Step `json:"steps"`
	// Transactions are named groups of steps, and scenarios: how often each was
	// done or failed, and what its requests took in sum.
	Transactions []Step  `json:"transactions,omitempty"`
	Custom       []Tally `json:"custom,omitempty"` // of the run's custom metrics

	// Targets are the same requests, by which copy of a scaled service got them.
	Targets []Target `json:"targets,omitempty"`

	Usage     Usage     `json:"usage"`
	Generator Generator `json:"generator"`

	// Invalid says why the trial must not be judged; it is empty for a valid one.
	Invalid []string `json:"invalid,omitempty"`
	// Warnings are circumstances that do not spoil the trial.
	Warnings []string `json:"warnings,omitempty"`
	// Died says that the service was found dead, restarted or out of memory.
	Died bool `json:"died,omitempty"`
	// Log is the tail of the service's log where the trial is invalid.
	Log string `json:"log,omitempty"`

	// Thinned says that the histograms are gone, and Kept what they yielded.
	Thinned bool     `json:"thinned,omitempty"`
	Kept    []Number `json:"kept,omitempty"`
}

// A Step holds what was measured of one step's requests.
type Step struct {
	Name     string `json:"name"`
	Requests int64  `json:"requests"` // answered, failed or given up

	// Latency counts successful requests from the moment at which they were
	// meant to be sent, Service from the moment at which they were.
	Latency *hist.Histogram `json:"latency"`
	Service *hist.Histogram `json:"service"`

	Errors []Failure `json:"errors,omitempty"`
	// Retries are failed attempts after which the request was sent again, because
	// the profile asks for it or a kept connection had ended. Such a request
	// counts once, and its latency from the first attempt.
	Retries []Failure `json:"retries,omitempty"`
	// Redirects is how many were followed. A request counts once with all that it
	// was redirected to, and so do its latency and, in sum, its service time.
	Redirects int64 `json:"redirects,omitempty"`
}

// Failed returns how many of the requests failed.
func (s Step) Failed() int64 { return total(s.Errors) }

// Retried returns how many attempts were made after others had failed.
func (s Step) Retried() int64 { return total(s.Retries) }

func total(failures []Failure) (n int64) {
	for _, f := range failures {
		n += f.Count
	}
	return n
}

// A Target is what one of several copies of the service got of the load.
type Target struct {
	Name     string `json:"name"`
	Requests int64  `json:"requests"`         // of the measured steps
	Failed   int64  `json:"failed,omitempty"` // those of them
	// Service counts successful requests from the moment at which they were sent.
	Service *hist.Histogram `json:"service"`
}

// Count counts a request by how long it took.
func (t *Target) Count(took time.Duration, success bool) {
	t.Requests++
	if !success {
		t.Failed++
		return
	}
	t.Service.Record(took)
}

// Generator is what perfcheck observed of itself during a trial.
type Generator struct {
	Planned int64 `json:"planned"`           // arrivals that fell due; open models only
	Started int64 `json:"started"`           // scenarios begun
	Waiting int64 `json:"waiting,omitempty"` // those of Planned that no user was free for until the trial ended

	// Lag is from the moment a request could be sent to the moment it was, or
	// the trial ended, by the arm's clock: that stands when a slice ends, also
	// where perfcheck leaves the slice late.
	Lag *hist.Histogram `json:"lag"`
	// Stall is the longest time by which perfcheck went on later than it meant
	// to. Answers that came meanwhile were read, and count as done, only then.
	Stall time.Duration `json:"stall_ns,omitempty"`
	CPU   time.Duration `json:"cpu_ns"` // used by perfcheck during its own slices
	// GC is for how long perfcheck stood still for its own garbage collection.
	GC time.Duration `json:"gc_ns,omitempty"`
}

// Latencies returns the latencies of all steps of the trial in one histogram.
func (t *Trial) Latencies() *hist.Histogram { return latencies(t.Steps) }

func latencies(steps []Step) *hist.Histogram {
	all := hist.New()
	for _, s := range steps {
		all.Merge(s.Latency)
	}
	return all
}

// Value returns one number of the trial in base units, of a metric that no
// profile defines. The error is [ErrTooFew] or [ErrNotMeasured], wrapped with
// the reason.
func (t *Trial) Value(k Key) (float64, error) {
	m, err := MetricByName(k.Metric)
	if err != nil {
		return 0, err
	}
	return t.value(m, k)
}

func (t *Trial) value(m Metric, k Key) (float64, error) {
	v, err := t.compute(m, k)
	return t.kept(k, v, err)
}

func (t *Trial) compute(m Metric, k Key) (float64, error) {
	if k.Step != "" && !m.PerStep {
		return 0, fmt.Errorf("%w: %s is not known for single steps", ErrNotMeasured, m.Name)
	}
	part := t.Named(k.Step)
	if k.Step != "" && part == nil {
		return 0, fmt.Errorf("%w: no step %q", ErrNotMeasured, k.Step)
	}
	return m.value(t, part)
}

// Named returns what there is of one step or transaction, all steps where it has
// no name, and nothing where there is none.
func (t *Trial) Named(name string) []Step {
	if name == "" {
		return t.Steps
	}
	for _, parts := range [][]Step{t.Steps, t.Transactions} {
		for i := range parts {
			if parts[i].Name == name {
				return parts[i : i+1]
			}
		}
	}
	return nil
}

// StepNames returns the names of all steps that a trial has, in the order in
// which they appear, each trial's transactions after its steps.
func (r *Run) StepNames() (names []string) {
	seen := make(map[string]bool)
	for _, t := range r.Trials {
		for _, s := range slices.Concat(t.Steps, t.Transactions) {
			if !seen[s.Name] {
				seen[s.Name] = true
				names = append(names, s.Name)
			}
		}
	}
	return names
}

// Targets returns what each copy of a scaled service got in the trials that may
// be judged, in sum.
func (r *Run) Targets() []Target {
	var sums []Target
	for _, t := range r.Trials {
		if len(t.Invalid) > 0 {
			continue
		}
		for _, target := range t.Targets {
			i := slices.IndexFunc(sums, func(s Target) bool { return s.Name == target.Name })
			if i < 0 {
				i = len(sums)
				sums = append(sums, Target{Name: target.Name, Service: hist.New()})
			}
			sums[i].Requests += target.Requests
			sums[i].Failed += target.Failed
			sums[i].Service.Merge(target.Service)
		}
	}
	return sums
}

// Valid returns the numbers of those blocks whose trial may be judged.
func (r *Run) Valid() []int {
	var blocks []int
	for _, t := range r.Trials {
		if len(t.Invalid) == 0 {
			blocks = append(blocks, t.Block)
		}
	}
	return blocks
}
