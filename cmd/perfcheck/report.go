package main

import (
	"bytes"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
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
			data, run, err := stored(c, c.Args().First())
			if err != nil {
				return err
			}
			if run != nil {
				return out.runs(ui, run)
			}
			comparison, err := report.ReadJSON(bytes.NewReader(data))
			if err != nil {
				return err
			}
			return out.comparison(ui, comparison)
		},
	}
}

// stored returns the comparison, or else the run, that id names.
func stored(c *cli.Context, id string) (comparison []byte, run *bench.Run, err error) {
	err = readStore(c, func(store *baseline.Store) error {
		comparison, err = store.Comparison(id)
		if errors.Is(err, baseline.ErrNotFound) && id != "" {
			run, err = store.Get(id)
		}
		return err
	})
	return comparison, run, err
}
