package rows

import (
	"context"
	"encoding/json"
	"slices"
)

// elements are the elements of an array. They are cut by brackets and quotes;
// whether an element is JSON is seen when it is read.
type elements struct {
	*window
	start int64
	state arrayState
	// fault is what is wrong with the array itself, behind the last element.
	fault *Fault
}

type arrayState int

const (
	beforeArray arrayState = iota
	inArray
	behindArray
	done
)

func newElements(ctx context.Context, source Source) *elements {
	return &elements{window: newWindow(ctx, source, 0, source.Size())}
}

func (e *elements) begin() int64 { return e.start }

func (e *elements) next() (element []byte, tooLong, ok bool) {
	if e.state == beforeArray {
		e.passMark()
		if e.peek() != '[' {
			return e.end(NotAnArray)
		}
		e.drop(1)
		e.state = inArray
		if e.peek() == ']' {
			e.drop(1)
			e.state = behindArray
		}
	}
	e.peek()
	switch {
	case e.state == inArray:
		return e.element()
	case e.state == behindArray && len(e.data) > 0:
		return e.end(AfterArray)
	}
	e.state = done
	return nil, false, false
}

// peek passes over blanks and returns the byte that follows, the first of data. At
// the end there is no data, and it returns 0.
func (e *elements) peek() byte {
	for {
		for i, c := range e.data {
			if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
				e.drop(i)
				e.start = e.at
				return c
			}
		}
		e.drop(len(e.data))
		if !e.more() {
			return 0
		}
	}
}

// end is the end of the elements, and what is wrong with it.
func (e *elements) end(reason string) (element []byte, tooLong, ok bool) {
	e.state = done
	if e.err == nil {
		e.fault = &Fault{Reason: reason}
	}
	return nil, false, false
}

// element reads up to the comma or the bracket that follows it.
func (e *elements) element() (element []byte, tooLong, ok bool) {
	depth, looked := 0, 0
	inText, escaped := false, false
	for {
		for ; looked < len(e.data); looked++ {
			switch c := e.data[looked]; {
			case escaped:
				escaped = false
			case inText:
				escaped, inText = c == '\\', c != '"'
			case c == '"':
				inText = true
			case c == '{' || c == '[':
				depth++
			case depth > 0 && (c == '}' || c == ']'):
				depth--
			case depth == 0 && (c == ',' || c == ']'):
				element = e.data[:looked]
				e.drop(looked + 1)
				if c == ']' {
					e.state = behindArray
				}
				return element, tooLong, true
			}
		}
		if e.full() {
			tooLong = true
			e.drop(looked)
			looked = 0
		}
		if !e.more() {
			return e.end(OpenArray)
		}
	}
}

// splitObject sets fields to the values that the object has for columns: text
// without its quotes, and numbers as they are written.
func splitObject(record []byte, columns []string, fields [][]byte) *Fault {
	rest := trimJSON(record)
	if len(rest) == 0 {
		return &Fault{Reason: BlankLine}
	}
	if rest[0] != '{' || !json.Valid(record) {
		return &Fault{Reason: NotAnObject}
	}
	clear(fields)
	// The object is valid: from here on every token is where it should be.
	for rest = trimJSON(rest[1:]); rest[0] != '}'; {
		name, behind := token(rest)
		value, behind := token(trimJSON(trimJSON(behind)[1:]))
		if i := column(name, columns); i >= 0 {
			if fields[i] != nil {
				return &Fault{Column: columns[i], Reason: DuplicateField}
			}
			if fields[i] = scalar(value); fields[i] == nil {
				return &Fault{Column: columns[i], Reason: NotAValue}
			}
		}
		if rest = trimJSON(behind); rest[0] == ',' {
			rest = trimJSON(rest[1:])
		}
	}
	if i := slices.IndexFunc(fields, func(field []byte) bool { return field == nil }); i >= 0 {
		return &Fault{Column: columns[i], Reason: MissingField}
	}
	return nil
}

// column is the index of the column with the quoted name, or -1.
func column(name []byte, columns []string) int {
	text := scalar(name)
	return slices.IndexFunc(columns, func(column string) bool { return column == string(text) })
}

// scalar is the text of a string or a number, and nil for anything else.
func scalar(value []byte) []byte {
	switch c := value[0]; {
	case c == '-' || c >= '0' && c <= '9':
		return value
	case c != '"':
		return nil
	case slices.Contains(value, '\\'):
		var text string
		if json.Unmarshal(value, &text) != nil {
			return nil
		}
		return []byte(text)
	}
	return value[1 : len(value)-1]
}

// token takes the first value off valid JSON.
func token(data []byte) (value, rest []byte) {
	depth, inText, escaped := 0, false, false
	for i, c := range data {
		switch {
		case escaped:
			escaped = false
		case inText:
			escaped, inText = c == '\\', c != '"'
			if !inText && depth == 0 {
				return data[:i+1], data[i+1:]
			}
		case c == '"':
			inText = true
		case c == '{' || c == '[':
			depth++
		case depth == 0 && (c == ',' || c == '}' || c == ']' || c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			return data[:i], data[i:]
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return data[:i+1], data[i+1:]
			}
		}
	}
	return data, nil
}

// trimJSON takes blanks off the beginning.
func trimJSON(data []byte) []byte {
	for len(data) > 0 && (data[0] == ' ' || data[0] == '\t' || data[0] == '\n' || data[0] == '\r') {
		data = data[1:]
	}
	return data
}
