package test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // Renditions are decoded.
	"image/png"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"refstack/test/awstest"
	"refstack/test/cdktest"
	"refstack/test/lambdatest"
	"refstack/test/photos"
)

// resizing is the resize function of the assembly at work on two buckets.
type resizing struct {
	t        testing.TB
	s3       *awstest.S3
	proxy    *awstest.Proxy
	role     *awstest.Role
	function *lambdatest.Function
	// sequence numbers the uploads, as S3 does.
	sequence int
}

// startResizing starts the function with the variables of the template and env.
func startResizing(t testing.TB, env map[string]string) *resizing {
	t.Helper()
	template := templateOf(t, "Thumbnailer")
	function := template.ID("AWS::Lambda::Function", "Resize")
	names := map[string]string{
		template.ID("AWS::S3::Bucket", "Uploads"):    "uploads",
		template.ID("AWS::S3::Bucket", "Renditions"): "renditions",
	}
	role, err := awstest.RoleOf(template.JSON, function, names)
	if err != nil {
		t.Fatal(err)
	}
	s3 := awstest.StartS3(t)
	s3.CreateBucket("uploads", true)
	s3.CreateBucket("renditions", true)
	proxy := awstest.StartProxy(t, s3.URL)
	proxy.Enforce(role)
	all := map[string]string{"AWS_ENDPOINT_URL_S3": proxy.URL}
	maps.Copy(all, env)
	return &resizing{
		t: t, s3: s3, proxy: proxy, role: role,
		function: startFunction(t, template, function, names, all),
	}
}

// noRetries has the SDK give up at once: what fails comes back to the queue, and
// the test does not wait.
var noRetries = map[string]string{"AWS_MAX_ATTEMPTS": "1"}

// upload is an object and the message that S3 sends of it.
type upload struct {
	key, etag, version string
	message            events.SQSMessage
}

func (r *resizing) put(key string, content []byte) upload {
	version := r.s3.Put("uploads", key, content, nil)
	sum := md5.Sum(content)
	r.sequence++
	u := upload{key: key, etag: hex.EncodeToString(sum[:]), version: version}
	u.message = events.SQSMessage{
		MessageId: fmt.Sprintf("message-%d", r.sequence),
		Body:      r.notification(key, len(content), u),
	}
	return u
}

// notification is the JSON of S3's documented event message structure 2.1.
func (r *resizing) notification(key string, size int, u upload) string {
	text, err := json.Marshal(map[string]any{"Records": []any{map[string]any{
		"eventVersion": "2.1",
		"eventSource":  "aws:s3",
		"awsRegion":    "us-east-1",
		"eventTime":    time.Date(2026, 11, 23, 12, 0, r.sequence, 0, time.UTC).Format("2006-01-02T15:04:05.000Z"),
		"eventName":    "ObjectCreated:Put",
		"s3": map[string]any{
			"s3SchemaVersion": "1.0",
			"configurationId": "Thumbnails",
			"bucket":          map[string]any{"name": "uploads", "arn": "arn:aws:s3:::uploads"},
			"object": map[string]any{
				"key":       url.QueryEscape(key),
				"size":      size,
				"eTag":      u.etag,
				"versionId": u.version,
				"sequencer": fmt.Sprintf("0055AED6DCD9%04X", r.sequence),
			},
		},
	}}})
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

// deliver invokes the function with a batch and returns the IDs that it gives
// back to the queue.
func (r *resizing) deliver(messages ...events.SQSMessage) []string {
	r.t.Helper()
	var response events.SQSEventResponse
	if err := r.function.InvokeJSON(context.Background(), events.SQSEvent{Records: messages}, &response); err != nil {
		r.t.Fatalf("the invocation failed: %v", err)
	}
	returned := []string{}
	for _, failure := range response.BatchItemFailures {
		returned = append(returned, failure.ItemIdentifier)
	}
	return returned
}

// succeed delivers messages of which none may come back.
func (r *resizing) succeed(messages ...events.SQSMessage) {
	r.t.Helper()
	if returned := r.deliver(messages...); len(returned) > 0 {
		r.t.Fatalf("messages came back: %v\n%s", returned, r.function.Log())
	}
}

// rendition decodes what is at key in the rendition bucket.
func (r *resizing) rendition(key string) (image.Image, map[string]string) {
	r.t.Helper()
	body, metadata, ok := r.s3.Get("renditions", key)
	if !ok {
		r.t.Fatalf("there is no %s, only %v", key, r.s3.Keys("renditions"))
	}
	picture, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		r.t.Fatalf("%s: %v", key, err)
	}
	return picture, metadata
}

