package jobs

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// period is the time for which IDs begin with the same digits: the last eight
// digits of milliseconds since 1970 are left out.
const period = 100_000_000 * time.Millisecond

// ID is the name of a job. API Gateway makes it of what it knows about the
// request, and it tells enough to find the job, and to know of one that has no
// record yet whose it is, and until when it may be on its way.
type ID struct {
	Period int64  // In which it was accepted.
	Caller string // The first characters of the owner.
	Key    string // The Idempotency-Key, or else the ID of the request.
}

// callerLength is how many characters of its owner an ID has.
const callerLength = 8

var idForm = regexp.MustCompile(`^([0-9]{5})-([0-9A-Za-z_-]{8})-([0-9A-Za-z_-]{1,64})$`)

var errNoID = errors.New("this is not the ID of a job")

// NewID is the ID of a job of owner with a key, which has 1 to 64 letters,
// digits, underscores or hyphens.
func NewID(accepted time.Time, owner, key string) (ID, error) {
	if len(owner) < callerLength {
		return ID{}, errNoID
	}
	return ParseID(ID{accepted.UnixMilli() / period.Milliseconds(), owner[:callerLength], key}.String())
}

// ParseID reads an ID.
func ParseID(text string) (ID, error) {
	parts := idForm.FindStringSubmatch(text)
	if parts == nil {
		return ID{}, errNoID
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	return ID{n, parts[2], parts[3]}, err
}

func (id ID) String() string { return fmt.Sprintf("%05d-%s-%s", id.Period, id.Caller, id.Key) }

// OwnedBy tells whether the ID may be of a job of owner. Whether it is, the
// record tells, which lies under the whole owner.
func (id ID) OwnedBy(owner string) bool {
	return len(id.Caller) == callerLength && strings.HasPrefix(owner, id.Caller)
}

// Begins is the earliest time at which a job of this ID was accepted.
func (id ID) Begins() time.Time { return time.UnixMilli(id.Period * period.Milliseconds()) }

// Ends is the time before which a job of this ID was accepted.
func (id ID) Ends() time.Time { return id.Begins().Add(period) }
