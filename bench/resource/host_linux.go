package resource

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// hardware returns the model of the CPU and the bytes of memory.
func hardware() (cpu string, memory int64, err error) {
	info, err1 := os.ReadFile("/proc/cpuinfo")
	mem, err2 := os.ReadFile("/proc/meminfo")
	if err := errors.Join(err1, err2); err != nil {
		return "", 0, err
	}
	total := strings.TrimSuffix(field(string(mem), "MemTotal"), " kB")
	kilobytes, err := strconv.ParseInt(total, 10, 64)
	if err != nil {
		return "", 0, fmt.Errorf("/proc/meminfo: MemTotal: %w", err)
	}
	return cpuModel(string(info)), kilobytes << 10, nil
}

// cpuModel finds the model's name in /proc/cpuinfo; Arm has numbers for it only.
func cpuModel(info string) string {
	if name := field(info, "model name"); name != "" {
		return name
	}
	return strings.TrimSpace("implementer " + field(info, "CPU implementer") + " part " + field(info, "CPU part"))
}

// field returns what stands behind "name:" at the start of a line.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if key, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
