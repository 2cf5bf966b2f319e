// Package profile reads perfcheck.yml: what the service is, and the named,
// fixed, seeded descriptions of load with their gates.
//
// [Load] reports every mistake of a file at once, each with its place, as
// [Problems]. What a step's templates, conditions and JSONPaths say is checked
// by the package that compiles them, bench/scenario, which reports through
// [Profile.Problem] and so names the same places.
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
	Broken   []Profile // those with mistakes, as far as they were understood
	Budget   time.Duration

	source source
}

// A Service says how to build, start and reach what is measured. Relative
// paths and commands are resolved in the folder of perfcheck.yml, inside the
// work tree of the commit that is measured.
type Service struct {
	// Folder is where perfcheck.yml lies in its git repository, empty at the root: two
	// services of one repository may be configured alike.
	Folder string `json:",omitzero"`

	Compose  []string          `json:",omitzero"` // compose files; used where a container engine answers
	Command  []string          `json:",omitzero"` // argv of a local process; ${PORT} is replaced by a free port
	URL      string            `json:",omitzero"` // http://host:port or https://host:port of a service that runs already
	Replicas []string          `json:",omitzero"` // the URLs of its replicas beside that one
	Balance  Balance           `json:",omitzero"`
	TLS      TLS               `json:",omitzero"`
	Protocol string            `json:",omitzero"` // HTTP1, HTTP2 or H2C; empty: what TLS negotiates, else HTTP1
	Build    []string          `json:",omitzero"` // argv, run once per commit before Compose or Command
	Env      map[string]string `json:",omitzero"` // for Build, Compose and Command
	Target   Target            `json:",omitzero"`
	Ready    Ready             `json:"-"`
	Isolate  string            `json:",omitzero"` // Auto or Off

	// Network is how the load reaches a container: Published, Direct or Host;
	// empty: Direct where that works, and what it was is told by the machine's
	// fingerprint.
	Network string `json:",omitzero"`

	BuildTimeout time.Duration `json:"-"` // of Build and the images, an arm; 0 is none
}

// A Target is the port of the compose service that gets the load.
type Target struct {
	Service  string `json:",omitzero"`
	Port     int    `json:",omitzero"` // inside the container
	Replicas int    `json:",omitzero"` // so many containers, that get the load in turns or by Balance; 0: as the compose file says, which must be one
}

// Ready says when a started service takes load.
type Ready struct {
	Get     string        // path that must answer below 400; empty: the port must accept connections
	Timeout time.Duration // from the start
}

// Arrival is the model of load: exactly one of Rate, Users and Stages is not zero.
type Arrival struct {
	Rate   float64 `json:",omitzero"`  // open: scenarios per second
	Users  int     `json:",omitzero"`  // closed: users at once, each running scenario after scenario
	Stages []Stage `json:",omitempty"` // of a trial, each with a level of its own

	// Of an open model:
	Spacing  string `json:",omitzero"` // Poisson, else even
	MaxUsers int    `json:",omitzero"` // see Limit
	Sessions int    `json:",omitzero"` // see LoggedIn
}

// DefaultMaxUsers is the limit of an open model that names none.
const DefaultMaxUsers = 2000

// Warmup is load before each trial whose results are thrown away.
type Warmup struct {
	Steady bool          `json:",omitzero"` // ends when latency is steady, else at Min
	Min    time.Duration `json:",omitzero"` // of load, an arm and block
	Max    time.Duration `json:",omitzero"` // likewise; equal to Min where not Steady
}

// The words of Profile.Interleave, Service.Isolate, Service.Network,
// Service.Protocol, Feed.Pick, Capture.Pick and Arrival.Spacing.
const (
	Auto       = "auto"
	Off        = "off"
	Slices     = "slices"
	Trials     = "trials"
	First      = "first"
	Last       = "last"
	Random     = "random"
	Unique     = "unique"
	All        = "all"
	Count      = "count"
	Nth        = "nth"
	Sequential = "sequential"
	HTTP1      = "http1"
	HTTP2      = "http2"
	H2C        = "h2c"
	Published  = "published"
	Direct     = "direct"
	Host       = "host"
	Poisson    = "poisson"
)

