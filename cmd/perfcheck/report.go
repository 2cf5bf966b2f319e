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
	path, err := storeFlag(c)
	if err != nil {
		return err
	}
	store, err := baseline.OpenReadOnly(path, baseline.Options{Version: version})
	if err != nil {
		return err
	}
	return errors.Join(do(store), store.Close())
}

// createStore opens the store of the flags for writing, a new one where there is none.
func createStore(c *cli.Context, do func(*baseline.Store) error) error {
	return writeStore(c, baseline.Options{Version: version}, do)
}

// changeStore opens the store of the flags, which must be there, for writing.
func changeStore(c *cli.Context, do func(*baseline.Store) error) error {
	return writeStore(c, baseline.Options{Version: version, MustExist: true}, do)
}

func writeStore(c *cli.Context, o baseline.Options, do func(*baseline.Store) error) error {
	path, err := storeFlag(c)
	if err != nil {
		return err
	}
	store, err := baseline.Open(path, o)
	if err != nil {
		return err
	}
	return errors.Join(do(store), store.Close())
}

// storeFlag returns the path that --store names, else that of the store beside perfcheck.yml.
func storeFlag(c *cli.Context) (string, error) {
	if path := c.String("store"); path != "" {
		return path, nil
	}
	config, err := loadConfig(c)
	if err != nil {
		return "", err
	}
	return storePath(c, config), nil
}
