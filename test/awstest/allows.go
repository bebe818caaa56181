package awstest

import "fmt"

// Allows tells whether policy documents, as a custom authorizer answers with
// them, allow an action on a resource.
func Allows(documents []map[string]any, action, resource string) (bool, error) {
	c := &collector{resolver: &resolver{}}
	for i, document := range documents {
		if err := c.document(fmt.Sprintf("policyDocuments[%d]", i), document); err != nil {
			return false, err
		}
	}
	role := &Role{statements: c.statements}
	return len(role.denies(Call{}, []Permission{{action, resource}})) == 0, nil
}
