package baseline

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What a killed creation left goes with the next one; what may be another
// process's, or is not ours, stays.
func TestCreationsThatWereKilledAreSwept(t *testing.T) {
	path := tempStore(t)
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * creation)
	for name, at := range map[string]time.Time{"baseline.db.new-1": old, "baseline.db.new-2": time.Now(), "other.db.new-1": old} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	openTest(t, path)
	left, err := filepath.Glob(filepath.Join(dir, "*.new-*"))
	if err != nil || len(left) != 2 || filepath.Base(left[0]) != "baseline.db.new-2" {
		t.Errorf("left: %v, %v", left, err)
	}
}
