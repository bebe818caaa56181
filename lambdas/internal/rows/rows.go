// Package rows reads the rows of one range of an object, strictly: CSV by its
// header, JSON Lines, and a JSON array. A row that cannot be read is told with its
// place and the reason, and the next one is read.
//
// A line is a row, whatever it holds. A newline within quotes is therefore a
// fault, and not part of a value: the rows of a range do not depend on what comes
// before it, and a quote that is never closed costs one row and not the rest of
// the object. Data with newlines in its values belongs in JSON Lines.
package rows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Format is how the rows of an object are written.
type Format string

const (
	// CSV has a header, commas, quotes as in RFC 4180, and LF or CRLF at the
	// ends of lines. A byte order mark before the header is passed over.
	CSV Format = "csv"
	// JSONLines has an object on each line.
	JSONLines Format = "jsonl"
	// JSON is an array of objects. It is read as a stream, but as one range: its
	// rows cannot be told apart from the middle.
	JSON Format = "json"
)

// Splittable tells whether ranges of an object can be read one by one.
func (f Format) Splittable() bool { return f == CSV || f == JSONLines }

// Valid tells whether there is such a format.
func (f Format) Valid() bool { return f.Splittable() || f == JSON }

// FormatOf tells the format of an object by the end of its name.
func FormatOf(name string) (format Format, ok bool) {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		return CSV, true
	case ".jsonl", ".ndjson":
		return JSONLines, true
	case ".json":
		return JSON, true
	}
	return "", false
}

// Source is an object, or a file.
type Source interface {
	// Size is its length in bytes.
	Size() int64
	// Open returns the bytes of [from, to), which lies within the source.
	Open(ctx context.Context, from, to int64) (io.ReadCloser, error)
}

// MaxRow is the most bytes that a row may have; of longer ones nothing is kept.
// It is also the largest payload that a state of Step Functions takes.
const MaxRow = 256 << 10

// Reasons why a row cannot be read. Jobs add their own.
const (
	BlankLine       = "blank-line"
	WrongColumns    = "wrong-number-of-columns"
	BareQuote       = "bare-quote" // a quote in a value that does not begin with one, or text behind the closing one
	OpenQuote       = "open-quote" // the line ends before the closing quote
	TooLong         = "row-too-long"
	EmptyObject     = "empty-object"
	DuplicateColumn = "duplicate-column" // in the header
	MissingColumn   = "missing-column"   // in the header
	UnderBadHeader  = "under-bad-header" // nobody knows what the row's columns are
	RepeatedHeader  = "repeated-header"  // files were put together with their headers
	NotAnObject     = "not-a-json-object"
	MissingField    = "missing-field"
	DuplicateField  = "duplicate-field"
	NotAValue       = "not-a-value" // true, null, an object or an array where text or a number is wanted
	NotAnArray      = "not-a-json-array"
	OpenArray       = "open-array" // the object ends before the array
	AfterArray      = "text-after-array"
	NotANumber      = "not-a-number"
	OutOfRange      = "out-of-range"
	Refused         = "refused" // by the job, with an error that is no *Fault
)

// Fault says why a row cannot be read. It never quotes the row.
type Fault struct {
	// Column is the name of the column, where one is at fault.
	Column string
	Reason string
}

func (f *Fault) Error() string {
	if f.Column == "" {
		return f.Reason
	}
	return fmt.Sprintf("%s: %s", f.Column, f.Reason)
}

// Reader reads the rows that begin in one range:
//
//	for r.Next() {
//		if fault := r.Fault(); fault != nil { … }
//		use(r.Fields())
//	}
//	err := r.Err()
//
// Any way to cut an object into ranges gives the same rows.
type Reader struct {
	records
	format  Format
	columns []string

	header *header // of CSV
	fields [][]byte
	fault  *Fault
	number int64
	first  bool // The range holds the beginning of the object.
	ended  bool
}

