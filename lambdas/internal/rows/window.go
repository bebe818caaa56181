package rows

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// ahead is how many bytes are asked of a source behind the end of a range, where
// its last row ends: most rows are short, and a long one asks again.
const ahead = 64 << 10

// maxResumes bounds how often a stream that broke off is taken up again without
// a byte in between.
const maxResumes = 3

// window holds the part of a source that is being looked at. Its memory does not
// grow.
type window struct {
	ctx    context.Context
	source Source
	body   io.ReadCloser
	opened int64 // where body ends, or the next one shall
	at     int64 // the offset of the first byte of data
	data   []byte
	buffer []byte
	broken int // how often the stream broke off since it last gave something
	err    error
}

// newWindow makes a window at from. It opens the source when bytes are wanted,
// and expects to read on to end.
func newWindow(ctx context.Context, source Source, from, end int64) *window {
	w := &window{ctx: ctx, source: source, at: from, opened: end + ahead, buffer: make([]byte, MaxRow+1)}
	w.data = w.buffer[:0]
	return w
}

// drop lets go of the first n bytes.
func (w *window) drop(n int) {
	w.data = w.data[n:]
	w.at += int64(n)
}

// full tells whether nothing more fits.
func (w *window) full() bool { return len(w.data) == len(w.buffer) }

// more adds bytes behind data, and tells whether there were any. It moves data.
func (w *window) more() bool {
	copy(w.buffer, w.data)
	w.data = w.buffer[:len(w.data)]
	for w.err == nil && !w.full() {
		next := w.at + int64(len(w.data))
		if next >= w.source.Size() {
			return false
		}
		if w.body == nil {
			w.opened = min(max(w.opened, next+ahead), w.source.Size())
			w.body, w.err = w.source.Open(w.ctx, next, w.opened)
			continue
		}
		n, err := w.body.Read(w.buffer[len(w.data):])
		w.data = w.buffer[:len(w.data)+n]
		if err != nil {
			w.body.Close()
			w.body = nil
			w.interrupted(next+int64(n), err)
		}
		if n > 0 {
			w.broken = 0
			return true
		}
	}
	return false
}

// interrupted deals with the end of a body at next. One that ends early is taken
// up again where it broke off.
func (w *window) interrupted(next int64, err error) {
	if errors.Is(err, io.EOF) && next >= w.opened {
		return
	}
	if w.broken++; w.broken > maxResumes || w.ctx.Err() != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		w.err = fmt.Errorf("reading rows: %w", err)
	}
}

func (w *window) Err() error { return w.err }

// Close lets go of the source. A little that was asked for and not read is read
// now, since a connection is used again only after its last byte.
func (w *window) Close() error {
	if w.body == nil {
		return nil
	}
	if left := w.opened - w.at - int64(len(w.data)); left <= 2*ahead && w.err == nil {
		_, _ = io.CopyN(io.Discard, w.body, left)
	}
	body := w.body
	w.body = nil
	return body.Close()
}
