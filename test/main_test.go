// Package test holds what is true of the whole repository: goldens, compliance,
// and the functions' binaries at work.
package test

import (
	"testing"

	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m, removeAssembly) }
