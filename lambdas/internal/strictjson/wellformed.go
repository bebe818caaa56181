package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep a body may nest. What functions read needs two levels;
// the rest is for the client whose mistake should be told as what it is.
const maxDepth = 8

// wellFormed tells what keeps body from being one JSON value of bounded depth
// that says the same to every parser.
func wellFormed(body []byte) error {
	if !utf8.Valid(body) {
		return errors.New("is not UTF-8")
	}
	if tooDeep(body) {
		return fmt.Errorf("nests deeper than %d levels", maxDepth)
	}
	var value json.RawMessage
	if err := json.Unmarshal(body, &value); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) && syntax.Offset < int64(len(body)) {
			return fmt.Errorf("is not JSON at byte %d", syntax.Offset)
		}
		return errors.New("is not a whole JSON value")
	}
	if halfCharacter(body) {
		return errors.New(`has half a character, a \u escape of one surrogate`)
	}
	return nil
}

// tooDeep counts brackets outside strings. It comes before the parser, and
// therefore reads what may be no JSON.
func tooDeep(body []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// halfCharacter finds a surrogate without its other half in valid JSON.
// Package json would put U+FFFD in its place without a word.
func halfCharacter(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++
		if body[i] != 'u' {
			continue
		}
		first := escaped(body[i-1:])
		i += 4
		if !utf16.IsSurrogate(first) {
			continue
		}
		if utf16.DecodeRune(first, escaped(body[i+1:])) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

// escaped is the code unit of the \u escape at the start of text, and 0 where
// there is none.
func escaped(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0
	}
	unit, _ := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(unit)
}
