//go:build !linux

package revision

import "syscall"

func attributes() *syscall.SysProcAttr { return nil }
