package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
)

func validateCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "validate",
		Usage: "check perfcheck.yml and " + profile.AcceptFile + ", and name all problems at once",
		Flags: []cli.Flag{configFlag()},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			now := time.Now()
			config, accepted, err := validated(c, now)
			if err != nil {
				return err
			}
			fmt.Fprintf(ui.out, "%s: ok\n", config.Path)
			for _, p := range config.Profiles {
				fmt.Fprintf(ui.out, "  %s: %s, %s, digest %.12s\n", p.Name, bench.Count(len(p.Scenarios), "scenario"), bench.Count(len(p.Gates), "gate"), p.Digest)
			}
			printAccepted(ui, accepted, now)
			if short := shortBudget(config.Budget, config.Profiles); short != "" {
				ui.warn("%v", config.Problem("budget", "%s", short))
			}
			return nil
		},
	}
}

// validated returns the configuration and what its neighbour accepts, both without mistakes.
func validated(c *cli.Context, now time.Time) (*profile.Config, []bench.Acceptance, error) {
	config, err := loadConfig(c)
	if err != nil {
		return nil, nil, err
	}
	accepted, err := config.Accepted(now)
	if err := errors.Join(err, checkCompose(config)); err != nil {
		return config, nil, &exitError{exitUsage, err}
	}
	return config, accepted, nil
}

// checkCompose reports compose files that are missing, unless service.build may
// make them.
func checkCompose(config *profile.Config) error {
	var missing profile.Problems
	for i, name := range config.Service.Compose {
		path := name
		if !filepath.IsAbs(name) {
			path = filepath.Join(filepath.Dir(config.Path), name)
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && len(config.Service.Build) == 0 {
			missing = append(missing, config.Problem(fmt.Sprintf("service.compose[%d]", i), "%s: no such file", path))
		}
	}
	return missing.Err()
}

// printAccepted lists accepted slowdowns, and warns of those that count no longer.
func printAccepted(ui *ui, accepted []bench.Acceptance, now time.Time) {
	for _, a := range accepted {
		until := a.Until.Format(time.DateOnly)
		if !a.Holds(now) {
			ui.warn("%s: %s of %s expired on %s: remove the entry", a.Where, a.Key, a.Profile, until)
			continue
		}
		fmt.Fprintf(ui.out, "  accepted for %s: %s up to %s until %s: %s\n", a.Profile, a.Key, profile.FormatUpTo(a), until, a.Why)
	}
}

func noArguments(c *cli.Context) error {
	if c.Args().Present() {
		return usageErrorf("%s takes no argument, got %q", c.Command.FullName(), c.Args().First())
	}
	return nil
}
