package pipe

import "refstack/constructs/pipeevent"

// Match tells whether a pipe with the filter pattern lets event through: see
// pipeevent.Match, which a test can import without the CDK.
func Match(pattern, event any) (bool, error) { return pipeevent.Match(pattern, event) }

// Render returns what an input template makes of an event: see
// pipeevent.Variables.Render, which a test can import without the CDK.
func Render(template string, event []byte) ([]byte, error) { return pipeevent.Render(template, event) }
