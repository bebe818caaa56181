package rows

import (
	"bytes"
	"math"
)

// Integer reads digits, a number from 0 to most. Blanks around it are passed over;
// signs, exponents, thousands separators and a fraction, be it 1.0, are not numbers
// here.
func Integer(field []byte, most int64) (int64, error) { return Fixed(field, 0, most) }

// Fixed reads a decimal number that is not negative and has at most the given
// number of decimals, further zeros aside; without decimals it is an Integer. It
// returns it in units of the last of them, which may be at most most: with 3
// decimals, 1.5 is 1500. Unlike floating point, such numbers add up to the same sum
// in any order.
func Fixed(field []byte, decimals int, most int64) (int64, error) {
	if n, ok := short(field, decimals); ok && n <= most {
		return n, nil
	}
	n, point, large := int64(0), -1, false
	field = withoutZeros(trim(field), decimals)
	for i, c := range field {
		switch {
		case c >= '0' && c <= '9':
			if large = large || n > (math.MaxInt64-9)/10; !large {
				n = n*10 + int64(c-'0')
			}
		case c == '.' && point < 0 && i > 0:
			point = i
		default:
			return 0, notANumber
		}
	}
	missing := decimals
	if point >= 0 {
		missing -= len(field) - 1 - point
	}
	if len(field) == 0 || missing < 0 || point == len(field)-1 {
		return 0, notANumber
	}
	for ; missing > 0; missing-- {
		if large = large || n > math.MaxInt64/10; !large {
			n *= 10
		}
	}
	if large || n > most {
		return 0, outOfRange
	}
	return n, nil
}

// withoutZeros takes zeros off the end that stand behind the decimals: they say
// nothing, and programs write them. Where no decimals are wanted the point stays
// behind, at the end of what is then no number.
func withoutZeros(field []byte, decimals int) []byte {
	point := bytes.IndexByte(field, '.')
	for point >= 0 && len(field) > point+1+decimals && field[len(field)-1] == '0' {
		field = field[:len(field)-1]
	}
	return field
}

// short is what nearly all fields are, some digits, without the questions that
// the others raise.
func short(field []byte, decimals int) (n int64, ok bool) {
	if len(field) == 0 || len(field)+decimals > 18 {
		return 0, false
	}
	for _, c := range field {
		digit := c - '0' // wraps around for what is below
		if digit > 9 {
			return 0, false
		}
		n = n*10 + int64(digit)
	}
	for range decimals {
		n *= 10
	}
	return n, true
}

var (
	notANumber = &Fault{Reason: NotANumber}
	outOfRange = &Fault{Reason: OutOfRange}
)

// In says that the fault is in a column.
func In(column string, err error) error {
	if fault, ok := err.(*Fault); ok {
		return &Fault{Column: column, Reason: fault.Reason}
	}
	return err
}
