package test

import (
	"testing"

	"github.com/aws/jsii-runtime-go"

	"refstack/stacks/thumbnailer"
	"refstack/test/cdktest"
)

var _ = jsii.String

func TestThumbnailerGolden(t *testing.T) {
	s := thumbnailer.New(cdktest.NewApp(t, nil), "Thumbnailer", nil)
	cdktest.Golden(t, "Thumbnailer.dev", cdktest.TemplateOf(t, s.Stack).JSON)
}
