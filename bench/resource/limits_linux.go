package resource

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// MachineLimits reads the limits of this process and its machine.
func MachineLimits() (l Limits, err error) {
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		return l, fmt.Errorf("getrlimit: %w", err)
	}
	ports, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return l, err
	}
	var first, last int
	if _, err := fmt.Sscan(string(ports), &first, &last); err != nil {
		return l, fmt.Errorf("ip_local_port_range: %w", err)
	}
	clock, err := os.ReadFile("/sys/devices/system/clocksource/clocksource0/current_clocksource")
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // as in some virtual machines
	}
	return Limits{int(files.Cur), last - first + 1, strings.TrimSpace(string(clock))}, err
}
