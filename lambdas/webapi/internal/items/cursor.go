package items

import (
	"encoding/base64"
	"errors"
)

// cursorVersion is the first byte of a cursor. Another meaning of what follows
// takes another version, so that old cursors fail instead of misleading.
const cursorVersion = 1

var cursorEncoding = base64.RawURLEncoding.Strict()

// encodeCursor makes the cursor of the page behind an item. A cursor needs no
// signature: it names a position and no owner, and the owner comes from the
// token, so one that was made up reads the caller's own items.
func encodeCursor(after string) string {
	id, _ := parseID(after)
	return cursorEncoding.EncodeToString(append([]byte{cursorVersion}, id[:]...))
}

var errCursor = errors.New("must be the value of next in an earlier answer")

func decodeCursor(cursor string) (after string, err error) {
	if len(cursor) != cursorEncoding.EncodedLen(17) {
		return "", errCursor
	}
	bytes, err := cursorEncoding.DecodeString(cursor)
	if err != nil || len(bytes) != 17 || bytes[0] != cursorVersion {
		return "", errCursor
	}
	id := [16]byte(bytes[1:])
	if !isID(id) {
		return "", errCursor
	}
	return formatID(id), nil
}
