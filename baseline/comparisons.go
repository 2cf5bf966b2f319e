package baseline

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// PutComparison stores the JSON form of a comparison, in place of an earlier
// one of the same id. When it returns, the comparison is on the disk.
func (s *Store) PutComparison(id string, created time.Time, comparison json.RawMessage) error {
	if id == "" {
		return errors.New("comparison has no id")
	}
	key := []byte(id)
	value, err := sealCompressed(key, append(timeKey(created), comparison...))
	if err != nil {
		return err
	}
	return s.update(func(tx *bbolt.Tx) error {
		comparisons, byCreated := tx.Bucket(comparisonsBucket), tx.Bucket(byCreatedBucket)
		if old := comparisons.Get(key); old != nil {
			before, _, err := readComparison(key, old)
			if err != nil {
				return err
			}
			if err := byCreated.Delete(append(before, key...)); err != nil {
				return err
			}
		}
		if err := comparisons.Put(key, value); err != nil {
			return err
		}
		return byCreated.Put(append(timeKey(created), key...), nil)
	})
}

// Comparison returns the comparison whose id is or starts with the one given,
// or the latest of all when id is empty. The error is [ErrNotFound] or
// [ErrAmbiguous] where that is not one comparison.
func (s *Store) Comparison(id string) (json.RawMessage, error) {
	var comparison []byte
	err := s.view(func(tx *bbolt.Tx) error {
		if id == "" {
			last, _ := tx.Bucket(byCreatedBucket).Cursor().Last()
			if last == nil {
				return fmt.Errorf("comparison: %w: run 'perfcheck compare' first", ErrNotFound)
			}
			id = string(last[timeSize:])
		}
		key, value, err := findPrefix(tx.Bucket(comparisonsBucket), id)
		if err != nil {
			return fmt.Errorf("comparison %q: %w", id, err)
		}
		_, comparison, err = readComparison(key, value)
		return err
	})
	return comparison, err
}

// timeSize is the length of a timeKey.
const timeSize = 8

// timeKey returns t so that keys sort by it: nanoseconds since 1970, shifted
// by half the range so that times before then sort first too.
func timeKey(t time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(t.UnixNano())^1<<63)
}

func readComparison(key, value []byte) (created, comparison []byte, err error) {
	data, err := unsealCompressed(key, value)
	if err != nil {
		return nil, nil, err
	}
	if len(data) < timeSize {
		return nil, nil, fmt.Errorf("%w: comparison %q has no time", ErrDamaged, key)
	}
	return data[:timeSize:timeSize], data[timeSize:], nil
}
