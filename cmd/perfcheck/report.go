package main

import (
	"bytes"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/compare/report"
)

func reportCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:        "report",
		Usage:       "print a stored comparison or run",
		ArgsUsage:   "[ID]",
		Description: "ID is that of a comparison or of a run, or its first characters; by default the latest comparison.",
		Flags:       append(configFlags(), verdictFlags()...),
		Action: func(c *cli.Context) error {
			if c.NArg() > 1 {
				return usageErrorf("report takes one ID, got %d arguments", c.NArg())
			}
			out, err := parseVerdictOutput(c)
			if err != nil {
				return err
			}
			return readStore(c, func(store *baseline.Store) error {
				return printStored(ui, out, store, c.Args().First())
			})
		},
	}
}

// printStored prints the comparison, or else the run, that id names.
func printStored(ui *ui, out output, store *baseline.Store, id string) error {
	data, err := store.Comparison(id)
	if errors.Is(err, baseline.ErrNotFound) && id != "" {
		run, err := store.Get(id)
		if err != nil {
			return err
		}
		return out.runs(ui, run)
	}
	if err != nil {
		return err
	}
	c, err := report.ReadJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return out.comparison(ui, c)
}

// readStore opens the store of the flags for reading.
func readStore(c *cli.Context, do func(*baseline.Store) error) error {
	path := c.String("store")
	if path == "" {
		config, err := loadConfig(c)
		if err != nil {
			return err
		}
		path = storePath(c, config)
	}
	store, err := baseline.OpenReadOnly(path, baseline.Options{Version: version})
	if err != nil {
		return err
	}
	return errors.Join(do(store), store.Close())
}
