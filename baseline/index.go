package baseline

import (
	"bytes"
	"strings"

	"go.etcd.io/bbolt"
)

// The buckets beside meta and the indexes. A run's id sorts by its start, so
// walking summaries, or one prefix of an index, backwards is newest first.
var (
	runsBucket        = []byte("runs")        // id → sealed, compressed run
	summariesBucket   = []byte("summaries")   // id → sealed Summary
	comparisonsBucket = []byte("comparisons") // id → sealed, compressed JSON
	byCreatedBucket   = []byte("comparisons by time")
	pinsBucket        = []byte("pins") // id → seal alone
)

// An index finds runs by what its fields return. Its keys are those fields and
// the run's id, joined by sep; its values are empty.
type index struct {
	bucket []byte
	fields func(*Summary) []string
}

var (
	byCommit  = index{[]byte("by commit"), func(s *Summary) []string { return []string{s.Subject.Commit} }}
	byTree    = index{[]byte("by tree"), func(s *Summary) []string { return []string{s.Subject.Tree} }}
	byProfile = index{[]byte("by profile"), func(s *Summary) []string { return []string{s.Profile} }}
	byBranch  = index{[]byte("by branch"), func(s *Summary) []string { return []string{s.Subject.Branch} }}
	byDigest  = index{[]byte("by digest"), func(s *Summary) []string { return []string{s.Digest} }}
	byLine    = index{[]byte("by digest and branch"), func(s *Summary) []string { return []string{s.Digest, s.Subject.Branch} }}
	byPairing = index{[]byte("by pairing"), func(s *Summary) []string { return []string{s.Pairing} }}
)

func indexes() []index {
	return []index{byCommit, byTree, byProfile, byBranch, byDigest, byLine, byPairing}
}

func buckets() [][]byte {
	names := [][]byte{metaBucket, runsBucket, summariesBucket, comparisonsBucket, byCreatedBucket, calibrationsBucket, pinsBucket}
	for _, ix := range indexes() {
		names = append(names, ix.bucket)
	}
	return names
}

// sep ends each field of a key. No field may contain it, see checkNames.
const sep = "\x00"

// afterSep replaces sep in the first key beyond all that start with a field.
const afterSep = "\x01"

func (ix index) key(s *Summary) []byte {
	return []byte(strings.Join(append(ix.fields(s), s.ID), sep))
}

func addToIndexes(tx *bbolt.Tx, s *Summary) error {
	for _, ix := range indexes() {
		if err := tx.Bucket(ix.bucket).Put(ix.key(s), nil); err != nil {
			return err
		}
	}
	return nil
}

func removeFromIndexes(tx *bbolt.Tx, s *Summary) error {
	for _, ix := range indexes() {
		if err := tx.Bucket(ix.bucket).Delete(ix.key(s)); err != nil {
			return err
		}
	}
	return nil
}

// backwards calls visit with the id of each run whose fields in the index are
// those given, and which is below limit where that is not empty, newest first,
// until visit returns false or an error.
func (ix index) backwards(tx *bbolt.Tx, fields []string, limit string, visit func(id []byte) (bool, error)) error {
	prefix := strings.Join(fields, sep)
	end := prefix + afterSep
	if limit != "" {
		end = prefix + sep + limit
	}
	c := tx.Bucket(ix.bucket).Cursor()
	k := before(c, []byte(end))
	for ; bytes.HasPrefix(k, []byte(prefix+sep)); k, _ = c.Prev() {
		if more, err := visit(k[len(prefix)+len(sep):]); !more || err != nil {
			return err
		}
	}
	return nil
}

// before moves the cursor to the last key below limit and returns it.
func before(c *bbolt.Cursor, limit []byte) (key []byte) {
	if k, _ := c.Seek(limit); k == nil {
		key, _ = c.Last()
		return key
	}
	key, _ = c.Prev()
	return key
}
