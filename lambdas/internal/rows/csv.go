package rows

import (
	"bytes"
	"slices"
)

// header tells where in a line of CSV the wanted columns are.
type header struct {
	columns []string
	slots   []int // of each column of the line: the wanted column's index, or -1
	fault   *Fault
	scratch []byte
}

// newHeader reads the line as a header. A fault in it is the header's.
func newHeader(line []byte, tooLong bool, columns []string) *header {
	h := &header{columns: columns}
	if tooLong {
		h.fault = &Fault{Reason: TooLong}
		return h
	}
	names, fault := splitLine(line)
	if fault != nil {
		h.fault = fault
		return h
	}
	seen := map[string]bool{} // A header may have a hundred thousand names, and each split reads it.
	for _, name := range names {
		if seen[name] {
			h.fault = &Fault{Column: known(name, columns), Reason: DuplicateColumn}
			return h
		}
		seen[name] = true
		h.slots = append(h.slots, slices.Index(columns, name))
	}
	for i, column := range columns {
		if !slices.Contains(h.slots, i) {
			h.fault = &Fault{Column: column, Reason: MissingColumn}
			return h
		}
	}
	return h
}

// known is name if it is a wanted column's: what else stands in a header may be
// a row of data in an object without one, which a fault must not quote.
func known(name string, columns []string) string {
	if slices.Contains(columns, name) {
		return name
	}
	return ""
}

// splitLine returns the trimmed values of a line.
func splitLine(line []byte) ([]string, *Fault) {
	var values []string
	for rest, more := line, true; more; {
		var value []byte
		var reason string
		if value, rest, more, reason = cut(rest, nil); reason != "" {
			return nil, &Fault{Reason: reason}
		}
		values = append(values, string(trim(value)))
	}
	return values, nil
}

// repeated tells whether the fields are the names of their columns.
func (h *header) repeated(fields [][]byte) bool {
	for i, column := range h.columns {
		if string(trim(bytes.TrimPrefix(fields[i], byteOrderMark))) != column {
			return false
		}
	}
	return true
}

// split sets fields to the values of the wanted columns.
func (h *header) split(line []byte, fields [][]byte) *Fault {
	column, start := 0, 0
	for i, c := range line {
		switch c {
		case ',':
			if column == len(h.slots) {
				return &Fault{Reason: WrongColumns}
			}
			if slot := h.slots[column]; slot >= 0 {
				fields[slot] = line[start:i]
			}
			column++
			start = i + 1
		case '"':
			return h.splitQuoted(line, fields)
		}
	}
	if column != len(h.slots)-1 {
		return wrongNumber(line)
	}
	if slot := h.slots[column]; slot >= 0 {
		fields[slot] = line[start:]
	}
	if len(line) == 0 {
		return &Fault{Reason: BlankLine} // Also where one column is all there is.
	}
	return nil
}

func wrongNumber(line []byte) *Fault {
	if len(line) == 0 {
		return &Fault{Reason: BlankLine}
	}
	return &Fault{Reason: WrongColumns}
}

// splitQuoted is split for a line with quotes.
func (h *header) splitQuoted(line []byte, fields [][]byte) *Fault {
	h.scratch = h.scratch[:0]
	column := 0
	for rest, more := line, true; more; column++ {
		var value []byte
		var reason string
		if value, rest, more, reason = cut(rest, &h.scratch); reason != "" {
			return &Fault{Reason: reason}
		}
		if column < len(h.slots) && h.slots[column] >= 0 {
			fields[h.slots[column]] = value
		}
	}
	if column != len(h.slots) {
		return &Fault{Reason: WrongColumns}
	}
	return nil
}

// cut takes the first value off a line and tells whether a comma follows. A
// value with doubled quotes is written behind scratch, or anew without one.
func cut(line []byte, scratch *[]byte) (value, rest []byte, more bool, reason string) {
	if len(line) == 0 || line[0] != '"' {
		value, rest, more = bytes.Cut(line, []byte{','})
		if bytes.IndexByte(value, '"') >= 0 {
			return nil, nil, false, BareQuote
		}
		return value, rest, more, ""
	}
	end, doubled := 1, false
	for {
		i := bytes.IndexByte(line[end:], '"')
		if i < 0 {
			return nil, nil, false, OpenQuote
		}
		if end += i + 1; end == len(line) || line[end] != '"' {
			break
		}
		end++
		doubled = true
	}
	value = line[1 : end-1]
	if doubled {
		var none []byte
		if scratch == nil {
			scratch = &none
		}
		from := len(*scratch)
		*scratch = appendUndoubled(*scratch, value)
		value = (*scratch)[from:]
	}
	switch {
	case end == len(line):
		return value, nil, false, ""
	case line[end] == ',':
		return value, line[end+1:], true, ""
	}
	return nil, nil, false, BareQuote
}

// appendUndoubled appends value with each pair of quotes as one.
func appendUndoubled(to, value []byte) []byte {
	for i := 0; i < len(value); i++ {
		if to = append(to, value[i]); value[i] == '"' {
			i++
		}
	}
	return to
}

// trim takes blanks off both ends. It is called for every number, and many times
// faster than bytes.Trim where there is nothing to take off.
func trim(value []byte) []byte {
	for len(value) > 0 && (value[0] == ' ' || value[0] == '\t') {
		value = value[1:]
	}
	for n := len(value); n > 0 && (value[n-1] == ' ' || value[n-1] == '\t'); n-- {
		value = value[:n-1]
	}
	return value
}
