// Package profile reads perfcheck.yml: what the service is, and the named,
// fixed, seeded descriptions of load with their gates.
package profile

import (
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// A Config is a whole perfcheck.yml.
type Config struct {
	Path     string // of the file
	Service  Service
	Profiles []Profile // in the order of the file
	Budget   time.Duration
}

// A Service says how to build, start and reach what is measured. Relative
// paths and commands are resolved in the folder of perfcheck.yml, inside the
// work tree of the commit that is measured.
type Service struct {
	Compose []string          // compose files; used where a container engine answers
	Command []string          // argv of a local process; ${PORT} is replaced by a free port
	URL     string            // http://host:port of a service that runs already
	Build   []string          // argv, run once per commit before Compose or Command
	Env     map[string]string // for Build, Compose and Command
	Target  Target
	Ready   Ready
	Isolate string // auto or off
}

// A Target is the port of the compose service that gets the load.
type Target struct {
	Service string
	Port    int // inside the container
}

// Ready says when a started service takes load.
type Ready struct {
	Get     string        // path that must answer below 400; empty: the port must accept connections
	Timeout time.Duration // from the start
}

// Arrival is the model of load: exactly one of its fields is not zero.
type Arrival struct {
	Rate  float64 // open: scenarios per second, evenly spaced
	Users int     // closed: users at once, each running scenario after scenario
}

// Warmup is load before each trial whose results are thrown away.
type Warmup struct {
	Steady   bool          // ends when latency is steady, else at Min
	Min, Max time.Duration // of load, an arm and block
}

// A Profile is one description of load. Everything in it but Gates affects
// the measurement and so its digest.
type Profile struct {
	Name       string
	Arrival    Arrival
	Warmup     Warmup
	Trial      time.Duration // of load, an arm and block
	Interleave string        // slices, trials or auto
	Slice      time.Duration // length of a turn; 0 is auto
	Seed       uint64
	Timeout    time.Duration // of a request, where its step has none
	Headers    map[string]string
	Data       []Feed
	Setup      []Step // once per block, before the warm-up
	Login      []Step // once per virtual user
	Scenarios  []Scenario
	Gates      []bench.Gate // all that apply, defaults and single steps spelled out
	Digest     string       // hex; filled in by Load
}

// A Feed gives each virtual user a record of a file.
type Feed struct {
	Name string
	CSV  string // path of the file, first line names the columns
	Pick string // random or sequential
	// Content is what the file held when the profile was loaded.
	Content []byte `json:"-"`
}

// A Scenario is a weighted flow of steps.
type Scenario struct {
	Name   string
	Weight float64
	Steps  []Step
}

// A Step is one thing that a virtual user does: exactly one of Request, Think
// and If is set.
type Step struct {
	Line    int // in perfcheck.yml, for messages
	Request *Request
	Think   *Think
	If      string // condition under which Steps are done
	Steps   []Step
}

// Think is a pause, drawn evenly between Min and Max.
type Think struct{ Min, Max time.Duration }

// A Request is one step that has a latency. Path, header values and all
// strings in bodies are templates: ${expression}.
type Request struct {
	Name    string // unique meaning inside a profile; default "METHOD path"
	Method  string
	Path    string
	Headers map[string]string
	JSON    any    // body: maps, lists, strings, numbers, booleans, nil
	Form    map[string]string
	Body    string
	Expect  Expect
	Capture []Capture // in the order of the file
	Timeout time.Duration
}

// Expect is what an answer must be to count as a success.
type Expect struct {
	Status []int // accepted codes; empty: 200 to 399
	JSON   []Check
	Body   string // must occur in the body, where not empty
}

// A Check is a condition on the values that a JSONPath selects.
type Check struct {
	Path string
	Want any // a value to equal, or one of the strings "exists", "not empty"
}

// A Capture keeps a part of the answer in a variable of the virtual user.
type Capture struct {
	Name string
	Path string // JSONPath
	Pick string // of several matches: first or random
}