// records cuts the bytes of a range into rows. What next returns is valid until
// the call after.
type records interface {
	next() (record []byte, tooLong, ok bool)
	// begin is where the last record began.
	begin() int64
	Err() error
	Close() error
}

// NewReader reads the rows that begin in [start, end) of source. Fields has the
// values of columns, in their order. The caller must close the reader.
func NewReader(ctx context.Context, source Source, format Format, columns []string, start, end int64) (*Reader, error) {
	if !format.Valid() {
		return nil, fmt.Errorf("rows: there is no format %q", format)
	}
	if len(columns) == 0 {
		return nil, errors.New("rows: no columns are asked for")
	}
	if start < 0 || start > end || end > source.Size() {
		return nil, fmt.Errorf("rows: there is no range from %d to %d in %d bytes", start, end, source.Size())
	}
	if !format.Splittable() && (start != 0 || end != source.Size()) {
		return nil, fmt.Errorf("rows: %s cannot be read in ranges", format)
	}
	r := &Reader{
		format: format, columns: columns, fields: make([][]byte, len(columns)),
		first: start == 0 && (end > 0 || source.Size() == 0),
	}
	if format == CSV && start > 0 {
		if err := r.readHeader(ctx, source); err != nil {
			return nil, err
		}
	}
	if format == JSON {
		r.records = newElements(ctx, source)
	} else {
		r.records = newLines(ctx, source, start, end)
	}
	return r, nil
}

// readHeader reads the header for a range that does not hold it.
func (r *Reader) readHeader(ctx context.Context, source Source) error {
	first := newLines(ctx, source, 0, min(1, source.Size()))
	defer first.Close()
	line, tooLong, _ := first.next()
	r.header = newHeader(line, tooLong, r.columns)
	return first.Err()
}

// Next goes to the next row, and tells whether there is one.
func (r *Reader) Next() bool {
	record, tooLong, ok := r.next()
	if !ok {
		return r.nothing()
	}
	r.number++
	if r.header == nil && r.format == CSV {
		r.header = newHeader(record, tooLong, r.columns)
		if r.fault = r.header.fault; r.fault != nil {
			return true
		}
		return r.Next()
	}
	switch {
	case r.header != nil && r.header.fault != nil:
		r.fault = &Fault{Reason: UnderBadHeader}
	case tooLong:
		r.fault = &Fault{Reason: TooLong}
	case r.format == CSV:
		r.fault = r.header.split(record, r.fields)
	default:
		r.fault = splitObject(record, r.columns, r.fields)
	}
	return true
}

// nothing is the end of the rows. An object without any text has one fault, so
// that it does not pass for one without rows.
func (r *Reader) nothing() bool {
	r.fault = nil
	if !r.ended && r.Err() == nil {
		if elements, ok := r.records.(*elements); ok {
			r.fault = elements.fault
		} else if r.first && r.number == 0 {
			r.fault = &Fault{Reason: EmptyObject}
		}
	}
	r.ended = true
	if r.fault == nil {
		return false
	}
	r.number++
	return true
}

// Fault says why the row cannot be read, and is nil if it can.
func (r *Reader) Fault() *Fault { return r.fault }

// Fields are the row's values, valid until the next call of Next.
func (r *Reader) Fields() [][]byte { return r.fields }

// Number counts the rows that began in the range so far, the header among them.
func (r *Reader) Number() int64 { return r.number }

// Offset is where in the object the row begins.
func (r *Reader) Offset() int64 { return r.begin() }

// Explain is the fault of a row that a job refused with err. A header in the
// middle of an object is told as what it is.
func (r *Reader) Explain(err error) *Fault {
	if r.header != nil && r.header.repeated(r.fields) {
		return &Fault{Reason: RepeatedHeader}
	}
	var fault *Fault
	if errors.As(err, &fault) {
		return fault
	}
	return &Fault{Reason: Refused}
}
