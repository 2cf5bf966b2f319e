package resource

import (
	"errors"

	"golang.org/x/sys/unix"
)

// hardware returns the model of the CPU and the bytes of memory.
func hardware() (cpu string, memory int64, err error) {
	cpu, err1 := unix.Sysctl("machdep.cpu.brand_string")
	bytes, err2 := unix.SysctlUint64("hw.memsize")
	return cpu, int64(bytes), errors.Join(err1, err2)
}
