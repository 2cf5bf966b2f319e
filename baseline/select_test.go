package baseline

import (
	"fmt"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// BenchmarkSelect looks for a baseline among 100,000 runs, most of them on
// other branches.
func BenchmarkSelect(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "baseline.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	// Summaries alone: listing and selecting read nothing else.
	err = s.update(func(tx *bbolt.Tx) error {
		for n := range 100_000 {
			summary := summarize(testRun(n))
			summary.Subject.Branch = fmt.Sprint("topic-", n%1000)
			if n == 50 {
				summary.Subject.Branch = "main"
			}
			if err := putSummary(tx, summary); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Latest", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Latest("d1", "main"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("List50", func(b *testing.B) {
		for b.Loop() {
			if found, err := s.List(Filter{Limit: 50}); err != nil || len(found) != 50 {
				b.Fatal(len(found), err)
			}
		}
	})
	b.Run("ListAll", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.List(Filter{Profile: "other"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
