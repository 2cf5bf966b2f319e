package remote

import (
	"fmt"
	"testing"
)

// BenchmarkList is a pull when nothing is new: 2,000 files are there, of which
// none is read.
func BenchmarkList(b *testing.B) {
	for kind, spec := range map[string]string{"git": "git:" + newServer(b), "dir": "dir:" + b.TempDir()} {
		b.Run(kind, func(b *testing.B) {
			var all []File
			for n := range 2_000 {
				all = append(all, File{fmt.Sprintf("2026%02d01T030000.000Z-RUN%05d.json", n%12+1, n), []byte(fmt.Sprint("run ", n))})
			}
			if err := openTest(b, spec, Options{}).Put(b.Context(), all); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				names, err := openTest(b, spec, Options{}).List(b.Context())
				if err != nil || len(names) != len(all) {
					b.Fatalf("%d names, %v", len(names), err)
				}
			}
		})
	}
}
