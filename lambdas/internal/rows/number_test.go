package rows_test

import (
	"math"
	"testing"

	"refstack/lambdas/internal/rows"
)

func TestFixed(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "30": 30000, "30.5": 30500, "30.125": 30125, "007": 7000, " 30\t": 30000, "0.001": 1, "999.999": 999999,
		"000000000000000000000000000001": 1000, "30.5000": 30500, "0.0010000000000000000000": 1, "1.0": 1000, "0.0000": 0,
	} {
		if got, err := rows.Fixed([]byte(text), 3, 999999); err != nil || got != want {
			t.Errorf("%q is %d, %v, want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"": rows.NotANumber, " ": rows.NotANumber, "x": rows.NotANumber, "-1": rows.NotANumber, "+1": rows.NotANumber,
		"1e3": rows.NotANumber, "1,5": rows.NotANumber, ".5": rows.NotANumber, "5.": rows.NotANumber, ".": rows.NotANumber,
		"1.2.3": rows.NotANumber, "1.2345": rows.NotANumber, "1.23400005": rows.NotANumber, "1.0000x": rows.NotANumber, ".0000": rows.NotANumber, "1.0.0000": rows.NotANumber, "1 2": rows.NotANumber, "NaN": rows.NotANumber, "1\r": rows.NotANumber,
		"0x10": rows.NotANumber, "１": rows.NotANumber, "99999999999999999999x": rows.NotANumber,
		"1000": rows.OutOfRange, "99999999999999999999": rows.OutOfRange, "9223372036854775807": rows.OutOfRange,
		"18446744073709551616": rows.OutOfRange, "18446744073709551617.5": rows.OutOfRange,
	} {
		if got, err := rows.Fixed([]byte(text), 3, 999999); err == nil || err.Error() != want {
			t.Errorf("%q is %d, %v, want %s", text, got, err, want)
		}
	}
	if got, err := rows.Integer([]byte("9223372036854775799"), math.MaxInt64); err != nil || got != 9223372036854775799 {
		t.Errorf("a large integer is %d, %v", got, err)
	}
	// These would come out small, or negative, if an int64 were allowed to wrap around.
	for _, text := range []string{"9223372036854775808", "9999999999999999999", "18446744073709551617"} {
		if got, err := rows.Integer([]byte(text), math.MaxInt64); err == nil || err.Error() != rows.OutOfRange {
			t.Errorf("%s is %d, %v", text, got, err)
		}
	}
	if got, err := rows.Fixed([]byte("18446744073709552"), 3, 999999); err == nil {
		t.Errorf("a number that its decimals make too large is %d", got)
	}
	for _, text := range []string{"1.0", "1.000", "1.", "1.05", ".0", "1.0.0"} {
		if got, err := rows.Integer([]byte(text), 5); err == nil || err.Error() != rows.NotANumber {
			t.Errorf("%s as an integer is %d, %v", text, got, err)
		}
	}
}
