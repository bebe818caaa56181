// Package refstack holds the files of the repository, so that they travel inside the
// command refstack, which works where there is no checkout.
package refstack

import "embed"

// Sources has the files under their paths in the repository.
//
//go:embed .ci/run .gitignore CONTRIBUTING.md LICENSE Makefile README.md
//go:embed cdk.json go.mod go.sum package.json package-lock.json
//go:embed all:bin all:constructs all:docs all:internal all:lambdas all:stacks all:test
var Sources embed.FS
