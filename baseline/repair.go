package baseline

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"go.etcd.io/bbolt"
)

// Repair writes the store at path anew from what is sound in it: the runs that
// can be read, with summaries and indexes made from them, and the comparisons,
// calibrations and pins that can. The damaged file is kept beside it, under the
// name that is returned. What is lost is what [Store.Verify] finds. The error is
// [ErrDamaged] where bbolt's own pages are broken: nothing can be read from such.
func Repair(path string, o Options) (kept string, err error) {
	err = rewrite(path, o, openDamaged, func(s *Store, dst *bbolt.DB) error {
		if err := dst.Update(func(tx *bbolt.Tx) error { return initialize(tx, o.Version) }); err != nil {
			return err
		}
		r := salvage{src: s, dst: dst}
		if err := errors.Join(r.runs(), r.comparisons(), r.rest(calibrationsBucket), r.pins()); err != nil {
			return err
		}
		kept, err = keep(s.path, os.Link)
		return err
	})
	return kept, err
}

// openDamaged opens a store for writing that need not be as a store should, as
// long as it is one, and its pages can be followed.
func openDamaged(path string, o Options) (*Store, error) {
	if err := exists(path); err != nil {
		return nil, err
	}
	s, err := openFile(path, o, false)
	if err != nil {
		return nil, err
	}
	err = s.readable()
	if err == nil {
		err = writeHolder(path)
	}
	if err != nil {
		return nil, errors.Join(err, s.letGo())
	}
	return s, nil
}

// readable wants pages that lead somewhere, and a store of a known schema.
func (s *Store) readable() error {
	if err := s.checkPages(); err != nil {
		return s.at(fmt.Errorf("%w; nothing can be read from broken pages: move the file away, and import the runs from where they were exported", err))
	}
	return s.at(s.view(func(tx *bbolt.Tx) error {
		_, err := readSchema(tx)
		return err
	}))
}

// keep gives the damaged file a second name that is free, or where the file system
// has no hard links a copy.
func keep(path string, link func(old, new string) error) (string, error) {
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s.damaged-%d", path, n)
		err := link(path, name)
		if noLinks(err) {
			err = copyFile(path, name)
		}
		if !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
}

// copyFile writes a file that is not there yet.
func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close() // only read
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Sync(), dst.Close())
}

// A salvage copies what is sound from one file to another.
type salvage struct {
	src *Store
	dst *bbolt.DB
}

// each calls take with the entries of a bucket of the source, many of them in
// one transaction of the other file.
func (r salvage) each(bucket []byte, take func(tx *bbolt.Tx, key, value []byte) error) error {
	return r.src.db.View(func(src *bbolt.Tx) error {
		entries := src.Bucket(bucket)
		if entries == nil {
			return nil // lost, as opening says
		}
		c := entries.Cursor()
		k, v := c.First()
		for k != nil {
			err := r.dst.Update(func(tx *bbolt.Tx) error {
				for size := 0; k != nil && size < batchSize; k, v = c.Next() {
					if err := take(tx, k, v); err != nil {
						return err
					}
					size += len(k) + len(v)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (r salvage) runs() error {
	return r.each(runsBucket, func(tx *bbolt.Tx, id, value []byte) error {
		run, err := readRun(id, value)
		if err != nil || checkNames(run) != nil {
			return nil // lost, as Verify says
		}
		if err := tx.Bucket(runsBucket).Put(id, value); err != nil {
			return err
		}
		return putSummary(tx, summarize(run))
	})
}

func (r salvage) comparisons() error {
	return r.each(comparisonsBucket, func(tx *bbolt.Tx, id, value []byte) error {
		created, _, err := readComparison(id, value)
		if err != nil {
			return nil
		}
		if err := tx.Bucket(comparisonsBucket).Put(id, value); err != nil {
			return err
		}
		return tx.Bucket(byCreatedBucket).Put(append(created, id...), nil)
	})
}

// rest copies a bucket that has neither summaries nor indexes.
func (r salvage) rest(bucket []byte) error {
	return r.each(bucket, func(tx *bbolt.Tx, key, value []byte) error {
		if _, err := unseal(key, value); err != nil {
			return nil
		}
		return tx.Bucket(bucket).Put(key, value)
	})
}

func (r salvage) pins() error {
	return r.each(pinsBucket, func(tx *bbolt.Tx, id, value []byte) error {
		if _, err := unseal(id, value); err != nil || tx.Bucket(runsBucket).Get(id) == nil {
			return nil
		}
		return tx.Bucket(pinsBucket).Put(id, value)
	})
}
