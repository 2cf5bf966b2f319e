package main

import (
	"cmp"
	"fmt"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/resource"
)

// machineFindings are about the CPUs, the clock and the connections of this machine.
func machineFindings(config *profile.Config) []finding {
	found := []finding{cpuFinding(config)}
	limits, err := resource.MachineLimits()
	if err != nil {
		return append(found, finding{"machine", stateWarning, err.Error(), "measure on Linux, where perfcheck knows more of the machine"})
	}
	return append(found, clockFinding(limits), connectionFinding(limits, config))
}

func cpuFinding(config *profile.Config) finding {
	const check = "CPUs"
	if config != nil && config.Service.Isolate == profile.Off {
		return fine(check, "shared by the service and perfcheck, as service.isolate says")
	}
	cores, err := resource.Cores()
	if err != nil {
		return finding{check, stateWarning, err.Error(), "measure on Linux, where the service and perfcheck have CPUs of their own"}
	}
	forService, forPerfcheck, why := resource.Split(cores)
	if why != "" {
		return finding{check, stateWarning, why, "measure on a machine with two cores at least: perfcheck's own work disturbs the service"}
	}
	return fine(check, "%s for the service, %s for perfcheck", list(forService), list(forPerfcheck))
}

func clockFinding(l resource.Limits) finding {
	if l.SlowClock() {
		return finding{"clock", stateWarning, fmt.Sprintf("%s, which takes long to read", l.Clock),
			"choose tsc or kvm-clock in /sys/devices/system/clocksource, or another machine"}
	}
	return fine("clock", "%s", cmp.Or(l.Clock, "the kernel does not say what it takes the time from"))
}

// spareFiles is how many files perfcheck has open beside connections, at most.
const spareFiles = 100

// connectionFinding wants room for one connection a user of each arm, to each copy
// of the service where there are several: an open file each, and a local port of
// those to one address.
func connectionFinding(l resource.Limits, config *profile.Config) finding {
	const check = "connections"
	users, targets := 0, 1
	if config != nil {
		targets = config.Service.Targets()
		for i := range config.Profiles {
			users = max(users, config.Profiles[i].Arrival.PeakUsers(), config.Profiles[i].Arrival.MaxUsers)
		}
	}
	found := fmt.Sprintf("%d open files and %d local ports", l.Files, l.Ports)
	files, ports := 2*users*targets+spareFiles, 2*users+spareFiles
	switch {
	case l.Files < files:
		return finding{check, stateProblem, found, fmt.Sprintf("raise the limit, ulimit -n %d: %d users each of base and head have a connection to each target", files, users)}
	case l.Ports < ports:
		return finding{check, stateProblem, found, fmt.Sprintf("widen net.ipv4.ip_local_port_range to %d: %d users each of base and head have a connection", ports, users)}
	default:
		return fine(check, "%s", found)
	}
}
