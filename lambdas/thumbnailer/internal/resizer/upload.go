package resizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// Upload is one new version of an object, as S3 announces it.
type Upload struct {
	Bucket, Key string
	Stamp       Stamp
}

// Stamp says which version of an object something was made from, and orders
// the versions of one key.
type Stamp struct {
	// Sequencer grows with each version of a key; S3 gives it in hexadecimal,
	// of varying length.
	Sequencer string
	// Time decides where there is no sequencer on both sides, or the same.
	Time time.Time
	// ETag and VersionID name the version. VersionID is empty in a bucket
	// without versioning.
	ETag, VersionID string
}

// Before tells whether s is of an earlier version than t. Sequencers compare as
// S3 says: the shorter filled up with zeros on the right, then as text.
func (s Stamp) Before(t Stamp) bool {
	if s.Sequencer != "" && t.Sequencer != "" {
		a, b := fill(s.Sequencer, len(t.Sequencer)), fill(t.Sequencer, len(s.Sequencer))
		if a != b {
			return a < b
		}
	}
	return s.Time.Before(t.Time)
}

func fill(sequencer string, length int) string {
	return strings.ToUpper(sequencer) + strings.Repeat("0", max(0, length-len(sequencer)))
}

// sequencer is what can be metadata of a rendition, in a header: S3 writes some
// hexadecimal digits, and what is no header would fail in every try.
var sequencer = regexp.MustCompile(`^[!-~]{0,64}$`)

// errTestEvent is the message with which S3 tries a new notification
// configuration.
var errTestEvent = errors.New("s3:TestEvent")

// parseNotification reads the body of a message that S3 sent. Records of
// anything but a new object are left out. Where the error speaks of one record,
// the uploads are those of the others.
func parseNotification(body string) ([]Upload, error) {
	var notification struct {
		Event   string
		Records []json.RawMessage
	}
	if err := json.Unmarshal([]byte(body), &notification); err != nil {
		return nil, fmt.Errorf("not a notification of S3: %w", err)
	}
	if notification.Event == "s3:TestEvent" {
		return nil, errTestEvent
	}
	if len(notification.Records) == 0 {
		return nil, errors.New("not a notification of S3: it has no Records")
	}
	var uploads []Upload
	var malformed error
	for _, text := range notification.Records {
		var record events.S3EventRecord
		err := json.Unmarshal(text, &record)
		bucket, object := record.S3.Bucket.Name, record.S3.Object
		if err == nil && (record.EventSource != "aws:s3" || bucket == "" || object.URLDecodedKey == "") {
			err = errors.New("a record has no bucket or no key")
		}
		if err == nil && !sequencer.MatchString(object.Sequencer) {
			err = errors.New("a record has a sequencer that is none")
		}
		if err != nil {
			malformed = fmt.Errorf("not a notification of S3: %w", err)
			continue
		}
		if !strings.HasPrefix(record.EventName, "ObjectCreated:") {
			continue
		}
		uploads = append(uploads, Upload{
			Bucket: bucket,
			Key:    object.URLDecodedKey,
			Stamp: Stamp{
				Sequencer: object.Sequencer,
				Time:      record.EventTime,
				ETag:      object.ETag,
				VersionID: object.VersionID,
			},
		})
	}
	return uploads, malformed
}
