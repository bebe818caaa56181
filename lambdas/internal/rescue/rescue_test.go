package rescue

import (
	"strings"
	"testing"
)

func TestErrorKeepsTheRuntimesWordsAlone(t *testing.T) {
	of := func(work func()) (err error) {
		defer func() { err = Error(recover()) }()
		work()
		return nil
	}
	var none []int
	if text := of(func() { _ = none[3] }).Error(); !strings.Contains(text, "index out of range [3]") || !strings.Contains(text, "rescue_test.go") {
		t.Errorf("a fault of the runtime is told as %s", text)
	}
	if text := of(func() { panic("a secret") }).Error(); strings.Contains(text, "secret") || !strings.Contains(text, "panic of string") {
		t.Errorf("a panic of ours is told as %s", text)
	}
}
