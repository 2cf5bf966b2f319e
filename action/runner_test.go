package action

import (
	"errors"
	"strings"
	"unicode"
)

// This is how GitHub's runner reads what a step leaves: ActionCommand.cs,
// ProcessInvoker.cs and FileCommandManager.cs of actions/runner, in their rules.

// printedLines splits output as a StreamReader does.
func printedLines(output string) []string {
	return strings.FieldsFunc(output, func(r rune) bool { return r == '\n' || r == '\r' })
}

// A readCommand is what the runner makes of a line.
type readCommand struct {
	name       string
	properties map[string]string
	data       string
}

var registered = []string{"error", "warning", "notice", "add-mask", "set-output", "set-env", "stop-commands", "group", "debug"}

// parseLine reads a line with ::name …::data at its beginning, or ##[name …]data
// anywhere.
func parseLine(line string) (c readCommand, ok bool) {
	info, data, found := strings.Cut(strings.TrimPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::"), "::")
	if !strings.HasPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::") || !found || !known(info) {
		_, rest, _ := strings.Cut(line, "##[")
		info, data, found = strings.Cut(rest, "]")
		if !found || !known(info) {
			return readCommand{}, false
		}
		return readCommand{name: info, data: data}, true
	}
	name, list, _ := strings.Cut(info, " ")
	c = readCommand{name, map[string]string{}, unescape(data, "%0D", "\r", "%0A", "\n", "%25", "%")}
	for pair := range strings.SplitSeq(strings.TrimSpace(list), ",") {
		if key, value, found := strings.Cut(pair, "="); found && key != "" && value != "" {
			c.properties[key] = unescape(value, "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
		}
	}
	return c, true
}

func known(info string) bool {
	name, _, _ := strings.Cut(info, " ")
	for _, r := range registered {
		if strings.EqualFold(name, r) {
			return true
		}
	}
	return false
}

// unescape replaces one after the other, unlike a strings.Replacer.
func unescape(s string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
	}
	return s
}

// parseOutputs reads a file of outputs.
func parseOutputs(text string) (map[string]string, error) {
	outputs := map[string]string{}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if line == "" {
			continue
		}
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		if heredoc < 0 || equals >= 0 && equals < heredoc {
			name, value, found := strings.Cut(line, "=")
			if !found {
				return nil, errors.New("invalid format " + line)
			}
			outputs[name] = value
			continue
		}
		name, end, _ := strings.Cut(line, "<<")
		var value []string
		for i++; i < len(lines) && lines[i] != end; i++ {
			value = append(value, lines[i])
		}
		if i == len(lines) || name == "" || end == "" {
			return nil, errors.New("no delimiter for " + line)
		}
		outputs[name] = strings.Join(value, "\n")
	}
	return outputs, nil
}
