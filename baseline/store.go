// Package baseline keeps runs, comparisons and calibrations in one bbolt file,
// runs keyed by commit, so that a later comparison finds what was measured before.
//
// The file is an index on one machine and never exchanged. What Put has
// returned for is on the disk: a kill at any moment loses nothing of it. One
// process at a time may write; keep a store open for as long as a lookup or a
// Put takes, not for the length of a measurement.
//
// Every value carries a checksum, so nothing that has changed on the disk is
// taken for a measurement. bbolt's own pages carry none: a store with a broken
// one is found damaged when it is read, and not always before it is written to.
package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Schema is the version of the layout of a store that this perfcheck writes.
const Schema = 1

// DefaultWait is how long an opening process waits for another to close the store.
const DefaultWait = 5 * time.Second

// magic tells a store of perfcheck from any other bbolt file.
const magic = "perfcheck baseline store"

var (
	metaBucket = []byte("meta")

	magicKey   = []byte("magic")
	schemaKey  = []byte("schema")
	createdKey = []byte("created by")
)

// Options say how a store is opened.
type Options struct {
	// Version of this perfcheck, recorded in a store that it creates.
	Version string
	// Wait for another process that has the store open; 0 is [DefaultWait].
	Wait time.Duration
}

// A Store is an open store. Its methods may be called concurrently.
type Store struct {
	db       *bbolt.DB
	path     string
	readOnly bool
	// broken is set when bbolt has panicked: it may still hold its own locks,
	// on which closing would wait for ever.
	broken atomic.Bool
}

// Open opens the store at path for reading and writing. It creates the store,
// and its folder with a .gitignore, when there is none. The error is one of
// [ErrLocked], [ErrForeign], [ErrDamaged], [ErrNewer] and [ErrReadOnly], wrapped
// with what to do; the file is untouched then.
func Open(path string, o Options) (*Store, error) {
	if err := prepare(path, o.Version); err != nil {
		return nil, err
	}
	s, err := open(path, o, false)
	if err != nil {
		return nil, err
	}
	if err := writeHolder(path); err != nil {
		return nil, errors.Join(advise(path, err), s.Close())
	}
	return s, nil
}

// OpenReadOnly opens the store at path for reading. It creates and changes
// nothing: where there is no store the error is [ErrNoStore].
func OpenReadOnly(path string, o Options) (*Store, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w: run 'perfcheck run' or 'perfcheck compare' first", path, ErrNoStore)
	}
	return open(path, o, true)
}

func open(path string, o Options, readOnly bool) (*Store, error) {
	if err := inspect(path); err != nil {
		return nil, err
	}
	wait := o.Wait
	if wait == 0 {
		wait = DefaultWait
	}
	s := &Store{path: path, readOnly: readOnly}
	err := s.guard(func() (err error) {
		s.db, err = bbolt.Open(path, 0o644, &bbolt.Options{Timeout: wait, ReadOnly: readOnly})
		return err
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, lockedError(path)
	case errors.Is(err, ErrDamaged):
		return nil, err
	case err != nil:
		return nil, advise(path, err)
	}
	if err := s.view(checkSchema); err != nil {
		if s.broken.Load() {
			return nil, err
		}
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), s.db.Close())
	}
	return s, nil
}

// Close lets go of the store. It waits for calls that are under way. A store
// that was found damaged is let go of only when the process ends.
func (s *Store) Close() error {
	if s.broken.Load() {
		return nil
	}
	var err error
	if !s.readOnly {
		// Before the lock is given up: afterwards the record may be another's.
		err = removeHolder(s.path)
	}
	return errors.Join(err, s.db.Close())
}

func initialize(tx *bbolt.Tx, version string) error {
	for _, name := range buckets() {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	meta := tx.Bucket(metaBucket)
	return errors.Join(
		meta.Put(magicKey, []byte(magic)),
		meta.Put(schemaKey, []byte(strconv.Itoa(Schema))),
		meta.Put(createdKey, []byte(version)),
	)
}

func checkSchema(tx *bbolt.Tx) error {
	meta := tx.Bucket(metaBucket)
	if meta == nil || !bytes.Equal(meta.Get(magicKey), []byte(magic)) {
		return fmt.Errorf("%w: a bbolt file of another program; choose another place for the store", ErrForeign)
	}
	schema, err := strconv.Atoi(string(meta.Get(schemaKey)))
	switch {
	case err != nil || schema < 1:
		return fmt.Errorf("%w: schema %q", ErrDamaged, meta.Get(schemaKey))
	case schema > Schema:
		return fmt.Errorf("%w: %q, schema %d, and this one knows up to %d; upgrade perfcheck", ErrNewer, meta.Get(createdKey), schema, Schema)
	}
	for _, name := range buckets() {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: no bucket %q", ErrDamaged, name)
		}
	}
	return nil
}

func (s *Store) view(f func(*bbolt.Tx) error) error {
	return s.guard(func() error { return s.db.View(f) })
}

func (s *Store) update(f func(*bbolt.Tx) error) error {
	return s.guard(func() error {
		if err := s.db.Update(f); err != nil {
			return advise(s.path, err)
		}
		return nil
	})
}

// guard turns what bbolt does on a damaged page, a panic or a memory fault,
// into an error.
func (s *Store) guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			s.broken.Store(true)
			err = fmt.Errorf("%s: %w: %v; move it away, and perfcheck starts a new one", s.path, ErrDamaged, p)
		}
	}()
	return f()
}
