package items

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// newID is a UUID of version 7 (RFC 9562): it sorts by time, so the sort key of
// the table lists items in the order of their creation. The 12 bits behind the
// milliseconds are their fraction, which orders what one client creates in a row.
func newID(now time.Time) string {
	var id [16]byte
	ms := now.UnixMilli()
	fraction := now.Sub(time.UnixMilli(ms)) * 4096 / time.Millisecond
	binary.BigEndian.PutUint64(id[:8], uint64(ms)<<16|7<<12|uint64(fraction))
	rand.Read(id[8:]) // It never fails (crypto/rand).
	id[8] = id[8]&0x3f | 0x80
	return formatID(id)
}

func formatID(id [16]byte) string {
	text := make([]byte, 0, 36)
	for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, part)
	}
	return string(text)
}

// parseID tells whether text is an ID as newID writes it, and no other spelling.
func parseID(text string) (id [16]byte, ok bool) {
	if len(text) != 36 {
		return id, false
	}
	digits := text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:]
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return id, false
	}
	return id, isID(id) && formatID(id) == text
}

func isID(id [16]byte) bool { return id[6]>>4 == 7 && id[8]>>6 == 2 }
