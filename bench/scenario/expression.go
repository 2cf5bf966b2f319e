package scenario

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// A scope holds the variables that are known at one point of a flow.
type scope map[string]types.Type

// names returns the variables for a message.
func (s scope) names() string {
	if len(s) == 0 {
		return "there are no variables here"
	}
	return "the variables here are " + strings.Join(slices.Sorted(maps.Keys(s)), ", ")
}

// fields returns those of the feeds for a message.
func (s scope) fields() string {
	var all []string
	for name, t := range s {
		if columns, ok := t.(types.Map); ok {
			for column := range columns {
				all = append(all, name+"."+column)
			}
		}
	}
	if len(all) == 0 {
		return ""
	}
	slices.Sort(all)
	return ": the data have " + strings.Join(all, ", ")
}

// captured is the type of what an answer held.
var captured = types.Any

// recordType is the type of a feed's record.
func recordType(f *profile.Feed) types.Type {
	kind := types.String
	if f.Values != nil {
		kind = types.Any
	}
	m := types.Map{}
	for _, c := range f.Columns {
		m[c] = kind
	}
	return m
}

// An expression is compiled once and evaluated for many users.
type expression struct {
	source  string
	program *vm.Program
	simple  simple
}

// errUnknown is of an expression with a variable or function that there is not,
// in the words of expr.
var errUnknown = errors.New("unknown name")

// compile returns the expression, checked against the variables in scope.
func compile(source string, known scope, options ...expr.Option) (*expression, error) {
	anyType := len(options) == 0
	env := types.Map{self: types.TypeOf(&User{})}
	maps.Copy(env, known)
	options = append(options,
		expr.Env(env),
		expr.DisableBuiltin("now"), // the clock would make requests differ between runs
		expr.Patch(passUser{}),
	)
	program, err := expr.Compile(source, append(options, functions...)...)
	if err != nil {
		message := firstLine(err)
		if name, ok := strings.CutPrefix(message, errUnknown.Error()); ok {
			return nil, fmt.Errorf("%s: %w%s: %s", source, errUnknown, name, known.names())
		}
		if strings.HasSuffix(message, "(mismatched types string and int)") {
			message += ": a text in digits is a number by int(…)"
		}
		if strings.HasPrefix(message, "unknown field") {
			message += known.fields()
		}
		return nil, fmt.Errorf("%s: %s", source, message)
	}
	e := &expression{source: source, program: program}
	if anyType { // else expr's machine looks at what comes out
		e.simple = simplify(program.Node())
	}
	return e, nil
}

// What an expression must be that stands by itself.
var (
	aCondition = expr.AsBool()
	aNumber    = expr.AsFloat64()
	aList      = expr.AsKind(reflect.Slice)
)

// firstLine leaves out the picture that expr draws of the place.
func firstLine(err error) string {
	if located, ok := errors.AsType[*file.Error](err); ok {
		return located.Message
	}
	return err.Error()
}

// machines are shared by all users: there are many of these, and most of the
// time they wait.
var machines = sync.Pool{New: func() any { return new(vm.VM) }}

// value evaluates the expression for a user.
func (e *expression) value(u *User) (any, error) {
	if v, ok := e.simple.value(u); ok {
		return v, nil
	}
	if u.vars == nil {
		u.set(self, u)
	}
	machine := machines.Get().(*vm.VM)
	defer machines.Put(machine)
	v, err := machine.Run(e.program, u.vars)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", e.source, firstLine(err))
	}
	return v, nil
}

// holds evaluates a condition.
func (e *expression) holds(u *User) (bool, error) {
	v, err := e.value(u)
	return v == true, err
}

// self is the variable that holds the user whose generator a function draws
// from. No expression can spell it.
const self = "(user)"

// passUser adds the user to the arguments of the functions that draw.
type passUser struct{}

// Visit is called by expr for every node of an expression.
func (passUser) Visit(n *ast.Node) {
	call, ok := (*n).(*ast.CallNode)
	if !ok {
		return
	}
	name, ok := call.Callee.(*ast.IdentifierNode)
	if ok && slices.Contains(drawing, name.Value) {
		call.Arguments = append([]ast.Node{&ast.IdentifierNode{Value: self}}, call.Arguments...)
	}
}

// drawing are the functions whose first argument is the user.
var drawing = []string{"randint", "uniform", "uuid"}

// functions are those that expressions have beside expr's own. Their types are
// checked when an expression is compiled, but for captured values, whose type
// shows at run time only.
var functions = []expr.Option{
	expr.Function("randint", randint, new(func(*User, float64, float64) int)),
	expr.Function("uniform", uniform, new(func(*User, float64, float64) float64)),
	expr.Function("uuid", uuid, new(func(*User) string)),
	expr.Function("round", round, new(func(float64) float64), new(func(float64, float64) float64)),
}

func randint(args ...any) (any, error) {
	low, err1 := whole(args[1])
	high, err2 := whole(args[2])
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("randint: %v", err)
	}
	if low > high {
		return nil, fmt.Errorf("randint: %d is greater than %d", low, high)
	}
	return args[0].(*User).randint(low, high), nil
}

func (u *User) randint(low, high int) int { return low + u.rng().IntN(high-low+1) }

func uniform(args ...any) (any, error) {
	low, err1 := float(args[1])
	high, err2 := float(args[2])
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("uniform: %v", err)
	}
	return low + (high-low)*args[0].(*User).rng().Float64(), nil
}

// uuid returns a UUID of version 4 (RFC 9562, section 5.4).
func uuid(args ...any) (any, error) {
	rng := args[0].(*User).rng()
	high := rng.Uint64()&^0xf000 | 0x4000
	low := rng.Uint64()&^(3<<62) | 2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, low>>48, low&0xffffffffffff), nil
}

func round(args ...any) (any, error) {
	x, err := float(args[0])
	if err != nil {
		return nil, fmt.Errorf("round: %v", err)
	}
	if len(args) == 1 {
		return math.Round(x), nil
	}
	n, err := whole(args[1])
	if err != nil {
		return nil, fmt.Errorf("round: %v", err)
	}
	scale := math.Pow10(n)
	return math.Round(x*scale) / scale, nil
}

func float(v any) (float64, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case int:
		return float64(v), nil
	case int64:
		return float64(v), nil
	}
	return 0, fmt.Errorf("want a number, got %v", v)
}

// maxWhole bounds whole numbers, so that the span between two fits an int.
const maxWhole = 1 << 53

func whole(v any) (int, error) {
	f, err := float(v)
	if err != nil {
		return 0, err
	}
	if f != math.Trunc(f) || math.Abs(f) > maxWhole {
		return 0, fmt.Errorf("want a whole number, got %v", v)
	}
	return int(f), nil
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// checkName reports why an expression could not use a variable of that name.
func checkName(name string) error {
	if !identifier.MatchString(name) {
		return fmt.Errorf("want a name of letters, digits and underscores, got %q", name)
	}
	// expr knows its own words best.
	e, err := compile(name, scope{name: captured})
	if err == nil {
		_, isVariable := e.program.Node().(*ast.IdentifierNode)
		if isVariable && name != "round" && !slices.Contains(drawing, name) {
			return nil
		}
	}
	return fmt.Errorf("%s means something else in expressions: choose another name", name)
}
