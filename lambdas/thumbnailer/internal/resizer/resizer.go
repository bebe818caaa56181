// Package resizer makes the renditions of an upload, however often and in
// whatever order S3 announces it, and records what can never become one.
package resizer

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/aws/aws-lambda-go/events"

	"refstack/lambdas/internal/emf"
	"refstack/lambdas/thumbnailer/picture"
)

// maxKey is the longest key that S3 takes, in bytes.
const maxKey = 1024

// rejectedName is the folder of the records of rejected uploads.
const rejectedName = "rejected"

// Reasons to reject an upload beside those of package picture.
const (
	reasonKeyTooLong      = "key-too-long"
	reasonNotNotification = "not-a-notification"
)

// Resizer makes renditions.
type Resizer struct {
	client S3
	config Config
	out    objects
}

// New makes a Resizer that calls client.
func New(client S3, config Config) *Resizer {
	return &Resizer{client: client, config: config, out: objects{client: client, bucket: config.RenditionBucket}}
}

// Handle works on the notification in message. It returns an error only for
// what may succeed later.
func (r *Resizer) Handle(ctx context.Context, message events.SQSMessage) error {
	uploads, err := parseNotification(message.Body)
	if errors.Is(err, errTestEvent) {
		slog.InfoContext(ctx, "S3 tried the notification configuration")
		return nil
	}
	var failures []error
	if err != nil {
		failures = append(failures, r.reject(ctx, rejection{
			Reason: reasonNotNotification, Detail: err.Error(), MessageID: message.MessageId, Body: message.Body,
		}, Stamp{}))
	}
	for _, upload := range uploads {
		outcome, err := r.resize(ctx, upload)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		// A key may name a person, so no log line holds one.
		slog.InfoContext(ctx, "upload", "messageId", message.MessageId, "outcome", outcome)
	}
	return errors.Join(failures...)
}

// outcome says in a log line what became of an upload.
type outcome string

const (
	resized  outcome = "resized"
	current  outcome = "current"  // Its renditions, or later ones, were there.
	gone     outcome = "gone"     // It was deleted before its turn came.
	rejected outcome = "rejected" // It can never become a rendition.
	ours     outcome = "ours"     // It is a rendition, in a bucket that is both ends.
)

func (r *Resizer) resize(ctx context.Context, u Upload) (outcome, error) {
	if r.wrote(u) {
		return ours, nil
	}
	slots, err := r.pending(ctx, u)
	if err != nil {
		return "", err
	}
	if len(slots) == 0 {
		return current, nil
	}
	outputs, stamp, err := r.render(ctx, u, slots)
	var no *picture.RejectedError
	switch {
	case errors.Is(err, errGone):
		return gone, nil
	case errors.As(err, &no):
		return rejected, r.reject(ctx, rejection{
			Reason: string(no.Reason), Detail: no.Detail,
			Bucket: u.Bucket, Key: u.Key, VersionID: stamp.VersionID, ETag: stamp.ETag,
		}, stamp)
	case err != nil:
		return "", err
	}
	return resized, inParallel(len(slots), func(i int) error {
		return r.fill(ctx, slots[i], outputs[i], stamp)
	})
}

// wrote tells whether the upload is the function's own output: to resize it
// would never end.
func (r *Resizer) wrote(u Upload) bool {
	if u.Bucket != r.config.RenditionBucket {
		return false
	}
	for _, rendition := range r.config.Renditions {
		if strings.HasPrefix(u.Key, r.config.RenditionPrefix+rendition.Name+"/") {
			return true
		}
	}
	return strings.HasPrefix(u.Key, r.config.RenditionPrefix+rejectedName+"/")
}

// slot is the place of one rendition of an upload: a key for each file format
// that it may have, of which one is filled.
type slot struct {
	rendition picture.Rendition
	keys      map[string]string  // by extension
	found     map[string]*object // by extension
}

// pending returns the slots that hold nothing yet of the upload's version or a
// later one.
func (r *Resizer) pending(ctx context.Context, u Upload) ([]slot, error) {
	slots := make([]slot, len(r.config.Renditions))
	err := inParallel(len(slots), func(i int) (err error) {
		slots[i], err = r.find(ctx, u, r.config.Renditions[i])
		return err
	})
	var pending []slot
	for _, s := range slots {
		if !s.filled(u.Stamp) {
			pending = append(pending, s)
		}
	}
	return pending, err
}

