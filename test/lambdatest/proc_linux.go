package lambdatest

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

func sysProcAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// peakRSS returns the high-water mark of the process's resident set in bytes,
// or 0 when the process is gone.
func peakRSS(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, ok := bytes.Cut(status, []byte("\nVmHWM:"))
	if !ok {
		return 0
	}
	fields := bytes.Fields(rest)
	kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}

// cpuTime reads the CPU-time clock of the process, as clock_getcpuclockid(3)
// finds it: /proc/PID/stat counts in steps of 10 ms, too coarse for a benchmark.
func cpuTime(pid int) time.Duration {
	clock := int32(^pid)<<3 | 2
	var ts syscall.Timespec
	_, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock), uintptr(unsafe.Pointer(&ts)), 0)
	if errno != 0 {
		return 0
	}
	return time.Duration(ts.Nano())
}

// usageOf leaves out the peak: the kernel counts that of the test process,
// which the child shares until it executes, into the child's ru_maxrss.
func usageOf(state *os.ProcessState) usage {
	return usage{cpu: state.UserTime() + state.SystemTime()}
}
