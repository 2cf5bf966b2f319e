package scenario

import "github.com/expr-lang/expr/ast"

// A simple is what most expressions are: a variable, a member of one, or a
// whole number between two literals. It is evaluated without expr's machine and
// with the same outcome. The zero value is no expression.
type simple struct {
	variable, member string
	low, high        int // of randint, where low < high
}

// simplify returns the zero value for an expression that is not simple.
func simplify(node ast.Node) simple {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		return simple{variable: n.Value}
	case *ast.MemberNode:
		variable, ok1 := n.Node.(*ast.IdentifierNode)
		member, ok2 := n.Property.(*ast.StringNode)
		if ok1 && ok2 && !n.Method {
			return simple{variable: variable.Value, member: member.Value}
		}
	case *ast.CallNode:
		name, ok := n.Callee.(*ast.IdentifierNode)
		if ok && name.Value == "randint" && len(n.Arguments) == 3 { // the user is the first
			low, ok1 := literal(n.Arguments[1])
			high, ok2 := literal(n.Arguments[2])
			if ok1 && ok2 {
				return simple{low: low, high: high}
			}
		}
	}
	return simple{}
}

// literal returns a number that stands where a float64 is wanted.
func literal(n ast.Node) (int, bool) {
	f, ok := n.(*ast.FloatNode)
	if !ok {
		return 0, false
	}
	i, err := whole(f.Value)
	return i, err == nil
}

// value says not ok where expr's machine must evaluate the expression, or say
// what is wrong with it.
func (s *simple) value(u *User) (v any, ok bool) {
	switch {
	case s.low < s.high:
		return u.randint(s.low, s.high), true
	case s.variable == "":
		return nil, false
	}
	v, ok = u.vars[s.variable]
	if ok && s.member != "" {
		var members map[string]any
		if members, ok = v.(map[string]any); ok {
			v, ok = members[s.member]
		}
	}
	return v, ok
}
