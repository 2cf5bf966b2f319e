package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Position is a place in a file, counted from 1; the zero value is unknown.
type Position struct {
	Line, Column int
	File         string // that is included; "" is the configuration itself
}

// A Problem is one mistake in a perfcheck.yml.
type Problem struct {
	File    string
	Pos     Position
	Path    string // of the key: profiles.checkout.arrival.rate
	Message string // what is wrong and what to write instead
}

func (p Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File + ":")
		if p.Pos.Line > 0 {
			fmt.Fprintf(&b, "%d:%d:", p.Pos.Line, p.Pos.Column)
		}
		b.WriteByte(' ')
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Problems are all mistakes of a perfcheck.yml in the order of the file.
type Problems []Problem

// Error returns one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns ps, sorted by place, as an error; nil when there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	// A flow is read wherever it is used, and each mistake in it is one.
	type mistake struct {
		file    string
		pos     Position
		message string
	}
	seen := map[mistake]bool{}
	var sorted Problems
	for _, p := range ps {
		if m := (mistake{p.File, p.Pos, p.Message}); !seen[m] {
			seen[m] = true
			sorted = append(sorted, p)
		}
	}
	slices.SortStableFunc(sorted, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return sorted
}

// A source knows where the keys of a file are.
type source struct {
	file      string
	positions map[string]Position // by path of the key
}

// problem reports on the key at path, or where the file has no such key, on
// the nearest one around it.
func (s source) problem(path, format string, args ...any) Problem {
	p := Problem{File: s.file, Path: path, Message: fmt.Sprintf(format, args...)}
	for known := path; known != ""; known = known[:len(known)-1] {
		if pos, ok := s.positions[known]; ok {
			p.Pos, p.File = pos, cmp.Or(pos.File, s.file)
			break
		}
	}
	return p
}

// Problem describes a mistake in the profile. The path leads from the profile
// to the key, as in scenarios[0].steps[2].json.amount.
func (p *Profile) Problem(path, format string, args ...any) Problem {
	return p.source.problem("profiles."+p.Name+"."+path, format, args...)
}

// Problem describes a mistake in the file outside of its profiles; path leads
// to the key, as in service.ready.
func (c *Config) Problem(path, format string, args ...any) Problem {
	return c.source.problem(path, format, args...)
}

// Nearest returns the name that was probably meant, or "".
func Nearest(typo string, names []string) string {
	best, bestDistance := "", max(2, len(typo)/3)+1
	for _, name := range slices.Sorted(slices.Values(names)) {
		if d := distance(strings.ToLower(typo), strings.ToLower(name)); d < bestDistance && d < len(name) {
			best, bestDistance = name, d
		}
	}
	return best
}

// distance is Levenshtein's: the fewest bytes to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// choices lists words for a message: a, b or c.
func choices(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
