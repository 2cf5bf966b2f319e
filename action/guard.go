package action

import (
	"io"
	"sync"
)

// Guard returns a writer for text of others in a step of a workflow, such as a
// service's log. GitHub takes a line of a step's stdout or stderr for a command
// when it begins with :: after blanks, or has ##[ anywhere: a service could
// hide text with it, set outputs or forge annotations. Guard puts a backslash
// before a colon that begins a line and before the bracket, and changes nothing
// else. It may be used by several goroutines.
func Guard(w io.Writer) io.Writer { return &guard{w: w, blank: true} }

type guard struct {
	mu     sync.Mutex
	w      io.Writer
	blank  bool // nothing visible is on the line yet
	hashes int  // number signs just before, counted up to 2
}

func (g *guard) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	broken := make([]byte, 0, len(p)+16)
	for _, b := range p {
		if g.blank && b == ':' || g.hashes == 2 && b == '[' {
			broken = append(broken, '\\')
		}
		broken = append(broken, b)
		g.pass(b)
	}
	if _, err := g.w.Write(broken); err != nil {
		return 0, err
	}
	return len(p), nil
}

// pass takes note of a byte. The runner ends a line at a carriage return too,
// and strips all white space that Unicode has before it looks for ::, so that
// only visible ASCII counts as text here.
func (g *guard) pass(b byte) {
	switch {
	case b == '\n' || b == '\r':
		g.blank = true
	case ' ' < b && b <= '~':
		g.blank = false
	}
	if b != '#' {
		g.hashes = 0
	} else if g.hashes < 2 {
		g.hashes++
	}
}
