package baseline

import (
	"fmt"

	"go.etcd.io/bbolt"
)

// Export returns the complete, whole run whose id is or starts with the one given, as a
// file of one line of JSON, with its name, see [FileName]. The same state of a
// run is the same bytes wherever it is exported.
func (s *Store) Export(id string) (name string, data []byte, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		key, value, err := findPrefix(tx.Bucket(runsBucket), id)
		if err != nil {
			return fmt.Errorf("run %q: %w", id, err)
		}
		summary, err := findSummary(tx, key)
		if err != nil {
			return err
		}
		if !summary.Complete {
			return fmt.Errorf("run %s is incomplete: only complete runs are exported", key)
		}
		if summary.Thinned {
			return fmt.Errorf("run %s is thinned: only whole runs are exported", key)
		}
		run, err := unsealCompressed(key, value)
		if err != nil {
			return err
		}
		name = FileName(summary)
		if data, err = writeFile(run); err != nil {
			return fmt.Errorf("run %s: %v", key, err)
		}
		return nil
	})
	return name, data, err
}
