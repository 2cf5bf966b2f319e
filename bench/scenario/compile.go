package scenario

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
)

// A Program is a compiled profile. It is safe for concurrent use by many users.
type Program struct {
	seed         uint64
	steps        []string
	transactions []string
	metrics      []bench.Custom
	cookies      bool
	scheme       string   // of the service; see At
	addrs        []string // likewise

	feeds     []feed
	setup     []op
	teardown  []op
	login     []op
	given     []string // what setup captures
	kept      []string // what login captures
	scenarios []weighted
}

// Steps returns the names of the measured steps in the order of the profile.
func (p *Program) Steps() []string { return slices.Clone(p.steps) }

// Transactions returns the names of the transactions in the order of the profile.
func (p *Program) Transactions() []string { return slices.Clone(p.transactions) }

// Compile compiles the steps of a profile. The error is [profile.Problems]
// with all mistakes in templates, conditions and JSONPaths.
func Compile(p *profile.Profile) (*Program, error) {
	c := newCompiler(p)
	c.compile()
	if err := c.problems.Err(); err != nil {
		return nil, err
	}
	return c.program, nil
}

// hiding are the keys whose mistakes may hide a variable that others use, and
// steps that are none.
var hiding = regexp.MustCompile(`\.(data|setup|login|use|each|as|capture|set)\b|\]$`)

// Check returns the further mistakes of a profile of which some are known, and not
// what is but a consequence of these.
func Check(p *profile.Profile, known profile.Problems) profile.Problems {
	c := newCompiler(p)
	c.broken = true
	for _, k := range known {
		path, own := strings.CutPrefix(k.Path, "profiles."+p.Name)
		c.obscure = c.obscure || own && hiding.MatchString(path)
	}
	c.compile()
	return slices.DeleteFunc(c.problems, func(found profile.Problem) bool {
		return slices.ContainsFunc(known, func(k profile.Problem) bool {
			below, ok := strings.CutPrefix(k.Path, found.Path)
			return ok && (below == "" || below[0] == '.' || below[0] == '[')
		})
	})
}

func newCompiler(p *profile.Profile) *compiler {
	return &compiler{
		profile: p,
		program: &Program{seed: p.Seed, steps: p.Steps(), transactions: p.Transactions(), metrics: p.Metrics, cookies: p.Cookies},
		scope:   scope{},
		fixed:   map[string]string{},
	}
}

func (c *compiler) compile() {
	c.feeds()
	c.preparation()
	c.scenarios()
}

// A compiler turns steps into ops. Its paths lead from the profile to a key.
type compiler struct {
	profile  *profile.Profile
	program  *Program
	problems profile.Problems
	scope    scope               // variables that are known at this point
	common   map[string]template // headers of all requests at this point
	fixed    map[string]string   // variables that may not be captured (again), and why
	broken   bool                // parts of the profile may be missing, which is reported
	obscure  bool                // variables may be, too
}

func (c *compiler) bad(path, format string, args ...any) {
	c.problems = append(c.problems, c.profile.Problem(path, format, args...))
}

// block forgets the variables that body makes known. It returns all that were
// known at its end.
func (c *compiler) block(body func()) scope {
	outer := c.scope
	c.scope = maps.Clone(outer)
	body()
	inner := c.scope
	c.scope = outer
	return inner
}

func (c *compiler) feeds() {
	for _, f := range c.profile.Data {
		if err := checkName(f.Name); err != nil {
			c.bad("data."+f.Name, "%v", err)
		}
		c.fixed[f.Name] = "it is a feed"
		if f.Len() == 0 && !c.broken {
			c.bad("data."+f.Name, "no records")
		}
		if f.Len() > 0 {
			c.program.feeds = append(c.program.feeds, newFeed(f))
		}
	}
	c.fed(false)
}

// fed makes the records known that users have, or that scenarios have.
func (c *compiler) fed(perScenario bool) {
	for _, f := range c.profile.Data {
		switch {
		case f.PerScenario != perScenario:
		case f.Len() == 0 && c.broken:
			c.scope[f.Name] = captured // and its columns are unknown
		default:
			c.scope[f.Name] = recordType(&f)
		}
	}
}

