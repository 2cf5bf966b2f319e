package load

import "github.com/perfcheck/perfcheck/bench"

// Short says where the load fell short because the profile's data came to an end.
func (r *Recording) Short() (warnings []string) {
	for _, s := range r.Steps[r.measured:] {
		for _, f := range s.Errors {
			if f.Kind == Data {
				warnings = append(warnings, bench.Count(int(f.Count), "scenario")+" not begun: "+f.Example)
			}
		}
	}
	return warnings
}
