package baseline

import (
	"fmt"

	"go.etcd.io/bbolt"
)

// Pin keeps the runs with these ids from being pruned. It is a decision about
// one store: a run that is exported takes no pin with it. Pinning again changes
// nothing; the error is [ErrNotFound] when there is no such run.
func (s *Store) Pin(ids ...string) error {
	return s.update(func(tx *bbolt.Tx) error {
		for _, id := range ids {
			key := []byte(id)
			if tx.Bucket(runsBucket).Get(key) == nil {
				return fmt.Errorf("run %q: %w", id, ErrNotFound)
			}
			if err := tx.Bucket(pinsBucket).Put(key, seal(key, nil)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Unpin undoes [Store.Pin]. It does nothing to runs that are not pinned.
func (s *Store) Unpin(ids ...string) error {
	return s.update(func(tx *bbolt.Tx) error {
		for _, id := range ids {
			if err := tx.Bucket(pinsBucket).Delete([]byte(id)); err != nil {
				return err
			}
		}
		return nil
	})
}
