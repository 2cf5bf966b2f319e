package baseline

import (
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/perfcheck/perfcheck/bench"
)

// Thin takes the histograms out of the runs with these ids, which is most of what
// they take, and leaves the numbers that comparisons and trends are made of. There
// need not be such runs. One that cannot be read is passed over, with an error that
// names it. The file becomes no smaller: see [Compact].
func (s *Store) Thin(ids ...string) (done []string, unread []error, err error) {
	for batch := range slices.Chunk(ids, removeBatch) {
		var thinned []string
		err := s.update(func(tx *bbolt.Tx) error {
			for _, id := range batch {
				value := tx.Bucket(runsBucket).Get([]byte(id))
				if value == nil {
					continue
				}
				run, err := readRun([]byte(id), value)
				if err != nil {
					unread = append(unread, s.repairable(fmt.Errorf("run %s: %w", id, err)))
					continue
				}
				if err := putThin(tx, run); err != nil {
					return fmt.Errorf("run %s: %w", id, err)
				}
				thinned = append(thinned, id)
			}
			return nil
		})
		if err != nil {
			return done, unread, err
		}
		done = append(done, thinned...)
	}
	return done, unread, nil
}

func putThin(tx *bbolt.Tx, run *bench.Run) error {
	run = bench.Thin(run)
	data, err := bench.EncodeRun(run)
	if err != nil {
		return err
	}
	return putRun(tx, data, summarize(run))
}
