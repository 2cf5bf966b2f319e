package main

import (
	"errors"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/baseline/remote"
)

func baselinePullCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "pull",
		Usage: "store runs from a history that machines share",
		Description: "Stores the runs of the history that the store lacks. What is there and is no run, or\n" +
			"contradicts the store, is named in a warning and left alone. See docs/history.md.",
		Flags: append(configFlags(), remoteFlag(),
			&cli.StringFlag{Name: "since", Usage: "only runs since `DAY`, as 2026-01-31, or 90d for so many days"},
			formatFlag(),
		),
		Action: func(c *cli.Context) error {
			return exchange(c, ui, func(r remote.Remote) (exchanged, error) { return pull(c, ui, r) })
		},
	}
}

// pull imports the files that the store lacks. The store is not open while a
// network is waited for.
func pull(c *cli.Context, ui *ui, r remote.Remote) (done exchanged, err error) {
	done.did = "pulled"
	since, err := parseDay(c, "since", time.Now())
	if err != nil {
		return done, err
	}
	names, err := r.List(c.Context)
	if err != nil {
		return done, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return before(name, since) })
	lacking, err := lackingHere(c, names)
	if err != nil {
		return done, err
	}
	done.Known = len(names) - len(lacking)
	store := importer{c: c}
	err = getAll(c, r, lacking, &store)
	for _, refused := range store.refused.named() {
		ui.warn("refused: %v", refused)
	}
	done.Added, done.Known, done.Refused = store.added, done.Known+store.known, store.refused.n
	return done, err
}

// getAll stores the runs of a remote's files. What is wrong with one is no reason
// to go without the others, nor without a measurement.
func getAll(c *cli.Context, r remote.Remote, names []string, store *importer) error {
	for f, err := range r.Get(c.Context, names) {
		if err != nil {
			return err
		}
		if err := store.add(baseline.File{Name: f.Name, Data: f.Data}, nil); err != nil {
			return err
		}
	}
	return store.flush()
}

// before says whether a run's file is named after a time before day. One that
// is named after none is not.
func before(name string, day time.Time) bool {
	const layout = "20060102T150405"
	if len(name) < len(layout) {
		return false
	}
	started, err := time.Parse(layout, name[:len(layout)])
	return err == nil && started.Before(day)
}

// lackingHere returns those of the names that the store knows nothing of; all
// where there is no store yet.
func lackingHere(c *cli.Context, names []string) (lacking []string, err error) {
	err = readStore(c, func(store *baseline.Store) error {
		lacking, err = store.Lacking(names)
		return err
	})
	if errors.Is(err, baseline.ErrNoStore) {
		return names, nil
	}
	return lacking, err
}
