package rules

func init() {
	register(Rule{
		Name:  "key-rotation",
		Doc:   "A key is rotated every year (AWS Security Hub, KMS.4).",
		Types: []string{"AWS::KMS::Key"},
		Check: func(t *Template, r *Resource, fault Fault) {
			if !r.is("EnableKeyRotation") {
				fault("EnableKeyRotation must be true")
			}
		},
	})
}
