package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves the flags of a command line before its arguments, so that
// "compare main --explain" works as "compare --explain main" does: cli stops at
// the first argument. What follows "--" stays where it is.
func flagsFirst(app *cli.App, args []string) []string {
	if len(args) == 0 {
		return nil
	}
	ordered, rest := args[:1:1], args[1:]
	commands, flags := app.Commands, app.Flags
	for len(rest) > 0 {
		i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(rest[0]) })
		if i < 0 {
			break
		}
		ordered, rest = append(ordered, rest[0]), rest[1:]
		commands, flags = commands[i].Subcommands, commands[i].Flags
	}
	var arguments []string
	for len(rest) > 0 && rest[0] != "--" {
		word := rest[0]
		rest = rest[1:]
		switch {
		case len(word) < 2 || word[0] != '-':
			arguments = append(arguments, word)
		case takesValue(flags, word) && len(rest) > 0:
			ordered = append(ordered, word, rest[0])
			rest = rest[1:]
		default:
			ordered = append(ordered, word)
		}
	}
	if len(rest) > 0 {
		ordered, rest = append(ordered, rest[0]), rest[1:]
	}
	return slices.Concat(ordered, arguments, rest)
}

// takesValue says whether the flag's value is the next word.
func takesValue(flags []cli.Flag, word string) bool {
	name := strings.TrimLeft(word, "-")
	for _, f := range flags {
		documented, ok := f.(cli.DocGenerationFlag)
		if ok && slices.Contains(f.Names(), name) {
			return documented.TakesValue()
		}
	}
	return false
}
