package service

import (
	"maps"
	"slices"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/resource"
)

// The engine says of a container what its control groups do.
func TestStats(t *testing.T) {
	t.Parallel()
	docker(t)
	in := started(t, built(t, Options{Config: inContainers(), Mode: Compose,
		Dir: folder(t, "docker-compose.yml", "services: {api: {build: .}, db: {build: .}}")}))
	var seen []resource.Container
	for _, r := range in.Roots() {
		seen = append(seen, resource.Container(r))
	}
	files := metered(t, seen)
	for i := range seen {
		seen[i].PID = 0 // as where the engine runs in a virtual machine
	}
	asked := metered(t, seen)
	if len(files) != 2 || len(asked) != 2 {
		t.Fatalf("got %d parts and %d", len(files), len(asked))
	}
	for i := range files {
		f, a := files[i], asked[i]
		if f.CPU == 0 || a.CPU < f.CPU || a.Memory < f.Memory/2 || a.Memory > f.Memory*2 || a.WorkingSet == 0 {
			t.Errorf("part %d: %+v by files, then %+v by the engine", i, f, a)
		}
		for _, c := range []bench.Counter{bench.Throttled, bench.PageFaults, bench.MajorFaults, bench.DiskRead, bench.NetReceived, bench.NetSent} {
			_, byFiles := f.Counters[c]
			_, byEngine := a.Counters[c]
			if !byFiles || !byEngine || a.Counters[c] < f.Counters[c] {
				t.Errorf("part %d: %s is %d of %v by files, then %d of %v by the engine", i, c, f.Counters[c],
					slices.Collect(maps.Keys(f.Counters)), a.Counters[c], slices.Collect(maps.Keys(a.Counters)))
			}
		}
	}
}

func metered(t *testing.T, containers []resource.Container) []resource.Sample {
	t.Helper()
	m, err := resource.Containers(containers)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Coarse != (containers[0].PID == 0) {
		t.Errorf("coarse is %v", m.Coarse)
	}
	samples, err := m.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return samples
}
