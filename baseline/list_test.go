package baseline

import (
	"errors"
	"testing"

	"go.etcd.io/bbolt"
)

// What is older than was asked for is not read: here it could not be.
func TestOlderRunsAreNotRead(t *testing.T) {
	s, err := Open(closedStore(t, testRun(1), testRun(2), testRun(3)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.update(func(tx *bbolt.Tx) error {
		return tx.Bucket(summariesBucket).Put([]byte(testRun(1).ID), []byte("no summary"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.List(Filter{Branch: "main"}); !errors.Is(err, ErrDamaged) {
		t.Fatalf("all: %v, want ErrDamaged", err)
	}
	since := Filter{Branch: "main", Since: testRun(3).Started}
	if found, err := s.List(since); err != nil || len(found) != 1 {
		t.Errorf("since the newest: %d, %v", len(found), err)
	}
	visited := 0
	err = s.Walk(Filter{Branch: "main"}, func(*Summary) bool { visited++; return visited < 2 })
	if err != nil || visited != 2 {
		t.Errorf("visited %d, %v", visited, err)
	}
}
