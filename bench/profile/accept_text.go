package profile

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/perfcheck/perfcheck/bench"
)

// writeEntries writes entries as lines of a list without indentation.
func writeEntries(all []bench.Acceptance) string {
	var out strings.Builder
	for _, a := range all {
		fmt.Fprintf(&out, "- profile: %s\n", quoted(a.Profile))
		if a.Step != "" {
			fmt.Fprintf(&out, "  step: %s\n", quoted(a.Step))
		}
		fmt.Fprintf(&out, "  metric: %s\n  up_to: %s\n  why: %s\n  until: %s\n", a.Metric, FormatUpTo(a), quoted(a.Why), a.Until.Format(time.DateOnly))
	}
	return out.String()
}

// plainWords are what YAML reads as it stands, but for words such as null.
var plainWords = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 ,./()_-]*$`)

// quoted writes a string as YAML, in quotes where it could need them. The library
// alone leaves "? x" as it is, and cannot read it back.
func quoted(s string) string {
	text, err := yaml.Marshal(s)
	if err == nil && plainWords.MatchString(s) && string(text) == s+"\n" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// emptyList is the line of a list without entries.
var emptyList = regexp.MustCompile(`^(accept:)\s*(?:\[\s*\])?\s*(#.*)?$`)

// insertEntries puts lines at the end of the list named accept. It works on the text, so
// that comments, blank lines and quotes stay as the team has written them.
func insertEntries(text []byte, entries string) ([]byte, error) {
	if !bytes.HasSuffix(text, []byte("\n")) {
		text = append(slices.Clone(text), '\n')
	}
	lines := strings.SplitAfter(string(text), "\n")
	lines = lines[:len(lines)-1] // what follows the last line's end
	list, key, next, err := acceptNode(text)
	switch seq, ok := list.(*ast.SequenceNode); {
	case err != nil:
		return nil, err
	case key == 0:
		lines = append(lines, "accept:\n", indented(entries, 2))
	case ok && !seq.IsFlowStyle && len(seq.Values) > 0:
		lines = slices.Insert(lines, endOf(lines, next), indented(entries, seq.Start.Position.Column-1))
	case ok && len(seq.Values) > 0:
		return nil, ErrForm
	default:
		m := emptyList.FindStringSubmatch(strings.TrimRight(lines[key-1], "\r\n"))
		if m == nil {
			return nil, ErrForm
		}
		lines[key-1] = strings.TrimRight(m[1]+" "+m[2], " ") + "\n"
		lines = slices.Insert(lines, key, indented(entries, 2))
	}
	return []byte(strings.Join(lines, "")), nil
}

// endOf returns how many lines stand before the end of the list, where the next
// key stands in line next, or there is none. What stands right above that key
// belongs to it.
func endOf(lines []string, next int) int {
	if next == 0 {
		return len(lines)
	}
	at := next - 1
	for besides(lines[at-1]) {
		at--
	}
	return at
}

func indented(entries string, by int) string {
	var out strings.Builder
	for line := range strings.Lines(entries) {
		out.WriteString(strings.Repeat(" ", by) + line)
	}
	return out.String()
}

// besides says whether a line is blank or a comment.
func besides(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line[0] == '#'
}

// acceptNode finds the value of accept, the line of its key, and that of the key
// after it, both counted from 1; 0 where there is none.
func acceptNode(text []byte) (value ast.Node, key, next int, err error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, 0, 0, err
	}
	for _, doc := range file.Docs {
		root, ok := doc.Body.(ast.MapNode)
		if !ok {
			continue
		}
		for it := root.MapRange(); it.Next(); {
			at := it.Key().GetToken().Position.Line
			switch {
			case it.Key().GetToken().Value == "accept":
				value, key = it.Value(), at
			case key > 0 && next == 0:
				next = at
			}
		}
	}
	return value, key, next, nil
}
