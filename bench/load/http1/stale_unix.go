//go:build unix && !linux

package http1

import "golang.org/x/sys/unix"

// stale says whether a connection without a request in flight is of no use
// for another one: it has ended, or holds bytes that nobody asked for.
func stale(fd int) bool {
	var b [1]byte
	_, _, err := unix.Recvfrom(fd, b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	return err != unix.EAGAIN && err != unix.EINTR
}
