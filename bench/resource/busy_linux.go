package resource

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// Busy returns how long the CPUs of this machine, all together, have worked or
// been withheld from it by its hypervisor, and that and their idle time in sum.
func Busy() (busy, all time.Duration, err error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, err
	}
	return busyOf(string(stat))
}

// busyOf reads the first line of /proc/stat: user, nice, system, idle, iowait,
// irq, softirq, steal. What guests used, behind them, is part of user and nice.
func busyOf(stat string) (busy, all time.Duration, err error) {
	line, _, _ := strings.Cut(stat, "\n")
	var n [8]int64
	if _, err := fmt.Sscanf(line, "cpu %d %d %d %d %d %d %d %d", &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7]); err != nil {
		return 0, 0, fmt.Errorf("/proc/stat: %w in %q", err, line)
	}
	for _, ticks := range n {
		all += time.Duration(ticks) * tick
	}
	return all - time.Duration(n[3]+n[4])*tick, all, nil
}
