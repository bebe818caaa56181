// Package rescue makes an error of a panic that was recovered.
package rescue

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Error is the error of a panic, with the stack. The value of a panic may quote a
// payload, so only the runtime's own words are kept; a stack holds no values.
func Error(fault any) error {
	if own, ok := fault.(runtime.Error); ok {
		return fmt.Errorf("panic: %w\n%s", own, debug.Stack())
	}
	return fmt.Errorf("panic of %T\n%s", fault, debug.Stack())
}
