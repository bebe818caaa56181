package awstest

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// S3 is a stand-in for Amazon S3 that keeps its buckets in memory.
type S3 struct {
	// URL is its endpoint. A client that is given an IP address uses path style.
	URL string

	t       testing.TB
	backend *s3mem.Backend
}

// StartS3 starts an empty S3 on a free port of 127.0.0.1. It ends with the test.
// A request that it could only answer wrongly, such as a copy on a
// condition or anything about tags, gets 501 NotImplemented.
func StartS3(t testing.TB) *S3 {
	t.Helper()
	backend := s3mem.New()
	fake := gofakes3.New(backend).Server()
	var writing sync.RWMutex
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if what := unsupported(r); what != "" {
			_, _ = io.Copy(io.Discard, r.Body)
			writeXML(w, failure{status: http.StatusNotImplemented, code: "NotImplemented", message: "awstest: the stand-in has no " + what})
			return
		}
		// gofakes3 deletes without looking: nobody may write between a look of
		// ours and that.
		switch r.Method {
		case http.MethodDelete:
			writing.Lock()
			defer writing.Unlock()
		case http.MethodGet, http.MethodHead:
		default:
			writing.RLock()
			defer writing.RUnlock()
		}
		if status, code := unmet(fake, r); code != "" {
			writeXML(w, failure{status: status, code: code, message: "the condition does not hold"})
			return
		}
		for _, name := range keptHeaders {
			if value := r.Header.Get(name); value != "" {
				r.Header.Set(keptPrefix+name, value)
			}
		}
		restoring := &restoringWriter{ResponseWriter: w}
		if bucket, _, ok := s3Path(r.URL); ok {
			config, err := backend.VersioningConfiguration(bucket)
			restoring.plain = err == nil && config.Status == ""
		}
		fake.ServeHTTP(restoring, ofVersion(r))
		if !restoring.done { // The answer to a HEAD has no body.
			restoring.WriteHeader(http.StatusOK)
		}
	}))
	// gofakes3 answers twice when a client hangs up, which the server would log.
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return &S3{URL: server.URL, t: t, backend: backend}
}

// unmet returns the error that S3 answers where the If-Match of a read or a
// delete does not hold, and no code where it does. gofakes3 sees to that of writes.
func unmet(fake http.Handler, r *http.Request) (status int, code string) {
	want := r.Header.Get("If-Match")
	if want == "" || r.Method == http.MethodPut {
		return 0, ""
	}
	look := httptest.NewRequest(http.MethodHead, r.URL.String(), nil)
	look.Host = r.Host
	found := httptest.NewRecorder()
	fake.ServeHTTP(found, ofVersion(look))
	switch {
	case found.Code == http.StatusNotFound:
		return http.StatusNotFound, "NoSuchKey"
	case want != "*" && found.Header().Get("ETag") != want:
		return http.StatusPreconditionFailed, "PreconditionFailed"
	}
	return 0, ""
}

// ofVersion makes a GET of the HEAD of a version, as gofakes3 answers a HEAD with
// the current one. The body does not get through: the server knows what was asked.
func ofVersion(r *http.Request) *http.Request {
	if r.Method != http.MethodHead || r.URL.Query().Get("versionId") == "" {
		return r
	}
	r = r.Clone(r.Context())
	r.Method = http.MethodGet
	return r
}

// unsupported names what gofakes3 would pass over in silence, or do wrongly: it
// takes PutObjectTagging for a PutObject, for one.
func unsupported(r *http.Request) string {
	for name := range r.URL.Query() {
		if !slices.Contains(s3Parameters, name) && !slices.Contains(fakeSubresources, name) && !strings.HasPrefix(name, "X-Amz-") {
			return "?" + name
		}
	}
	for name, values := range r.Header {
		lower := strings.ToLower(name)
		_, version, _ := strings.Cut(values[0], "?")
		switch {
		case r.Method == http.MethodPost && lower == "if-match",
			lower == "if-unmodified-since",
			strings.HasPrefix(lower, "x-amz-copy-source-if-"),
			lower == "x-amz-copy-source" && version != "",
			lower == "x-amz-metadata-directive" && values[0] != "COPY",
			lower == "x-amz-trailer":
			return name
		}
	}
	return ""
}

// fakeSubresources are those that gofakes3 has, and s3Parameters has not.
var fakeSubresources = []string{"delete", "location", "partNumber", "uploadId", "uploads", "versioning", "versions"}

// gofakes3 stores headers that begin with X-Amz- and few others: those that it
// forgets travel under such a name. Of those that it stores, S3 does not
// return what signed the upload.
const keptPrefix = "X-Amz-Awstest-"

var (
	keptHeaders    = []string{"Cache-Control", "Content-Language", "Expires"}
	signingHeaders = []string{"X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-Sdk-Checksum-Algorithm", "X-Amz-Security-Token"}
)

