package baseline

import (
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/perfcheck/perfcheck/bench"
)

// Thin takes the histograms out of the runs with these ids, which is most of what
// they take, and leaves the numbers that comparisons and trends are made of. There
// need not be such runs. The file becomes no smaller: see [Compact].
func (s *Store) Thin(ids ...string) error {
	for batch := range slices.Chunk(ids, removeBatch) {
		err := s.update(func(tx *bbolt.Tx) error {
			for _, id := range batch {
				if err := thin(tx, []byte(id)); err != nil {
					return fmt.Errorf("run %s: %w", id, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func thin(tx *bbolt.Tx, id []byte) error {
	value := tx.Bucket(runsBucket).Get(id)
	if value == nil {
		return nil
	}
	run, err := readRun(id, value)
	if err != nil {
		return err
	}
	run = bench.Thin(run)
	data, err := bench.EncodeRun(run)
	if err != nil {
		return err
	}
	return putRun(tx, data, summarize(run))
}
