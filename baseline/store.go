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
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Schema is the version of the layout of a store that this perfcheck writes. It grows
// with [bench.Schema], too: an older perfcheck is to refuse the store, and not to find
// its runs unreadable. Older stores are brought up to it when they are opened, see migrations.
const Schema = 3

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
	// MustExist makes Open return [ErrNoStore] instead of creating a store.
	MustExist bool
}

// A Store is an open store. Its methods may be called concurrently.
type Store struct {
	db       *bbolt.DB
	file     *os.File // the database's
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
	ready := func() error { return prepare(path, o.Version) }
	if o.MustExist {
		ready = func() error { return exists(path) }
	}
	if err := ready(); err != nil {
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
// nothing, but that it brings a store of an older schema up to date. Where there
// is no store the error is [ErrNoStore].
func OpenReadOnly(path string, o Options) (*Store, error) {
	if err := exists(path); err != nil {
		return nil, err
	}
	s, err := open(path, o, true)
	if !errors.Is(err, errOlder) {
		return s, err
	}
	writer, err := Open(path, o)
	if err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return open(path, o, true)
}

func exists(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w: run 'perfcheck run' or 'perfcheck compare' first", path, ErrNoStore)
	}
	return nil
}

// open opens a store and brings it up to date.
func open(path string, o Options, readOnly bool) (*Store, error) {
	s, err := openFile(path, o, readOnly)
	if err != nil {
		return nil, err
	}
	if err := s.upToDate(o.Version); err != nil {
		return nil, errors.Join(err, s.letGo())
	}
	return s, nil
}

// openFile opens the file of a store, whatever is in it.
func openFile(path string, o Options, readOnly bool) (*Store, error) {
	if o.Wait == 0 {
		o.Wait = DefaultWait
	}
	s := &Store{path: path, readOnly: readOnly}
	err := s.lock(o.Wait)
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, lockedError(path)
	case errors.Is(err, ErrDamaged), errors.Is(err, ErrForeign):
		return nil, err
	case err != nil:
		return nil, advise(path, err)
	}
	return s, nil
}

// lock opens the file for as long as others leave it alone. While it waits for
// another process, that may put a new file in the place of the one that is
// waited for (see rewrite), and then it waits for the new one.
func (s *Store) lock(wait time.Duration) error {
	for {
		if err := inspect(s.path); err != nil {
			return err
		}
		options := &bbolt.Options{
			Timeout:  wait,
			ReadOnly: s.readOnly,
			// Now, where guard is, and not in a goroutine of bbolt's.
			PreLoadFreelist: true,
			OpenFile: func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
				s.file, err = os.OpenFile(name, flag&^os.O_CREATE, mode)
				return s.file, err
			},
		}
		err := s.guard(func() (err error) {
			s.db, err = bbolt.Open(s.path, 0o644, options)
			return err
		})
		switch {
		case s.broken.Load():
			return errors.Join(err, s.letGo())
		case err != nil:
			return err
		}
		current, err := isAt(s.file, s.path)
		if current {
			return nil
		}
		if err := errors.Join(err, s.db.Close()); err != nil {
			return err
		}
	}
}

// isAt tells whether the open file is still the one at path.
func isAt(file *os.File, path string) (bool, error) {
	opened, err := file.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(opened, there), err
}

// Close lets go of the store. It waits for calls that are under way.
func (s *Store) Close() error {
	var err error
	if !s.readOnly {
		// Before the lock is given up: afterwards the record may be another's.
		err = removeHolder(s.path)
	}
	return errors.Join(err, s.letGo())
}

// letGo gives up the lock. A database that has panicked stays mapped into memory,
// which would keep the lock although the file is closed.
func (s *Store) letGo() error {
	if s.broken.Load() {
		return errors.Join(syscall.Flock(int(s.file.Fd()), syscall.LOCK_UN), s.file.Close())
	}
	return s.db.Close()
}

func initialize(tx *bbolt.Tx, version string) error {
	for _, name := range buckets() {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return putSchema(tx, version)
}

func putSchema(tx *bbolt.Tx, version string) error {
	meta := tx.Bucket(metaBucket)
	return errors.Join(
		meta.Put(magicKey, []byte(magic)),
		meta.Put(schemaKey, []byte(strconv.Itoa(Schema))),
		meta.Put(createdKey, []byte(version)),
	)
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
