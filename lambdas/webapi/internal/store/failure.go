package store

import (
	"fmt"

	"refstack/lambdas/internal/dynamo"
	"refstack/lambdas/webapi/internal/items"
)

// failure wraps err, and marks it as ErrBusy where it will pass.
func failure(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case dynamo.WillPass(err):
		return fmt.Errorf("%s: %w: %w", doing, items.ErrBusy, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}
