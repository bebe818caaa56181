package mapreduce

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
)

// Tolerance is how many may fail of all: by count, by percentage, or neither may
// be more than its limit where both are set. The zero Tolerance lets none fail.
// A limit itself is tolerated.
type Tolerance struct {
	count      *int64
	percentage *big.Rat
}

var decimal = regexp.MustCompile(`^[0-9]{1,3}(\.[0-9]+)?$`)

// ParseTolerance reads limits as they are written in a configuration, where an
// empty one is not set. The percentage is exact: 0.1 is one in a thousand.
func ParseTolerance(count, percentage string) (Tolerance, error) {
	var t Tolerance
	if count != "" {
		n, err := strconv.ParseInt(count, 10, 64)
		if err != nil || n < 0 {
			return Tolerance{}, fmt.Errorf("a tolerated count must be a number from 0, got %q", count)
		}
		t.count = &n
	}
	if percentage != "" {
		if !decimal.MatchString(percentage) {
			return Tolerance{}, fmt.Errorf("a tolerated percentage must be a number from 0 to 100, got %q", percentage)
		}
		t.percentage, _ = new(big.Rat).SetString(percentage)
		if t.percentage.Cmp(big.NewRat(100, 1)) > 0 {
			return Tolerance{}, fmt.Errorf("a tolerated percentage must be a number from 0 to 100, got %q", percentage)
		}
	}
	return t, nil
}

// exceeded tells whether failed of all are too many.
func (t Tolerance) exceeded(failed, all int64) bool {
	if t.count == nil && t.percentage == nil {
		return failed > 0
	}
	if t.count != nil && failed > *t.count {
		return true
	}
	if t.percentage == nil {
		return false
	}
	most := new(big.Rat).Mul(t.percentage, big.NewRat(all, 100))
	return new(big.Rat).SetInt64(failed).Cmp(most) > 0
}
