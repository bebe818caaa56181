package test

import (
	"testing"

	"refstack/test/cdktest"
)

func TestGolden(t *testing.T) {
	eachStack(t, func(t *testing.T, name string, _ bool, s *synthesis) {
		cdktest.Golden(t, name, s.template)
	})
}
