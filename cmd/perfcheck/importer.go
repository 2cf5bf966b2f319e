package main

import (
	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
)

// A batch of files is stored when it has so many bytes or files.
const (
	importBytes = 32 << 20
	importFiles = 10_000
)

// An importer stores the runs of files that anybody may have made. The store is
// open only while a batch of them is stored, and not while a network, or who
// writes to a pipe, is waited for.
type importer struct {
	c    *cli.Context
	size int // bytes that wait
	// Those that wait to be stored, and what each was read with.
	waiting []baseline.File
	failed  []error

	added, known int
	refused      failures
}

// add takes a file, or the error of reading it.
func (i *importer) add(f baseline.File, err error) error {
	i.waiting, i.failed, i.size = append(i.waiting, f), append(i.failed, err), i.size+len(f.Data)
	if i.size < importBytes && len(i.waiting) < importFiles {
		return nil
	}
	return i.flush()
}

// flush stores what waits.
func (i *importer) flush() error {
	if len(i.waiting) == 0 {
		return nil
	}
	err := createStore(i.c, func(store *baseline.Store) error {
		done, err := store.Import(i.all)
		i.added, i.known = i.added+done.Added, i.known+done.Known
		i.refused.add(done.Refused...)
		return err
	})
	i.waiting, i.failed, i.size = nil, nil, 0
	return err
}

func (i *importer) all(yield func(baseline.File, error) bool) {
	for n, f := range i.waiting {
		if !yield(f, i.failed[n]) {
			return
		}
	}
}
