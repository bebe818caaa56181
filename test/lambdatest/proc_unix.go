//go:build unix && !linux

package lambdatest

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

func sysProcAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// peakRSS and cpuTime know nothing of a running process here.
func peakRSS(int) int64 { return 0 }

func cpuTime(int) time.Duration { return 0 }

func usageOf(state *os.ProcessState) usage {
	u := usage{cpu: state.UserTime() + state.SystemTime()}
	if rusage, ok := state.SysUsage().(*syscall.Rusage); ok {
		u.peak = int64(rusage.Maxrss)
		if runtime.GOOS != "darwin" { // which counts in bytes
			u.peak <<= 10
		}
	}
	return u
}
