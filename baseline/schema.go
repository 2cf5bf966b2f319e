package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"go.etcd.io/bbolt"
)

// migrations bring a store from schema 1 to 2, from 2 to 3, and so on. What one
// of them did never changes: testdata holds a store of every earlier schema.
var migrations = []func(*bbolt.Tx) error{
	addProfilesAndPins,
	func(*bbolt.Tx) error { return nil }, // the layout is the same, for runs of schema 2
}

// addProfilesAndPins adds the index by profile, the pins, and the calibrations,
// which a store of schema 1 has only where one was made.
func addProfilesAndPins(tx *bbolt.Tx) error {
	for _, name := range [][]byte{pinsBucket, calibrationsBucket, byProfile.bucket} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	profiles := tx.Bucket(byProfile.bucket)
	return tx.Bucket(summariesBucket).ForEach(func(id, value []byte) error {
		s, err := readSummary(id, value)
		if err != nil {
			return err
		}
		return profiles.Put(byProfile.key(s), nil)
	})
}

// upToDate wants a store of this schema, and makes it one where it is older.
func (s *Store) upToDate(version string) error {
	var schema int
	err := s.view(func(tx *bbolt.Tx) (err error) {
		schema, err = readSchema(tx)
		return err
	})
	switch {
	case err != nil:
		return s.at(err)
	case schema < Schema && s.readOnly:
		return s.at(errOlder)
	case schema < Schema:
		if err := s.update(func(tx *bbolt.Tx) error { return migrate(tx, schema, version) }); err != nil {
			return s.repairable(err)
		}
	}
	return s.at(s.repairable(s.view(checkBuckets)))
}

// repairable says what to do about a store whose pages can be read, and whose
// content is not what it should be.
func (s *Store) repairable(err error) error {
	if s.broken.Load() || !errors.Is(err, ErrDamaged) {
		return err
	}
	return fmt.Errorf("%w: perfcheck baseline verify --repair keeps what is sound", err)
}

// at says which store an error is about, where guard has not.
func (s *Store) at(err error) error {
	if err == nil || s.broken.Load() {
		return err
	}
	return fmt.Errorf("%s: %w", s.path, err)
}

func readSchema(tx *bbolt.Tx) (int, error) {
	meta := tx.Bucket(metaBucket)
	if meta == nil || !bytes.Equal(meta.Get(magicKey), []byte(magic)) {
		return 0, fmt.Errorf("%w: a bbolt file of another program; choose another place for the store", ErrForeign)
	}
	schema, err := strconv.Atoi(string(meta.Get(schemaKey)))
	switch {
	case err != nil || schema < 1:
		return 0, fmt.Errorf("%w: schema %q", ErrDamaged, meta.Get(schemaKey))
	case schema > Schema:
		return 0, fmt.Errorf("%w: %q, schema %d, and this one knows up to %d; upgrade perfcheck", ErrNewer, meta.Get(createdKey), schema, Schema)
	}
	return schema, nil
}

// migrate brings a store up to date in one transaction. The version that a
// perfcheck which is too old then names is the one that it needs.
func migrate(tx *bbolt.Tx, schema int, version string) error {
	for _, step := range migrations[schema-1:] {
		if err := step(tx); err != nil {
			return err
		}
	}
	return putSchema(tx, version)
}

func checkBuckets(tx *bbolt.Tx) error {
	for _, name := range buckets() {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: no bucket %q", ErrDamaged, name)
		}
	}
	return nil
}
