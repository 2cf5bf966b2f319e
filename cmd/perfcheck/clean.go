package main

import (
	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/bench/service"
)

func cleanCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "clean",
		Usage: "remove the containers and work trees of perfchecks that were killed",
		Description: "Every measurement does so before it starts; this is for machines where none may follow.\n" +
			"What belongs to a perfcheck that still runs is left alone.",
		Flags: configFlags()[:1],
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			s, err := openSession(c, ui)
			if err != nil {
				return err
			}
			m := &measurement{session: s}
			if m.mode, _, err = service.Detect(c.Context, s.config.Service, s.service); err != nil {
				return err
			}
			m.reap(c.Context)
			return nil
		},
	}
}
