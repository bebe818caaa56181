// Package refstack holds files of the repository that travel inside the command
// refstack, so that it works where there is no checkout.
package refstack

import "embed"

// Sources has the files under their paths in the repository.
//
//go:embed test/testdata/golden
var Sources embed.FS