// preparation compiles setup and login. What they capture is known to all that
// follows.
func (c *compiler) preparation() {
	literal := maps.Clone(c.profile.Headers)
	maps.DeleteFunc(literal, func(_, value string) bool { return !isLiteral(value) })
	c.common = c.headers("headers", literal)
	if a := c.profile.Auth; isLiteral(a.Bearer) && isLiteral(a.User) && isLiteral(a.Password) {
		c.identify()
	}
	c.program.setup = c.unmeasured("setup", c.profile.Setup)
	c.program.given = c.fix("setup captures it")
	c.block(func() { c.program.teardown = c.unmeasured("teardown", c.profile.Teardown) })
	c.program.login = c.unmeasured("login", c.profile.Login)
	c.program.kept = c.fix("login captures it")
}

// fix returns the variables that may not be captured again from now on.
func (c *compiler) fix(why string) (names []string) {
	for name := range c.scope {
		if c.fixed[name] == "" {
			c.fixed[name] = why
			names = append(names, name)
		}
	}
	return names
}

func (c *compiler) scenarios() {
	c.fed(true)
	c.common = c.headers("headers", c.profile.Headers)
	c.identify()
	upTo := 0.0
	for i, s := range c.profile.Scenarios {
		c.block(func() {
			upTo += s.Weight
			flow := c.scenario(fmt.Sprintf("scenarios[%d].steps", i), &s)
			c.program.scenarios = append(c.program.scenarios, weighted{upTo, flow})
		})
	}
	if upTo <= 0 && !c.broken {
		c.bad("scenarios", "want at least one, of a weight above 0")
	}
}

func (c *compiler) condition(path, source string) *expression {
	return c.bare(path, source, aCondition)
}

// bare compiles an expression that stands by itself, not in a template.
func (c *compiler) bare(path, source string, kind expr.Option) *expression {
	if inner, ok := strings.CutPrefix(source, "${"); ok {
		c.bad(path, "an expression stands here by itself: write %s", strings.TrimSuffix(inner, "}"))
		return nil
	}
	if source == "" && c.broken {
		return nil
	}
	return c.checked(path, source, kind)
}

func (c *compiler) expression(path, source string) *expression { return c.checked(path, source) }

func (c *compiler) checked(path, source string, kind ...expr.Option) *expression {
	e, err := compile(source, c.scope, kind...)
	if err != nil && !(c.obscure && errors.Is(err, errUnknown)) {
		c.bad(path, "%v", err)
	}
	return e
}

// captures makes variables known to the steps that follow.
func (c *compiler) captures(path string, captures []profile.Capture) {
	for _, k := range captures {
		c.variable(path+".capture."+k.Name, k.Name)
	}
}

func (c *compiler) variable(path, name string) {
	if why, ok := c.fixed[name]; ok {
		c.bad(path, "%s is taken, since %s: choose another name", name, why)
	} else if err := checkName(name); err != nil {
		c.bad(path, "%v", err)
	} else {
		c.scope[name] = captured
	}
}

func (c *compiler) request(path string, q *profile.Request, measured bool) *request {
	r := &request{
		proto:  Request{Step: -1, Name: q.Name, Method: q.Method, Timeout: c.timeout(q)},
		path:   c.path(path+"."+q.Method, q.Path),
		header: c.header(path, q),
		body:   c.body(path, q),
		answer: c.answer(path, q),
		retry:  q.Retry,

		redirects: c.redirects(path, q),
	}
	if measured {
		r.proto.Step = slices.Index(c.program.steps, q.Name)
	}
	if r.answer.looksAtBody() {
		r.answer.encoded = c.encoding(path, q, r)
	}
	r.prebuild()
	c.captures(path, q.Capture)
	r.answer.records = c.records(path, q.Record, measured) // of what is captured, too
	return r
}

func (c *compiler) timeout(q *profile.Request) time.Duration {
	if q.Timeout > 0 {
		return q.Timeout
	}
	return c.profile.Timeout
}
