package main

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/baseline/remote"
)

func baselinePushCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "push",
		Usage: "add runs to a history that machines share",
		Description: "Adds the complete runs that the flags select and the history lacks. Those of regressions\n" +
			"are among them, with their verdict: no store makes a baseline of them. See docs/history.md.",
		Flags: slices.Concat(configFlags(), []cli.Flag{remoteFlag()}, filterFlags(0), []cli.Flag{formatFlag()}),
		Action: func(c *cli.Context) error {
			return exchange(c, ui, func(r remote.Remote) (exchanged, error) { return push(c, ui, r) })
		},
	}
}

// push adds the runs that the flags select and the remote lacks. The store is
// not open while a network is waited for.
func push(c *cli.Context, ui *ui, r remote.Remote) (done exchanged, err error) {
	done.did = "pushed"
	selected, err := parseFilter(c)
	if err != nil {
		return done, err
	}
	there, err := r.List(c.Context)
	if err != nil {
		return done, err
	}
	var runs []baseline.Summary
	err = readStore(c, func(store *baseline.Store) error {
		runs, err = store.List(selected)
		return err
	})
	if err != nil {
		return done, err
	}
	found := len(runs)
	runs = slices.DeleteFunc(runs, func(run baseline.Summary) bool {
		_, known := slices.BinarySearch(there, baseline.FileName(&run))
		return known
	})
	done.Known = found - len(runs)
	lacking := ids(exportable(ui, runs))
	slices.Reverse(lacking) // oldest first, in case that it is interrupted
	for files, err := range exportBatches(c, ui, lacking) {
		if err != nil {
			return done, err
		}
		if err := r.Put(c.Context, files); err != nil {
			return done, err
		}
		done.Added += len(files)
	}
	return done, nil
}
