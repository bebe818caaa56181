package rows

import (
	"bytes"
	"context"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// lines are the lines that begin in a range.
type lines struct {
	*window
	end   int64
	start int64 // of the last line
	found bool  // that data begins with a line
}

// newLines reads the lines that begin in [start, end). Whether one begins at
// start, the byte before it tells.
func newLines(ctx context.Context, source Source, start, end int64) *lines {
	return &lines{window: newWindow(ctx, source, max(0, start-1), end), end: end, found: start == 0}
}

func (l *lines) begin() int64 { return l.start }

func (l *lines) next() (line []byte, tooLong, ok bool) {
	if !l.found {
		l.found = true
		l.skip()
	}
	if l.at >= l.end || l.err != nil {
		return nil, false, false
	}
	l.start = l.at
	if l.at == 0 {
		l.passMark()
	}
	looked := 0
	for {
		if i := bytes.IndexByte(l.data[looked:], '\n'); i >= 0 {
			line = l.data[:looked+i]
			l.drop(looked + i + 1)
			return withoutReturn(line), false, true
		}
		looked = len(l.data)
		if l.full() {
			l.skip()
			return nil, true, l.err == nil
		}
		if !l.more() {
			line = l.data
			l.drop(looked)
			return withoutReturn(line), false, l.err == nil && looked > 0
		}
	}
}

// skip passes over the rest of a line, as far as the range goes.
func (l *lines) skip() {
	for l.at < l.end {
		if i := bytes.IndexByte(l.data, '\n'); i >= 0 {
			l.drop(i + 1)
			return
		}
		l.drop(len(l.data))
		if !l.more() {
			return
		}
	}
}

func withoutReturn(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}

// passMark passes over a byte order mark at the beginning of an object.
func (w *window) passMark() {
	for len(w.data) < len(byteOrderMark) && w.more() {
	}
	if bytes.HasPrefix(w.data, byteOrderMark) {
		w.drop(len(byteOrderMark))
	}
}
