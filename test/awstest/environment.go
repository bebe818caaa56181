package awstest

import (
	"fmt"
	"strings"
)

// EnvironmentOf returns the environment variables of a function in a synthesized
// template, with names as for RoleOf. It is an error if a variable refers to
// something without a name: the function would be told of nothing.
func EnvironmentOf(template map[string]any, functionLogicalID string, names map[string]string) (map[string]string, error) {
	resources, _ := template["Resources"].(map[string]any)
	c := &collector{resolver: &resolver{resources: resources, names: names}}
	if c.typeOf(functionLogicalID) != "AWS::Lambda::Function" {
		return nil, fmt.Errorf("awstest: the template has no function %s", functionLogicalID)
	}
	environment, _ := c.properties(functionLogicalID)["Environment"].(map[string]any)
	variables, _ := environment["Variables"].(map[string]any)
	resolved := make(map[string]string, len(variables))
	for name, value := range variables {
		text, err := c.text(value)
		if err == nil && strings.Contains(text, unresolved) {
			err = fmt.Errorf("nothing is named for %v", value)
		}
		if err != nil {
			return nil, fmt.Errorf("awstest: variable %s of %s: %w", name, functionLogicalID, err)
		}
		resolved[name] = text
	}
	return resolved, nil
}