// plain is a PNG of one colour.
func plain(t testing.TB, width, height int, c color.Color) []byte {
	t.Helper()
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		picture.Set(i%width, i/width, c)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var (
	red   = color.NRGBA{R: 255, A: 255}
	blue  = color.NRGBA{B: 255, A: 255}
	glass = color.NRGBA{B: 255, A: 128}
)

// defaultSizes are those of a landscape photograph in the proportions 3 to 2.
var defaultSizes = map[string]image.Point{"web": {X: 1280, Y: 853}, "tablet": {X: 768, Y: 512}, "mobile": {X: 320, Y: 213}}

func TestThumbnailerPhotographsComeOutUpright(t *testing.T) {
	r := startResizing(t, nil)
	var messages []events.SQSMessage
	uploads := map[int]upload{}
	for orientation := 1; orientation <= 8; orientation++ {
		uploads[orientation] = r.put(fmt.Sprintf("photos/%d.jpg", orientation), photos.Landscape(orientation))
		messages = append(messages, uploads[orientation].message)
	}
	r.succeed(messages[:5]...)
	r.succeed(messages[5:]...)

	for orientation, upload := range uploads {
		for name, size := range defaultSizes {
			picture, metadata := r.rendition(name + "/" + upload.key + ".jpg")
			if got := picture.Bounds().Size(); got != size {
				t.Errorf("%s of orientation %d is %v, want %v", name, orientation, got, size)
				continue
			}
			upright, _ := r.rendition(name + "/photos/1.jpg.jpg")
			if difference := meanDifference(picture, upright); difference > 6 {
				t.Errorf("%s of orientation %d differs from that of 1 by %.1f of 255: it is not upright", name, orientation, difference)
			}
			for name, want := range map[string]string{
				"Content-Type":                 "image/jpeg",
				"Cache-Control":                "public, max-age=86400",
				"X-Amz-Meta-Source-Etag":       upload.etag,
				"X-Amz-Meta-Source-Version-Id": upload.version,
			} {
				if got := header(metadata, name); got != want {
					t.Errorf("%s has %s %q, want %q", upload.key, name, got, want)
				}
			}
		}
	}
	if keys := r.s3.Keys("renditions"); len(keys) != 3*8 {
		t.Errorf("there are %d renditions, want %d: %v", len(keys), 3*8, keys)
	}
}

// TestThumbnailerGoldenPictures holds the pictures in docs/thumbnailer.md to what
// the function makes of the photograph beside them.
func TestThumbnailerGoldenPictures(t *testing.T) {
	r := startResizing(t, nil)
	r.succeed(r.put("photo.jpg", photos.Landscape(6)).message)
	for name := range defaultSizes {
		file := filepath.Join("..", "docs", "thumbnailer", name+".jpg")
		body, _, _ := r.s3.Get("renditions", name+"/photo.jpg.jpg")
		if cdktest.Updating() {
			if err := os.WriteFile(file, body, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		shown, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, _, err := image.Decode(bytes.NewReader(shown))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		got, _ := r.rendition(name + "/photo.jpg.jpg")
		if got.Bounds() != want.Bounds() || meanDifference(got, want) > 1 {
			t.Errorf("%s is not what the function makes: make golden", file)
		}
	}
}

func header(metadata map[string]string, name string) string {
	for key, value := range metadata {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

// meanDifference is how much the brightness of two pictures of one size differs
// on average.
func meanDifference(a, b image.Image) float64 {
	var sum, n float64
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y += 3 {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x += 3 {
			p, q := color.GrayModel.Convert(a.At(x, y)).(color.Gray), color.GrayModel.Convert(b.At(x, y)).(color.Gray)
			sum += max(float64(p.Y)-float64(q.Y), float64(q.Y)-float64(p.Y))
			n++
		}
	}
	return sum / n
}

func TestThumbnailerKeys(t *testing.T) {
	r := startResizing(t, nil)
	for _, key := range []string{
		"with spaces and+plus.jpg", "写真/京都 2026.jpg", "100%/50%25.jpg", "a/../b.jpg", "//twice//.jpg", "no extension", "quote\"'&<>.jpg",
	} {
		r.succeed(r.put(key, plain(t, 4, 3, red)).message)
		if picture, _ := r.rendition("mobile/" + key + ".jpg"); picture.Bounds().Size() != image.Pt(4, 3) {
			t.Errorf("%q was enlarged to %v", key, picture.Bounds().Size())
		}
	}
}

// rejection is the record of what cannot become a rendition.
type rejection struct{ Reason, Detail, Bucket, Key, VersionID, ETag, MessageID, Body string }

func (r *resizing) rejection(key string) rejection {
	r.t.Helper()
	body, _, ok := r.s3.Get("renditions", key)
	if !ok {
		r.t.Fatalf("there is no %s, only %v", key, r.s3.Keys("renditions"))
	}
	var record rejection
	if err := json.Unmarshal(body, &record); err != nil {
		r.t.Fatal(err)
	}
	return record
}

// rejections sums up the metric that the log lines count.
func (r *resizing) rejections() (sum int) {
	for _, line := range r.function.LogRecords() {
		if metric, ok := line["_aws"].(map[string]any); ok {
			directive := metric["CloudWatchMetrics"].([]any)[0].(map[string]any)
			want := map[string]any{
				"Namespace": "Thumbnailer", "Dimensions": []any{[]any{"FunctionName"}},
				"Metrics": []any{map[string]any{"Name": "Rejected", "Unit": "Count"}},
			}
			if diff := cmp.Diff(want, directive); diff != "" || line["FunctionName"] == "" {
				r.t.Errorf("the metric is not the one that the alarm watches: %s", diff)
			}
			sum += int(line["Rejected"].(float64))
		}
	}
	return sum
}

func TestThumbnailerRecordsWhatCanNeverSucceed(t *testing.T) {
	r := startResizing(t, nil)
	photo := photos.Landscape(1)
	uploads := map[string]upload{
		"not-an-image":    r.put("letter.jpg", []byte("Dear Sir or Madam")),
		"empty":           r.put("empty.jpg", nil),
		"damaged":         r.put("half.jpg", photo[:len(photo)/2]),
		"too-many-bytes":  r.put("huge.jpg", make([]byte, 32<<20+1)),
		"too-many-pixels": r.put("bomb.png", bomb(t)),
	}
	for reason, upload := range uploads {
		r.succeed(upload.message)
		r.succeed(upload.message) // Delivered twice, recorded and counted once.
		record := r.rejection("rejected/" + upload.key + ".json")
		if record.Detail == "" {
			t.Errorf("%s has no detail", reason)
		}
		record.Detail = ""
		want := rejection{Reason: reason, Bucket: "uploads", Key: upload.key, VersionID: upload.version, ETag: upload.etag}
		if diff := cmp.Diff(want, record); diff != "" {
			t.Errorf("the record of %s: %s", upload.key, diff)
		}
	}
	if keys := r.s3.Keys("renditions"); len(keys) != len(uploads) {
		t.Errorf("there is more than the records: %v", keys)
	}
	if sum := r.rejections(); sum != len(uploads) {
		t.Errorf("the metric counts %d rejections, want %d", sum, len(uploads))
	}
	if peak := r.function.PeakRSS() >> 20; peak > 256 {
		t.Errorf("refusing took %d MiB", peak)
	}
}

// bomb is a PNG of 16000 by 16000 pixels in 1 MB.
func bomb(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&out, &image.Paletted{
		Pix: make([]byte, 16000*16000), Stride: 16000, Rect: image.Rect(0, 0, 16000, 16000), Palette: color.Palette{red},
	}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestThumbnailerMessagesThatAreNoNotification(t *testing.T) {
	r := startResizing(t, nil)
	good := r.put("good.jpg", photos.Landscape(1))
	bodies := []string{"", "{", "null", "[]", `{"Records":[]}`, `{"Records":[{}]}`, `{"Records":7}`, "\xff\xfe",
		`{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"uploads"},"object":{"key":"%zz"}}}]}`}
	messages := []events.SQSMessage{{
		MessageId: "test",
		Body:      `{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-11-23T12:00:00.000Z","Bucket":"uploads","RequestId":"5582815E1AEA5ADF","HostId":"8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR"}`,
	}}
	for i, body := range bodies {
		messages = append(messages, events.SQSMessage{MessageId: fmt.Sprintf("bad-%d", i), Body: body})
	}
	r.succeed(append(messages, good.message)...)
	r.rendition("web/good.jpg.jpg")
	for i, body := range bodies {
		record := r.rejection(fmt.Sprintf("rejected/messages/bad-%d.json", i))
		if record.Reason != "not-a-notification" || record.Body != strings.ReplaceAll(body, "\xff\xfe", "\uFFFD\uFFFD") {
			t.Errorf("the record of %q: %+v", body, record)
		}
	}
	if keys := r.s3.Keys("renditions"); len(keys) != 3+len(bodies) {
		t.Errorf("there is more than renditions and records: %v", keys)
	}
}

func TestThumbnailerDeletedMeanwhile(t *testing.T) {
	r := startResizing(t, nil)
	upload := r.put("gone.jpg", photos.Landscape(1))
	r.s3.Delete("uploads", "gone.jpg")
	r.succeed(upload.message)
	if keys := r.s3.Keys("renditions"); len(keys) > 0 {
		t.Errorf("a deleted upload has renditions: %v", keys)
	}
}

// TestThumbnailerVersionsInEveryOrder delivers the events of two versions of one
// key in every order, twice each; the later version must win. The earlier one
// is transparent, the later opaque, and the other way round: the rendition
// changes its extension.
func TestThumbnailerVersionsInEveryOrder(t *testing.T) {
	for name, colours := range map[string][2]color.Color{
		"opaque":                {red, blue},
		"opaque to transparent": {red, glass},
		"transparent to opaque": {glass, red},
	} {
		for _, order := range [][]int{{0, 1}, {1, 0}, {0, 1, 0}, {1, 0, 1}, {0, 0, 1, 1}, {1, 1, 0, 0}} {
			t.Run(fmt.Sprint(name, order), func(t *testing.T) {
				r := startResizing(t, nil)
				versions := []upload{r.put("logo.png", plain(t, 9, 9, colours[0])), r.put("logo.png", plain(t, 9, 9, colours[1]))}
				for _, version := range order {
					r.succeed(versions[version].message)
				}
				extension, other := ".jpg", ".png"
				if colours[1] == glass {
					extension, other = other, extension
				}
				for name := range defaultSizes {
					picture, metadata := r.rendition(name + "/logo.png" + extension)
					if got := header(metadata, "X-Amz-Meta-Source-Version-Id"); got != versions[1].version {
						t.Errorf("%s is of version %s, want %s", name, got, versions[1].version)
					}
					want := color.NRGBAModel.Convert(colours[1]).(color.NRGBA)
					got := color.NRGBAModel.Convert(picture.At(4, 4)).(color.NRGBA)
					if distance(want, got) > 6 {
						t.Errorf("%s is %v, want %v", name, got, want)
					}
					if _, _, ok := r.s3.Get("renditions", name+"/logo.png"+other); ok {
						t.Errorf("%s of the earlier version is still there", other)
					}
				}
			})
		}
	}
}

func distance(a, b color.NRGBA) int {
	d := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return max(d(a.R, b.R), d(a.G, b.G), d(a.B, b.B), d(a.A, b.A))
}

// TestThumbnailerOldVersionIsReadByItsID is the event of a version that is no
// longer the current one, with nothing made of the later one yet.
func TestThumbnailerOldVersionIsReadByItsID(t *testing.T) {
	r := startResizing(t, nil)
	old := r.put("logo.png", plain(t, 9, 9, red))
	r.put("logo.png", plain(t, 9, 9, blue))
	r.succeed(old.message)
	if picture, _ := r.rendition("web/logo.png.jpg"); distance(color.NRGBAModel.Convert(picture.At(4, 4)).(color.NRGBA), red) > 6 {
		t.Error("the rendition is not of the version that the event names")
	}
}

func TestThumbnailerOnlyFailedMessagesComeBack(t *testing.T) {
	faults := map[string]awstest.Fault{
		"503":                 {Status: 503, Code: "SlowDown"},
		"500":                 {Status: 500, Code: "InternalError"},
		"cut off in the body": {CutAfter: 1000},
		"cut off at once":     {CutAfter: -1},
		"access denied":       {Status: 403, Code: "AccessDenied"},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			r := startResizing(t, noRetries)
			good, bad, also := r.put("good.jpg", photos.Landscape(1)), r.put("bad.jpg", photos.Landscape(2)), r.put("also.jpg", photos.Landscape(3))
			r.proxy.Fault(func(c awstest.Call) *awstest.Fault {
				if c.Operation == "GetObject" && strings.HasSuffix(c.Resource, "/bad.jpg") {
					return &fault
				}
				return nil
			})
			returned := r.deliver(good.message, bad.message, also.message)
			if diff := cmp.Diff([]string{bad.message.MessageId}, returned); diff != "" {
				t.Errorf("came back: %s", diff)
			}
			r.rendition("web/good.jpg.jpg")
			r.rendition("web/also.jpg.jpg")
			if _, _, ok := r.s3.Get("renditions", "rejected/bad.jpg.json"); ok {
				t.Error("what may succeed later was rejected")
			}
			r.proxy.Fault(nil)
			r.succeed(bad.message)
			r.rendition("web/bad.jpg.jpg")
			for _, line := range r.function.LogLines() {
				if strings.Contains(line, "bad.jpg") {
					t.Errorf("a log line holds the key: %s", line)
				}
			}
		})
	}
}

// TestThumbnailerTriesAgainItself fails the first of every call.
func TestThumbnailerTriesAgainItself(t *testing.T) {
	r := startResizing(t, nil)
	seen := map[string]bool{}
	r.proxy.Fault(func(c awstest.Call) *awstest.Fault {
		name := c.Operation + c.Resource
		if seen[name] {
			return nil
		}
		seen[name] = true
		return &awstest.Fault{Status: 503, Code: "SlowDown"}
	})
	r.succeed(r.put("photo.jpg", photos.Landscape(1)).message)
	r.rendition("web/photo.jpg.jpg")
}

// TestThumbnailerHangingCallIsMadeAgain leaves the first read without an answer:
// the function must ask again while it has time, not wait until it has none.
func TestThumbnailerHangingCallIsMadeAgain(t *testing.T) {
	r := startResizing(t, nil)
	var once sync.Once
	r.proxy.Fault(func(c awstest.Call) (fault *awstest.Fault) {
		if c.Operation == "GetObject" {
			once.Do(func() { fault = &awstest.Fault{Delay: time.Hour} })
		}
		return fault
	})
	r.succeed(r.put("photo.jpg", photos.Landscape(1)).message)
	r.rendition("web/photo.jpg.jpg")
}

func TestThumbnailerSlowStorageIsWaitedFor(t *testing.T) {
	r := startResizing(t, nil)
	r.proxy.Fault(func(c awstest.Call) *awstest.Fault { return &awstest.Fault{Delay: 200 * time.Millisecond} })
	r.succeed(r.put("slow.jpg", photos.Landscape(1)).message)
	r.rendition("web/slow.jpg.jpg")
}

// TestThumbnailerCrashAfterEffect kills the function when a rendition is written
// and S3 has not answered yet.
func TestThumbnailerCrashAfterEffect(t *testing.T) {
	r := startResizing(t, nil)
	upload := r.put("photo.jpg", photos.Landscape(1))
	var once sync.Once
	r.proxy.Fault(func(c awstest.Call) (fault *awstest.Fault) {
		if c.Operation == "PutObject" && strings.Contains(c.Resource, "/web/") {
			once.Do(func() { fault = &awstest.Fault{AfterEffect: true, Delay: time.Hour} })
		}
		return fault
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for r.s3.Versions("renditions", "web/photo.jpg.jpg") == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	event, _ := json.Marshal(events.SQSEvent{Records: []events.SQSMessage{upload.message}})
	if _, err := r.function.Invoke(ctx, event); err == nil {
		t.Fatal("the invocation outlived a write that never ends")
	}
	r.succeed(upload.message)
	r.wroteOnce("web/photo.jpg.jpg", "tablet/photo.jpg.jpg", "mobile/photo.jpg.jpg")
}

// wroteOnce checks that each key was written, and no more than once.
func (r *resizing) wroteOnce(keys ...string) {
	r.t.Helper()
	for _, key := range keys {
		if n := r.s3.Versions("renditions", key); n != 1 {
			r.t.Errorf("%s was written %d times, want once", key, n)
		}
	}
}

// TestThumbnailerHundredEvents plays the queue: 100 events, a fifth of them
// duplicates, in batches of 5, while one call in 15 fails before or after its
// effect. What comes back is delivered again, until nothing does.
func TestThumbnailerHundredEvents(t *testing.T) {
	r := startResizing(t, noRetries)
	random := rand.New(rand.NewPCG(1, 2))
	content := plain(t, 400, 300, red)
	var queue []events.SQSMessage
	for i := range 80 {
		queue = append(queue, r.put(fmt.Sprintf("many/%d.png", i), content).message)
	}
	for i := range 20 {
		duplicate := queue[random.IntN(80)]
		duplicate.MessageId = fmt.Sprintf("duplicate-%d", i)
		queue = append(queue, duplicate)
	}
	random.Shuffle(len(queue), func(i, j int) { queue[i], queue[j] = queue[j], queue[i] })
	r.proxy.Fault(func(c awstest.Call) *awstest.Fault {
		switch random.IntN(45) {
		case 0:
			return &awstest.Fault{Status: 503, Code: "SlowDown"}
		case 1:
			return &awstest.Fault{CutAfter: -1}
		case 2:
			return &awstest.Fault{CutAfter: -1, AfterEffect: true}
		}
		return nil
	})

	for deliveries := 0; len(queue) > 0; deliveries++ {
		if deliveries == 200 {
			t.Fatalf("%d messages still come back after %d deliveries", len(queue), deliveries)
		}
		batch := queue[:min(5, len(queue))]
		queue = queue[len(batch):]
		for _, id := range r.deliver(batch...) {
			i := slices.IndexFunc(batch, func(m events.SQSMessage) bool { return m.MessageId == id })
			queue = append(queue, batch[i])
		}
	}

	keys := r.s3.Keys("renditions")
	if len(keys) != 3*80 {
		t.Errorf("there are %d renditions, want %d", len(keys), 3*80)
	}
	for _, key := range keys {
		if !strings.HasSuffix(key, ".jpg") || strings.HasPrefix(key, "rejected/") {
			t.Errorf("%s should not be there", key)
		}
	}
	r.wroteOnce(keys...)
	r.proxy.Fault(nil)
	calls := len(r.proxy.Calls())
	r.succeed(r.notificationAgain("many/0.png"))
	for _, call := range r.proxy.Calls()[calls:] {
		if call.Operation != "HeadObject" {
			t.Errorf("a duplicate made the call %s", call)
		}
	}
}

func (r *resizing) notificationAgain(key string) events.SQSMessage {
	r.t.Helper()
	sequence := r.sequence
	defer func() { r.sequence = sequence }()
	r.sequence = 1
	return events.SQSMessage{MessageId: "again", Body: r.notification(key, 0, upload{})}
}

// TestThumbnailerRole drives the function through all that it can do, and holds
// its calls against its role.
func TestThumbnailerRole(t *testing.T) {
	r := startResizing(t, nil)
	opaque, transparent := r.put("logo.png", plain(t, 9, 9, red)), r.put("logo.png", plain(t, 9, 9, glass))
	r.succeed(opaque.message, transparent.message) // Reads an old version, removes what it left.
	r.succeed(r.put("letter.jpg", []byte("Dear Sir or Madam")).message)
	r.succeed(r.put("photo.jpg", photos.Landscape(1)).message)
	upload := r.put("gone.jpg", photos.Landscape(1))
	r.s3.Delete("uploads", "gone.jpg")
	r.succeed(upload.message)

	awstest.CheckRole(t, r.role, r.proxy.Calls(), map[string]string{
		"logs:CreateLogStream":     "Lambda writes what the function prints.",
		"logs:PutLogEvents":        "Lambda writes what the function prints.",
		"xray:PutTraceSegments":    "Lambda sends the trace.",
		"xray:PutTelemetryRecords": "Lambda sends the trace.",
		"sqs:ReceiveMessage":       "The event source mapping polls with the function's role.",
		"sqs:DeleteMessage":        "The event source mapping deletes what succeeded.",
		"sqs:GetQueueAttributes":   "The event source mapping scales by the queue's length.",
	})
}
