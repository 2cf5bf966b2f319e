package revision

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Patterns choose among paths the way that paths: does in a GitHub workflow. A
// pattern has to match the whole path. In it * stands for any characters but /,
// ** for any at all, ? for none or one of the character before it, + for one or
// more of it, [a-z0-9] for one of these, and \ takes the meaning from the next.
// One that begins with ! takes out what those before it let in; those after it
// may let it in again.
type Patterns []pattern

type pattern struct {
	out   bool
	match *regexp.Regexp
}

// ParsePatterns reads patterns and names all that are wrong.
func ParsePatterns(texts []string) (Patterns, error) {
	var patterns Patterns
	var errs []error
	for _, text := range texts {
		p, err := parsePattern(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("path pattern %q: %w", text, err))
			continue
		}
		patterns = append(patterns, p)
	}
	if len(patterns) > 0 && patterns[0].out && len(errs) == 0 {
		errs = append(errs, fmt.Errorf(`path pattern %q: there is nothing to take out of: put "**" before it`, texts[0]))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return patterns, nil
}

// Matching returns those of the paths that the patterns let in.
func (ps Patterns) Matching(paths []string) []string {
	var in []string
	for _, path := range paths {
		if ps.include(path) {
			in = append(in, path)
		}
	}
	return in
}

func (ps Patterns) include(path string) bool {
	in := false
	for _, p := range ps {
		if in == p.out && p.match.MatchString(path) {
			in = !p.out
		}
	}
	return in
}

func parsePattern(text string) (pattern, error) {
	glob, out := strings.CutPrefix(text, "!")
	switch {
	case glob == "":
		return pattern{}, errors.New("is empty")
	case !utf8.ValidString(glob):
		return pattern{}, errors.New("is not UTF-8")
	case strings.HasPrefix(glob, "/"), strings.HasPrefix(glob, "./"), strings.HasPrefix(glob, "../"):
		return pattern{}, errors.New("matches nothing: paths begin at the root of the repository, without / or dots")
	case strings.HasSuffix(glob, "/"):
		return pattern{}, fmt.Errorf("matches nothing: for all files in a folder write %s**", glob)
	}
	var expr strings.Builder
	for i := 0; i < len(glob); {
		piece, n, err := translate(glob[i:], i == 0 || glob[i-1] == '/')
		if err != nil {
			return pattern{}, err
		}
		expr.WriteString(piece)
		i += n
	}
	match, err := regexp.Compile(`(?s)\A(?:` + expr.String() + `)\z`)
	if err != nil {
		return pattern{}, errors.New("? and + repeat the one character before them, and ranges go upwards")
	}
	return pattern{out, match}, nil
}

// brackets is [] with what GitHub allows in it.
var brackets = regexp.MustCompile(`\A\[(?:[A-Za-z0-9]|[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9])+\]`)

// translate returns the regular expression for what a glob begins with, and
// how long that is. At the beginning of a folder's name, **/ may be no folder.
func translate(glob string, begins bool) (expr string, n int, err error) {
	switch {
	case begins && strings.HasPrefix(glob, "**/"):
		return `(?:.*/)?`, 3, nil
	case strings.HasPrefix(glob, "**"):
		return `.*`, 2, nil
	case glob[0] == '*':
		return `[^/]*`, 1, nil
	case glob[0] == '?' || glob[0] == '+':
		return glob[:1], 1, nil
	case glob[0] == '[':
		class := brackets.FindString(glob)
		if class == "" {
			return "", 0, errors.New("in [] stand letters, digits, and ranges of them such as [a-z0-9]")
		}
		return class, len(class), nil
	case glob[0] == '\\':
		if len(glob) == 1 {
			return "", 0, errors.New(`ends with a \`)
		}
		_, size := utf8.DecodeRuneInString(glob[1:])
		return regexp.QuoteMeta(glob[1 : 1+size]), 1 + size, nil
	default:
		_, size := utf8.DecodeRuneInString(glob)
		return regexp.QuoteMeta(glob[:size]), size, nil
	}
}