// A Profile is one description of load. Everything in it but Gates and MaxErrors
// affects the measurement and so its digest.
//
// The digest is taken of the fields that are not zero, so a field that is
// added later must mean with its zero value what held before.
type Profile struct {
	Name        string            `json:",omitzero"`
	Arrival     Arrival           `json:",omitzero"`
	Warmup      Warmup            `json:",omitzero"`
	Trial       time.Duration     `json:",omitzero"` // of load, an arm and block
	Interleave  string            `json:",omitzero"` // Slices, Trials or Auto
	Slice       time.Duration     `json:",omitzero"` // length of a turn; 0 is auto
	Seed        uint64            `json:",omitzero"`
	Timeout     time.Duration     `json:",omitzero"` // of a request, where its step has none
	BusyPoll    bool              `json:",omitzero"` // perfcheck polls for what comes and falls due, instead of sleeping
	NoKeepAlive bool              `json:",omitzero"` // HTTP/1.1: a connection for each request
	Connections int               `json:",omitzero"` // HTTP/2: that all users share; 0: each user has one
	Headers     map[string]string `json:",omitzero"` // of all requests; those with templates: of the scenarios' requests
	Cookies     bool              `json:",omitzero"` // users send back what answers set
	Redirects   int               `json:",omitzero"` // that are followed at most, one after the other
	Auth        Auth              `json:",omitzero"` // of all requests, or where it has templates of the scenarios'
	Data        []Feed            `json:",omitzero"` // by name
	Metrics     []bench.Custom    `json:",omitzero"` // by name
	Setup       []Step            `json:",omitzero"` // once per block, before the warm-up
	Teardown    []Step            `json:",omitzero"` // once per block, after the trial, for the user of Setup
	Login       []Step            `json:",omitzero"` // once per user; in open models once per session, see Arrival.LoggedIn
	Scenarios   []Scenario        `json:",omitzero"`
	Gates       []bench.Gate      `json:"-"` // all that apply, defaults and single steps spelled out
	MaxErrors   float64           `json:"-"` // share of failed requests in a trial above which the measurement ends; 0: it goes on
	Digest      string            `json:"-"` // hex; filled in by Load

	Instructions bool `json:",omitzero"` // they are counted, which makes the service slower

	source source
}

// A Feed gives each virtual user a record of a file.
type Feed struct {
	Name        string     `json:",omitzero"`
	CSV         string     `json:"-"`          // path of the file, whose first line names the columns
	JSONL       string     `json:"-"`          // instead: path of a file with a JSON object on each line
	Pick        string     `json:",omitzero"`  // Random, Sequential or Unique
	PerScenario bool       `json:",omitzero"`  // a user gets another record for each scenario
	Stop        bool       `json:",omitzero"`  // with Sequential: no record comes again; with Unique none does
	Columns     []string   `json:",omitempty"` // as the file held when the profile was loaded
	Records     [][]string `json:",omitempty"` // of CSV: at least one, each as long as Columns
	Values      [][]any    `json:",omitempty"` // of JSONL, likewise
}

// A Scenario is a weighted flow of steps.
type Scenario struct {
	Name   string  `json:",omitzero"`
	Weight float64 `json:",omitzero"` // relative to the other scenarios' weights
	Steps  []Step  `json:",omitzero"`
}

// A Step is one thing that a virtual user does: exactly one of Request, Think,
// Set, If, Chance, Loop, Transaction and Use is set.
type Step struct {
	Request *Request `json:",omitzero"`
	Think   *Think   `json:",omitzero"`
	Set     []Value  `json:",omitzero"` // by name
	If      string   `json:",omitzero"` // condition under which Steps are done
	Chance  float64  `json:",omitzero"` // probability with which Steps are done, up to 1
	Loop    *Loop    `json:",omitzero"` // how often Steps are done
	// Transaction is the name under which Steps are timed together.
	Transaction string `json:",omitzero"`

	// Use is the name of the flow whose steps Steps are, where they are one's.
	Use string `json:"-"`

	Steps []Step `json:",omitzero"`
	Else  []Step `json:",omitzero"` // with If and Chance: what is done instead
}

