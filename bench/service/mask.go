package service

import (
	"cmp"
	"slices"
	"strings"
)

// leastMasked is how long a value must be to be hidden, in bytes: shorter ones, such
// as true and 8080, stand in a log for much else.
const leastMasked = 8

// masked returns what a service printed without the values of its environment, which
// may be secrets: logs are kept, and leave the machine with reports. Each line of a
// value is one.
func masked(text string, env map[string]string) string {
	var values []string
	for _, value := range env {
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); len(line) >= leastMasked {
				values = append(values, line)
			}
		}
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // one may be a part of another
	var pairs []string
	for _, value := range values {
		pairs = append(pairs, value, "***")
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
