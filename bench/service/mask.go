package service

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// leastMasked is how long a value must be to be hidden, in bytes: shorter ones, such
// as true and 8080, stand in a log for much else.
const leastMasked = 8

// masked returns what a service printed without the values of its environment, which
// may be secrets: logs are kept, and leave the machine with reports. Each line of a
// value is one.
func masked(text string, env map[string]string) string {
	var pairs []string
	for _, value := range secrets(env) {
		pairs = append(pairs, value, "***")
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// secrets returns what is to be hidden, the longest first: one may be a part of another.
func secrets(env map[string]string) (values []string) {
	for _, value := range env {
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); len(line) >= leastMasked {
				values = append(values, line)
				quoted := strconv.Quote(line)
				if quoted = quoted[1 : len(quoted)-1]; quoted != line {
					values = append(values, quoted)
				}
			}
		}
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return values
}

// leastBegun is how much of a value must stand before a cut to be hidden, in bytes.
const leastBegun = 3

// maskedExcerpt is masked for a text that holds beginnings of others, each cut off
// before "…", with its closing quote between: a value may be cut there, too.
func maskedExcerpt(text string, env map[string]string) string {
	parts := strings.Split(masked(text, env), "…")
	values := secrets(env)
	for i, part := range parts[:len(parts)-1] {
		kept := strings.TrimRight(part, "`\"")
		for _, value := range values {
			begun := min(len(value), len(kept))
			for begun >= leastBegun && !strings.HasSuffix(kept, value[:begun]) {
				begun--
			}
			if begun >= leastBegun {
				parts[i] = kept[:len(kept)-begun] + "***" + part[len(kept):]
				break
			}
		}
	}
	return strings.Join(parts, "…")
}
