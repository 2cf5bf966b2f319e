package service

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// proxyOf returns the process id of the engine's proxy for an address, or 0.
func proxyOf(addr string) int {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return 0
	}
	commands, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is well-formed
	for _, name := range commands {
		line, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		if isProxy(strings.Split(string(line), "\x00"), port) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			return pid
		}
	}
	return 0
}

// isProxy says whether a command is docker-proxy for a port of this machine.
func isProxy(args []string, port string) bool {
	at := slices.Index(args, "-host-port")
	return filepath.Base(args[0]) == "docker-proxy" && at > 0 && at+1 < len(args) && args[at+1] == port
}
