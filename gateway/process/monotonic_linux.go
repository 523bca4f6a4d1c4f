package process

import (
	"fmt"
	"syscall"
	"unsafe"
)

// monotonic is when a reload began, on the clock that systemd compares it with for
// services of Type=notify-reload (systemd.service(5)).
func monotonic() string {
	const clockMonotonic = 1
	var t syscall.Timespec
	_, _, _ = syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&t)), 0)
	return fmt.Sprintf("MONOTONIC_USEC=%d", t.Nano()/1000)
}
