package awstest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// DefinitionOf returns the definition of a state machine in a synthesized template,
// with names as for RoleOf. It is an error if it refers to something without a name,
// unless names is nil: then something stands for each, of which no service knows.
func DefinitionOf(template map[string]any, logicalID string, names map[string]string) (map[string]any, error) {
	resources, _ := template["Resources"].(map[string]any)
	c := &collector{resolver: &resolver{resources: resources, names: names}}
	if c.typeOf(logicalID) != "AWS::StepFunctions::StateMachine" {
		return nil, fmt.Errorf("awstest: the template has no state machine %s", logicalID)
	}
	text, err := c.text(c.properties(logicalID)["DefinitionString"])
	if err == nil && names != nil && strings.Contains(text, unresolved) {
		err = fmt.Errorf("it refers to something without a name: %s", text[strings.Index(text, unresolved):])
	}
	if err != nil {
		return nil, fmt.Errorf("awstest: definition of %s: %w", logicalID, err)
	}
	var definition map[string]any
	if err := json.Unmarshal([]byte(text), &definition); err != nil {
		return nil, fmt.Errorf("awstest: definition of %s: %w", logicalID, err)
	}
	return definition, nil
}
