package resource

import (
	"fmt"
	"slices"
)

// maxGenerator is how many CPUs perfcheck takes at most: a generator that
// needs more is not one that a single service is measured with.
const maxGenerator = 4

// Split divides the CPUs between the service and perfcheck, by physical cores
// as [Cores] returns them. Perfcheck gets half of them at most, and the first
// ones, since most machines handle their interrupts there.
//
// Where they cannot be divided both are nil, and why says so. Where they can
// but not by cores, why says that too.
func Split(cores [][]int) (service, generator []int, why string) {
	cpus := slices.Concat(cores...)
	if len(cpus) < 2 {
		return nil, nil, "perfcheck may use one CPU only, and the service shares it"
	}
	if len(cores) == 1 {
		half := min(len(cpus)/2, maxGenerator)
		return cpus[half:], cpus[:half],
			fmt.Sprintf("service and perfcheck have different CPUs of one physical core (%v)", cpus)
	}
	n := 0
	for n < len(cores)/2 && len(generator)+len(cores[n]) <= max(maxGenerator, len(cores[0])) {
		generator = append(generator, cores[n]...)
		n++
	}
	return slices.Concat(cores[n:]...), generator, ""
}
