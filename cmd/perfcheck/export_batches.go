package main

import (
	"errors"
	"iter"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/baseline/remote"
)

// What a batch of exported runs has at most, but for the last run of it: each is
// a commit of a git remote, and is in memory meanwhile.
const (
	exportRuns  = 500
	exportBytes = 32 << 20
)

// exportBatches yields the files of runs. The store is open only while a batch of
// them is read, and not while one is written or sent. What is wrong with single
// runs comes as an error after all others.
func exportBatches(c *cli.Context, ui *ui, ids []string) iter.Seq2[[]remote.File, error] {
	return func(yield func([]remote.File, error) bool) {
		e := exporter{ui: ui, left: ids}
		for len(e.left) > 0 {
			var files []remote.File
			err := readStore(c, func(store *baseline.Store) error {
				files = e.batch(store)
				return nil
			})
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(files, nil) {
				return
			}
		}
		if err := e.failed.join(); err != nil {
			yield(nil, err)
		}
	}
}

// An exporter reads runs of a store.
type exporter struct {
	ui     *ui
	left   []string // ids
	failed failures
}

// batch returns the files of the next runs. Those that were removed meanwhile
// are left out.
func (e *exporter) batch(store *baseline.Store) (files []remote.File) {
	size := 0
	for len(e.left) > 0 && len(files) < exportRuns && size < exportBytes {
		id := e.left[0]
		e.left = e.left[1:]
		name, data, err := store.Export(id)
		switch {
		case errors.Is(err, baseline.ErrNotFound):
			e.ui.say("run %s was removed meanwhile", id)
		case err != nil:
			e.failed.add(err)
		default:
			files, size = append(files, remote.File{Name: name, Data: data}), size+len(data)
		}
	}
	return files
}