// restoringWriter gives an object's headers back as they were stored.
type restoringWriter struct {
	http.ResponseWriter
	plain bool // The bucket never had versions, and gofakes3 names them all the same.
	done  bool
}

func (w *restoringWriter) WriteHeader(status int) {
	header := w.Header()
	if !w.done {
		w.done = true
		for _, name := range keptHeaders {
			if value := header.Get(keptPrefix + name); value != "" {
				header.Set(name, value)
				header.Del(keptPrefix + name)
			}
		}
		for _, name := range signingHeaders {
			header.Del(name)
		}
		if w.plain {
			header.Del("X-Amz-Version-Id")
		}
		if status == http.StatusPartialContent {
			header.Del("X-Amz-Checksum-Crc32") // It is that of the whole object.
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *restoringWriter) Write(p []byte) (int, error) {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// CreateBucket makes a bucket, with or without versioning.
func (s *S3) CreateBucket(name string, versioned bool) {
	s.t.Helper()
	if err := s.backend.CreateBucket(name); err != nil {
		s.t.Fatalf("awstest: bucket %s: %v", name, err)
	}
	if versioned {
		config := gofakes3.VersioningConfiguration{}
		config.SetEnabled(true)
		if err := s.backend.SetVersioningConfiguration(name, config); err != nil {
			s.t.Fatalf("awstest: bucket %s: %v", name, err)
		}
	}
}

// Put stores an object past the proxy, and returns its version ID, which is
// empty in a bucket without versioning. Metadata holds headers, such as
// "Content-Type" or "X-Amz-Meta-Owner", and may be nil. As S3 does, it gives the
// object a checksum.
func (s *S3) Put(bucket, key string, body []byte, metadata map[string]string) (versionID string) {
	s.t.Helper()
	meta := map[string]string{
		"Last-Modified":        time.Now().UTC().Format(http.TimeFormat),
		"X-Amz-Checksum-Crc32": base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(body))),
	}
	for name, value := range metadata {
		name = http.CanonicalHeaderKey(name)
		if slices.Contains(keptHeaders, name) {
			name = keptPrefix + name
		}
		meta[name] = value
	}
	result, err := s.backend.PutObject(bucket, key, meta, bytes.NewReader(body), int64(len(body)), nil)
	if err != nil {
		s.t.Fatalf("awstest: put %s/%s: %v", bucket, key, err)
	}
	return string(result.VersionID)
}

// Get returns an object's body and metadata past the proxy, and false if there is none.
func (s *S3) Get(bucket, key string) (body []byte, metadata map[string]string, ok bool) {
	s.t.Helper()
	object, err := s.backend.GetObject(bucket, key, nil)
	if gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) || err == nil && object.IsDeleteMarker {
		return nil, nil, false
	}
	if err != nil {
		s.t.Fatalf("awstest: get %s/%s: %v", bucket, key, err)
	}
	defer object.Contents.Close()
	if body, err = io.ReadAll(object.Contents); err != nil {
		s.t.Fatalf("awstest: get %s/%s: %v", bucket, key, err)
	}
	metadata = map[string]string{}
	for name, value := range object.Metadata {
		if !slices.Contains(signingHeaders, name) {
			metadata[strings.TrimPrefix(name, keptPrefix)] = value
		}
	}
	return body, metadata, true
}

// Delete removes an object past the proxy; the object may be missing.
func (s *S3) Delete(bucket, key string) {
	s.t.Helper()
	if _, err := s.backend.DeleteObject(bucket, key); err != nil {
		s.t.Fatalf("awstest: delete %s/%s: %v", bucket, key, err)
	}
}

// Versions returns how many versions of an object there are, which in a bucket
// with versioning is how often it was written.
func (s *S3) Versions(bucket, key string) int {
	s.t.Helper()
	list, err := s.backend.ListBucketVersions(bucket, &gofakes3.Prefix{Prefix: key, HasPrefix: true}, nil)
	if err != nil {
		s.t.Fatalf("awstest: versions of %s: %v", bucket, err)
	}
	n := 0
	for _, entry := range list.Versions {
		if version, ok := entry.(*gofakes3.Version); ok && version.Key == key {
			n++
		}
	}
	return n
}

// Keys returns the keys of a bucket's current objects, in S3's order.
func (s *S3) Keys(bucket string) []string {
	s.t.Helper()
	list, err := s.backend.ListBucket(bucket, &gofakes3.Prefix{}, gofakes3.ListBucketPage{})
	if err != nil {
		s.t.Fatalf("awstest: list %s: %v", bucket, err)
	}
	keys := []string{}
	for _, object := range list.Contents {
		keys = append(keys, object.Key)
	}
	return keys
}