func (r *Resizer) find(ctx context.Context, u Upload, rendition picture.Rendition) (slot, error) {
	s := slot{rendition: rendition, keys: map[string]string{}, found: map[string]*object{}}
	for _, extension := range rendition.Extensions() {
		key := r.config.RenditionPrefix + rendition.Name + "/" + u.Key + "." + extension
		s.keys[extension] = key
		if len(key) > maxKey {
			continue // Nothing can be there; render refuses it.
		}
		var err error
		if s.found[extension], err = r.out.find(ctx, key); err != nil {
			return slot{}, err
		}
	}
	return s, nil
}

func (s slot) filled(stamp Stamp) bool {
	for _, o := range s.found {
		if o != nil && !o.stamp.Before(stamp) {
			return true
		}
	}
	return false
}

// render reads the upload and makes the renditions of slots.
func (r *Resizer) render(ctx context.Context, u Upload, slots []slot) ([]picture.Output, Stamp, error) {
	renditions := make([]picture.Rendition, len(slots))
	for i, s := range slots {
		renditions[i] = s.rendition
		for _, key := range s.keys {
			if len(key) > maxKey {
				return nil, u.Stamp, &picture.RejectedError{
					Reason: reasonKeyTooLong,
					Detail: fmt.Sprintf("a rendition's key would have %d bytes, at most %d are allowed", len(key), maxKey),
				}
			}
		}
	}
	source, stamp, err := fetch(ctx, r.client, u, r.config.Limits.MaxBytes)
	var large *tooLargeError
	if errors.As(err, &large) {
		return nil, stamp, &picture.RejectedError{
			Reason: picture.ReasonTooManyBytes,
			Detail: fmt.Sprintf("%d bytes, at most %d are accepted", large.size, r.config.Limits.MaxBytes),
		}
	}
	if err != nil {
		return nil, stamp, err
	}
	outputs, err := picture.Make(ctx, source, renditions, r.config.Limits)
	return outputs, stamp, err
}

// fill writes output to its slot and takes out what an earlier version left
// under another extension. Two versions that are worked on at once may both
// write; each looks at the other's key afterwards, and the earlier one yields.
func (r *Resizer) fill(ctx context.Context, s slot, output picture.Output, stamp Stamp) error {
	_, err := r.out.put(ctx, s.keys[output.Extension], s.found[output.Extension], content{
		body:         output.Body,
		contentType:  output.ContentType,
		cacheControl: r.config.CacheControl,
	}, stamp)
	if err != nil {
		return err
	}
	for extension, key := range s.keys {
		if extension == output.Extension {
			continue
		}
		left, err := r.out.remove(ctx, key, func(found Stamp) bool { return found.Before(stamp) })
		if err != nil {
			return err
		}
		if left != nil && stamp.Before(left.stamp) {
			_, err = r.out.remove(ctx, s.keys[output.Extension], func(found Stamp) bool { return !stamp.Before(found) })
			return err
		}
	}
	return nil
}

// rejection is the record of what can never become a rendition.
type rejection struct {
	Reason    string `json:"reason"`
	Detail    string `json:"detail"`
	Bucket    string `json:"bucket,omitempty"`
	Key       string `json:"key,omitempty"`
	VersionID string `json:"versionId,omitempty"`
	ETag      string `json:"etag,omitempty"`
	MessageID string `json:"messageId,omitempty"`
	Body      string `json:"body,omitempty"` // of a message that is no notification
}

// key is where the record goes: rejected/KEY.json.
func (j rejection) key(prefix string) string {
	prefix += rejectedName + "/"
	if j.Key == "" {
		return prefix + "messages/" + j.MessageID + ".json"
	}
	if key := prefix + j.Key + ".json"; len(key) <= maxKey {
		return key
	}
	return prefix + fmt.Sprintf("long-keys/%x.json", sha256.Sum256([]byte(j.Key)))
}

// reject records j where an operator finds it, and counts it once.
func (r *Resizer) reject(ctx context.Context, j rejection, stamp Stamp) error {
	key := j.key(r.config.RenditionPrefix)
	earlier, err := r.out.find(ctx, key)
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return fmt.Errorf("recording a rejection: %w", err)
	}
	wrote, err := r.out.put(ctx, key, earlier, content{body: body, contentType: "application/json"}, stamp)
	if err != nil || !wrote {
		return err
	}
	slog.WarnContext(ctx, "rejected", "reason", j.Reason,
		emf.Count("Thumbnailer", "Rejected", 1, map[string]string{"FunctionName": os.Getenv("AWS_LAMBDA_FUNCTION_NAME")}))
	return nil
}

// inParallel calls do for 0 to n-1 at once and joins their errors.
func inParallel(n int, do func(i int) error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}
