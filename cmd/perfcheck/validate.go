package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

func validateCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "validate",
		Usage: "check perfcheck.yml, and name all problems at once",
		Flags: configFlags()[:1],
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			config, err := loadConfig(c)
			if err != nil {
				return err
			}
			fmt.Fprintf(ui.out, "%s: ok\n", config.Path)
			for _, p := range config.Profiles {
				fmt.Fprintf(ui.out, "  %s: %d scenarios, %d gates, digest %.12s\n", p.Name, len(p.Scenarios), len(p.Gates), p.Digest)
			}
			if short := shortBudget(config.Budget, config.Profiles); short != "" {
				ui.warn("%v", config.Problem("budget", "%s", short))
			}
			return nil
		},
	}
}

func noArguments(c *cli.Context) error {
	if c.Args().Present() {
		return usageErrorf("%s takes no argument, got %q", c.Command.FullName(), c.Args().First())
	}
	return nil
}
