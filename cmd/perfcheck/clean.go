package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/bench/service"
)

func cleanCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "clean",
		Usage: "remove the containers and work trees of perfchecks that were killed",
		Description: "Every measurement does so before it starts; this is for machines where none may follow.\n" +
			"Work trees are looked for beside perfcheck.yml, containers everywhere. What belongs to a\n" +
			"perfcheck that still runs is left alone.",
		Flags: configFlags()[:1],
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			removed, err := service.Reap(c.Context)
			s, unread := openSession(c, ui)
			if unread == nil {
				trees, failed := s.repo.Reap(c.Context, s.trees())
				removed, err = append(removed, trees...), errors.Join(err, failed)
			} else {
				ui.warn("work trees were not looked for: %v", unread)
			}
			ui.removed(removed)
			return err
		},
	}
}
