package main

import (
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/runner"
	"github.com/perfcheck/perfcheck/compare"
)

// shortBudget says that a budget cannot hold the blocks which a verdict needs,
// and what would; it is empty where that is not known before measuring.
func shortBudget(budget time.Duration, profiles []profile.Profile) string {
	least := compare.MinBlocks * runner.ShortestBlock(profiles, 2)
	if budget >= least {
		return ""
	}
	// Starts, set-up and longer warm-ups take, often, half as much again.
	enough := (least * 3 / 2).Truncate(10*time.Second) + 10*time.Second
	return fmt.Sprintf("%v is too short for a verdict, which needs %d blocks: their load alone takes %v, and %v would probably do",
		budget, compare.MinBlocks, least, enough)
}

// checkBudget returns an error, before anything is measured, where the budget
// is in vain; it names the flag or the key that sets it.
func (m *measurement) checkBudget(c *cli.Context) error {
	short := shortBudget(m.budget, m.profiles)
	switch {
	case short == "":
		return nil
	case c.IsSet("budget"):
		return usageErrorf("--budget: %s", short)
	default:
		return &exitError{exitUsage, m.config.Problem("budget", "%s", short)}
	}
}
