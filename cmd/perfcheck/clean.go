package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/bench/service"
)

func cleanCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "clean",
		Usage: "remove the containers, processes and work trees of perfchecks that were killed",
		Description: "Every measurement does so before it starts; this is for machines where none may follow.\n" +
			"Work trees are looked for beside perfcheck.yml, containers everywhere. What belongs to a\n" +
			"perfcheck that still runs is left alone.",
		Flags: configFlags()[:1],
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			removed, err := service.ReapProcesses() // which may write to work trees
			containers, failed := service.Reap(c.Context)
			if errors.Is(failed, service.ErrNoEngine) && c.Context.Err() == nil {
				ui.warn("%v", failed)
				failed = nil
			}
			removed, err = append(removed, containers...), errors.Join(err, failed)
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
