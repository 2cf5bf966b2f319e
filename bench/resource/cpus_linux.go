package resource

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Cores returns the CPUs that this process may run on, those of one physical
// core together, in ascending order.
func Cores() ([][]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("sched_getaffinity: %w", err)
	}
	cores := map[string][]int{}
	for cpu := range len(set) * strconv.IntSize {
		if set.IsSet(cpu) {
			core := siblings(cpu)
			cores[core] = append(cores[core], cpu)
		}
	}
	return slices.SortedFunc(maps.Values(cores), slices.Compare), nil
}

// siblings names the physical core of a CPU: by the CPUs that share it, or by
// the CPU itself where the kernel does not say.
func siblings(cpu int) string {
	name := fmt.Sprintf("/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu)
	list, err := os.ReadFile(name)
	if err != nil {
		return strconv.Itoa(cpu)
	}
	return strings.TrimSpace(string(list))
}

// Pin binds all threads of this process, and those that it will start, to the
// given CPUs. Processes that it starts inherit that.
func Pin(cpus []int) error {
	var set unix.CPUSet
	for _, c := range cpus {
		set.Set(c)
	}
	// Threads that start meanwhile inherit the old CPUs or the new ones; when a
	// pass finds no thread that it has not bound, there are only new ones.
	bound := map[int]bool{}
	for again := true; again; {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		again = false
		for _, t := range threads {
			id, err := strconv.Atoi(t.Name())
			if err != nil || bound[id] {
				continue
			}
			if err := unix.SchedSetaffinity(id, &set); err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("bind perfcheck to CPUs %v: %w", cpus, err)
			}
			bound[id], again = true, true
		}
	}
	runtime.SetDefaultGOMAXPROCS()
	return nil
}