// A Request is one step that has a latency. Path, header values and all
// strings in bodies and expected values are templates: ${expression}.
type Request struct {
	// Name is the default "METHOD path" where the file has none. Steps of
	// equal name are measured as one; Load sees to it that they have the same
	// method and path.
	Name      string            `json:",omitzero"`
	Method    string            `json:",omitzero"`
	Path      string            `json:",omitzero"` // with query, starts with / or ${
	Headers   map[string]string `json:",omitzero"`
	JSON      any               `json:",omitzero"` // body: maps, lists, strings, numbers, booleans
	Form      map[string]string `json:",omitzero"`
	Body      string            `json:",omitzero"`
	Multipart []Part            `json:",omitzero"` // body, by name
	File      []byte            `json:",omitzero"` // body: what the file held when the profile was loaded
	Auth      Auth              `json:",omitzero"` // in place of the profile's
	Expect    Expect            `json:",omitzero"`
	Capture   []Capture         `json:",omitzero"` // by name
	Record    []Record          `json:",omitzero"` // by metric
	Timeout   time.Duration     `json:",omitzero"` // 0: the profile's
	Retry     *Retry            `json:",omitzero"` // nil: it is sent once
	Redirects *int              `json:",omitzero"` // nil: the profile's
}

// Expect is what an answer must be to count as a success.
type Expect struct {
	Status  []int         `json:",omitzero"` // accepted codes; with Classes empty: 200 to 399
	Classes []StatusRange `json:",omitzero"` // accepted beside Status
	Headers []Check       `json:",omitzero"` // by name
	JSON    []Check       `json:",omitzero"` // by path
	Body    Texts         `json:",omitzero"` // conditions; one that is plain text must occur in the body
	Size    Size          `json:",omitzero"` // of the body
	Time    time.Duration `json:",omitzero"` // the latency must be below; 0: any
}

// A StatusRange holds the codes from Low to High.
type StatusRange struct{ Low, High int }

// Size is a limit on a number of bytes; the zero value is none.
type Size struct {
	Op    string // <, <=, > or >=
	Bytes int64
}

// A Check is a condition on what a JSONPath selects or a header says.
type Check struct {
	Path string `json:",omitzero"` // or the header's name
	// Want is a value to equal, or a condition in words: see package scenario.
	Want any `json:",omitzero"`
}

// Words for a [Check] that is no comparison. Both want at least one value
// selected; NotEmpty also that none is null, "", [] or {}.
const (
	Exists   = "exists"
	NotEmpty = "not empty"
)

// A Capture keeps a part of the answer in a variable of the virtual user. One
// of Path, Header, Cookie and Part says which part. Regex takes a piece of the
// header's values; where it stands alone, of the body.
type Capture struct {
	Name    string `json:",omitzero"`
	Path    string `json:",omitzero"` // JSONPath
	Header  string `json:",omitzero"`
	Cookie  string `json:",omitzero"` // that the answer sets
	Part    string `json:",omitzero"` // StatusCode or WholeBody
	Regex   string `json:",omitzero"` // its group, or all of it where it has none
	Pick    string `json:",omitzero"` // of several matches: First, Last, Random, All, Count or Nth
	Index   int    `json:",omitzero"` // with Nth, counted from 0
	Default any    `json:",omitzero"` // taken where nothing matches; nil: that is a failure
}

// A Value is what a variable of the virtual user is set to.
type Value struct {
	Name  string `json:",omitzero"`
	Value any    `json:",omitzero"` // a text, number or boolean, or an expression: ${total * 2}
}

// A Record adds a number to a metric that the profile defines.
type Record struct {
	Metric string `json:",omitzero"`
	Value  any    `json:",omitzero"` // a number, or an expression: ${total}
}

// The words of Capture.Part.
const (
	StatusCode = "status"
	WholeBody  = "body"
)

// DefaultProfile holds what a profile that names nothing gets.
var DefaultProfile = Profile{
	Warmup:     Warmup{Steady: true, Min: time.Second, Max: 15 * time.Second},
	Trial:      2 * time.Second,
	Interleave: Auto,
	Seed:       1,
	Timeout:    10 * time.Second,
}

// DefaultService holds what a service that names nothing gets.
var DefaultService = Service{
	Ready:   Ready{Timeout: time.Minute},
	Isolate: Auto,

	BuildTimeout: 10 * time.Minute,
}
