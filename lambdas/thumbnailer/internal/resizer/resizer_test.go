package resizer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/thumbnailer/picture"
)

var testConfig = Config{
	RenditionBucket: "out",
	Renditions:      []picture.Rendition{{Name: "web", MaxWidth: 8}},
	Limits:          picture.Limits{MaxBytes: 10_000, MaxPixels: 10_000},
}

func pixels(t *testing.T, c color.Color) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 4, 4))
	for i := range 16 {
		m.Set(i%4, i/4, c)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var (
	opaque      = color.NRGBA{R: 255, A: 255}
	transparent = color.NRGBA{R: 255, A: 99}
)

// at is the stamp of the nth version of an object.
func at(n int) Stamp {
	return Stamp{Sequencer: fmt.Sprintf("%04X", n), Time: time.Unix(int64(n), 0).UTC()}
}

func stampAt(t *testing.T, f *fakeS3, name string) Stamp {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	object, ok := f.objects[name]
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return stampOf(object.metadata)
}

// TestTwoVersionsAtOnce lets the other version be worked on completely before
// each call that one makes, in turn: whatever the moment, the later one wins
// and nothing of the earlier is left.
func TestTwoVersionsAtOnce(t *testing.T) {
	for _, colours := range [][2]color.Color{{opaque, opaque}, {opaque, transparent}, {transparent, opaque}, {transparent, transparent}} {
		for first := range 2 { // Which version is interrupted by the other.
			for moment := 1; ; moment++ {
				f := newFakeS3(t)
				r := New(f, testConfig)
				work := func(version int) error {
					f.put("in/a", pixels(t, colours[version]), nil)
					_, err := r.resize(context.Background(), Upload{Bucket: "in", Key: "a", Stamp: at(version + 1)})
					return err
				}
				calls := 0
				f.before = func(string) error {
					if calls++; calls == moment {
						f.before = func(string) error { return nil }
						defer f.put("in/a", pixels(t, colours[first]), nil)
						return work(1 - first)
					}
					return nil
				}
				if err := work(first); err != nil {
					t.Fatal(err)
				}
				key := "out/web/a.jpg"
				if colours[1] == transparent {
					key = "out/web/a.png"
				}
				if diff := cmp.Diff(map[string]bool{"in/a": true, key: true}, f.keys()); calls >= moment && diff != "" {
					t.Errorf("%v, version %d interrupted at call %d: %s", colours, first+1, moment, diff)
				} else if calls >= moment && stampAt(t, f, key).Sequencer != at(2).Sequencer {
					t.Errorf("%v, version %d interrupted at call %d: version 1 won", colours, first+1, moment)
				}
				if calls < moment {
					break // There was no such call: every moment was tried.
				}
			}
		}
	}
}

// TestThreeVersionsAtOnce has the first version find, after it has written, that
// the second left another extension; before it yields, the third has replaced
// what it wrote, and must stay.
func TestThreeVersionsAtOnce(t *testing.T) {
	f := newFakeS3(t)
	f.put("in/a", pixels(t, opaque), nil)
	wrote := false
	f.before = func(call string) error {
		switch {
		case call == "PutObject web/a.jpg":
			wrote = true
			f.put("out/web/a.png", nil, at(2).metadata())
		case call == "HeadObject web/a.jpg" && wrote:
			f.put("out/web/a.jpg", nil, at(3).metadata())
		}
		return nil
	}
	if _, err := New(f, testConfig).resize(context.Background(), Upload{Bucket: "in", Key: "a", Stamp: at(1)}); err != nil {
		t.Fatal(err)
	}
	if got := stampAt(t, f, "out/web/a.jpg").Sequencer; got != at(3).Sequencer {
		t.Errorf("the rendition is of %s", got)
	}
}

// versionedS3 holds version v2 of every object, and no other any more.
type versionedS3 struct{ *fakeS3 }

func (v versionedS3) GetObject(ctx context.Context, in *s3.GetObjectInput, options ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	current := "v2"
	if in.VersionId != nil && *in.VersionId != current {
		return nil, fail("NoSuchVersion")
	}
	out, err := v.fakeS3.GetObject(ctx, in, options...)
	if err == nil {
		out.VersionId = &current
	}
	return out, err
}

func TestWhichVersionIsRead(t *testing.T) {
	for announced, want := range map[string]outcome{
		"v2": resized,
		"v1": gone,
		"":   resized, // Announced before the bucket kept versions: there is but the current one.
	} {
		f := newFakeS3(t)
		f.put("in/a", pixels(t, opaque), nil)
		stamp := at(1)
		stamp.VersionID = announced
		got, err := New(versionedS3{f}, testConfig).resize(context.Background(), Upload{Bucket: "in", Key: "a", Stamp: stamp})
		if err != nil || got != want {
			t.Errorf("version %q: got %s and %v, want %s", announced, got, err, want)
		}
		if got == resized && stampAt(t, f, "out/web/a.jpg").VersionID != "v2" {
			t.Errorf("version %q: the rendition does not say which version it was made from", announced)
		}
	}
}

func TestEveryCallMayFail(t *testing.T) {
	broken := errors.New("broken")
	for moment := 1; ; moment++ {
		f := newFakeS3(t)
		f.put("in/a", pixels(t, transparent), nil)
		f.put("out/web/a.jpg", nil, at(1).metadata())
		r := New(f, testConfig)
		calls := 0
		f.before = func(string) error {
			if calls++; calls == moment {
				return broken
			}
			return nil
		}
		_, err := r.resize(context.Background(), Upload{Bucket: "in", Key: "a", Stamp: at(2)})
		if calls < moment {
			break
		}
		if !errors.Is(err, broken) {
			t.Errorf("call %d failed, and resize returned %v", moment, err)
		}
		f.before = func(string) error { return nil }
		if _, err := r.resize(context.Background(), Upload{Bucket: "in", Key: "a", Stamp: at(2)}); err != nil {
			t.Fatal(err)
		}
		if !f.keys()["out/web/a.png"] {
			t.Errorf("after call %d failed, the next try made no rendition", moment)
		}
	}
}

func TestWritersThatNeverStopDoNotHang(t *testing.T) {
	f := newFakeS3(t)
	f.put("in/a", pixels(t, opaque), nil)
	f.before = func(call string) error {
		if strings.HasPrefix(call, "PutObject") {
			f.put("out/web/a.jpg", nil, at(1).metadata())
		}
		return nil
	}
	_, err := New(f, testConfig).resize(context.Background(), Upload{Bucket: "in", Key: "a", Stamp: at(2)})
	if err == nil || !strings.Contains(err.Error(), "others wrote it 5 times") {
		t.Errorf("got %v", err)
	}
}

func TestOwnOutputIsLeftAlone(t *testing.T) {
	config := testConfig
	config.RenditionPrefix = "small/"
	for key, want := range map[string]outcome{
		"small/web/a.jpg":           ours,
		"small/rejected/a.jpg.json": ours,
		"web/a.jpg":                 gone,
		"small/website/a.jpg":       gone,
		"elsewhere/small/web/a.jpg": gone,
	} {
		f := newFakeS3(t)
		got, err := New(f, config).resize(context.Background(), Upload{Bucket: "out", Key: key, Stamp: at(1)})
		if err != nil || got != want {
			t.Errorf("%s: got %s and %v, want %s", key, got, err, want)
		}
	}
	got, err := New(newFakeS3(t), config).resize(context.Background(), Upload{Bucket: "in", Key: "small/web/a.jpg", Stamp: at(1)})
	if err != nil || got != gone {
		t.Errorf("in another bucket: got %s and %v", got, err)
	}
}

// TestAnswersThatAreNoFailure gives, once, what S3 answers when another was
// faster: the work is done, or done again.
func TestAnswersThatAreNoFailure(t *testing.T) {
	for call, code := range map[string]string{
		"PutObject web/a.png":    "ConditionalRequestConflict",
		"DeleteObject web/a.jpg": "NoSuchKey",
	} {
		f := newFakeS3(t)
		f.put("in/a", pixels(t, transparent), nil)
		f.put("out/web/a.jpg", nil, at(1).metadata())
		f.before = func(got string) error {
			if got == call {
				f.before = func(string) error { return nil }
				return fail(code)
			}
			return nil
		}
		got, err := New(f, testConfig).resize(context.Background(), Upload{Bucket: "in", Key: "a", Stamp: at(2)})
		if err != nil || got != resized {
			t.Errorf("%s for %s: got %s and %v", code, call, got, err)
		}
	}
}

func TestBytesAtTheLimit(t *testing.T) {
	for spare, want := range map[int]outcome{0: resized, -1: rejected} {
		f := newFakeS3(t)
		content := pixels(t, opaque)
		f.put("in/a", content, nil)
		config := testConfig
		config.Limits.MaxBytes = int64(len(content) + spare)
		got, err := New(f, config).resize(context.Background(), Upload{Bucket: "in", Key: "a", Stamp: at(1)})
		if err != nil || got != want {
			t.Errorf("%d bytes, %d allowed: got %s and %v, want %s", len(content), config.Limits.MaxBytes, got, err, want)
		}
	}
}

func TestKeysAtTheLimit(t *testing.T) {
	for length, want := range map[int]string{
		maxKey - len("web/") - len(".jpg"):     "",
		maxKey - len("web/") - len(".jpg") + 1: "key-too-long",
		maxKey:                                 "key-too-long",
	} {
		f := newFakeS3(t)
		key := strings.Repeat("k", length)
		f.put("in/"+key, pixels(t, opaque), nil)
		if _, err := New(f, testConfig).resize(context.Background(), Upload{Bucket: "in", Key: key, Stamp: at(1)}); err != nil {
			t.Fatal(err)
		}
		var record rejection
		for name := range f.keys() {
			if strings.HasPrefix(name, "out/rejected/") {
				if len(name)-len("out/") > maxKey {
					t.Errorf("the record's key has %d bytes", len(name)-len("out/"))
				}
				if err := json.Unmarshal(f.objects[name].body, &record); err != nil || record.Key != key {
					t.Errorf("the record is not of the upload (%v)", err)
				}
			}
		}
		if record.Reason != want {
			t.Errorf("a key of %d bytes: got reason %q, want %q", length, record.Reason, want)
		}
	}
}

func TestOneOfSeveralRecordsFails(t *testing.T) {
	f := newFakeS3(t)
	var records []any
	for _, key := range []string{"a", "b", "c"} {
		f.put("in/"+key, pixels(t, opaque), nil)
		records = append(records, map[string]any{
			"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "eventTime": time.Unix(1, 0),
			"s3": map[string]any{"bucket": map[string]any{"name": "in"}, "object": map[string]any{"key": key, "sequencer": "01"}},
		})
	}
	body, _ := json.Marshal(map[string]any{"Records": records})
	f.before = func(call string) error {
		if call == "GetObject b" {
			return fail("SlowDown")
		}
		return nil
	}
	err := New(f, testConfig).Handle(context.Background(), events.SQSMessage{MessageId: "m", Body: string(body)})
	if err == nil {
		t.Error("the message was acknowledged")
	}
	want := map[string]bool{"in/a": true, "in/b": true, "in/c": true, "out/web/a.jpg": true, "out/web/c.jpg": true}
	if diff := cmp.Diff(want, f.keys()); diff != "" {
		t.Error(diff)
	}
}

// TestMalformedRecordBesideGoodOnes wants the good ones made, and the bad ones
// recorded.
func TestMalformedRecordBesideGoodOnes(t *testing.T) {
	const good = `{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"in"},"object":{"key":"%s"}}}`
	sequenced := strings.Replace(fmt.Sprintf(good, "a"), `"a"`, `"a","sequencer":"0\n1"`, 1)
	for _, malformed := range []string{`{}`, `7`, fmt.Sprintf(good, "%zz"), sequenced} {
		f := newFakeS3(t)
		f.put("in/a", pixels(t, opaque), nil)
		f.put("in/b", pixels(t, opaque), nil)
		body := fmt.Sprintf(`{"Records":[%s,%s,%s]}`, fmt.Sprintf(good, "a"), malformed, fmt.Sprintf(good, "b"))
		if err := New(f, testConfig).Handle(context.Background(), events.SQSMessage{MessageId: "m", Body: body}); err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{
			"in/a": true, "in/b": true, "out/web/a.jpg": true, "out/web/b.jpg": true, "out/rejected/messages/m.json": true,
		}
		if diff := cmp.Diff(want, f.keys()); diff != "" {
			t.Errorf("%s: %s", malformed, diff)
		}
	}
}

// TestEarlierRenditionIsDeletedMeanwhile takes away what the write was to
// replace: S3 answers 404 to its condition.
func TestEarlierRenditionIsDeletedMeanwhile(t *testing.T) {
	f := newFakeS3(t)
	f.put("in/a", pixels(t, opaque), nil)
	f.put("out/web/a.jpg", nil, at(1).metadata())
	f.before = func(call string) error {
		if call == "PutObject web/a.jpg" {
			f.before = func(string) error { return nil }
			f.mu.Lock()
			defer f.mu.Unlock()
			delete(f.objects, "out/web/a.jpg")
		}
		return nil
	}
	if _, err := New(f, testConfig).resize(context.Background(), Upload{Bucket: "in", Key: "a", Stamp: at(2)}); err != nil {
		t.Fatal(err)
	}
	if got := stampAt(t, f, "out/web/a.jpg").Sequencer; got != at(2).Sequencer {
		t.Errorf("the rendition is of %s", got)
	}
}
