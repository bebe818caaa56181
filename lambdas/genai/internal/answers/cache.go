package answers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"time"

	"refstack/lambdas/genai/internal/calls"
	"refstack/lambdas/genai/tasks"
	"refstack/lambdas/internal/emf"
	"refstack/lambdas/internal/httpapi"
	"refstack/lambdas/internal/model"
)

// cacheWait is how long the cache may take, to read and to write. Whoever waits
// longer is better off with the model.
const cacheWait = 500 * time.Millisecond

// Entry is an answer that the model gave before.
type Entry struct {
	Body            []byte
	Stored, Expires time.Time
}

// Cache keeps answers for a while, and may lose them.
type Cache interface {
	// Get returns nil where there is nothing under the key.
	Get(ctx context.Context, key string) (*Entry, error)
	Put(ctx context.Context, key string, entry Entry) error
}

// key is the same for requests that may have the same answer: of the same
// version of a task, to the same model, and where the answer is personal, of the
// same caller. Who knows the key of an answer knows all of the request.
func (s *Service) key(task *tasks.Task, prompt tasks.Prompt, caller string) string {
	if !task.Personal {
		caller = ""
	}
	all, _ := json.Marshal([]any{prompt.Fingerprint, s.Config.Model, caller}) // Structs of strings and numbers always marshal.
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:])
}

// earlier is an answer from the cache, and nil where the model must be asked: a
// cache that fails is one that is empty.
func (s *Service) earlier(ctx context.Context, task *tasks.Task, key string) *httpapi.Answer {
	if s.Cache == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, cacheWait)
	defer cancel()
	entry, err := s.Cache.Get(ctx, key)
	if err != nil {
		slog.WarnContext(ctx, "the cache cannot be read", "error", err)
		return nil
	}
	now := time.Now()
	// A table removes what has expired when it has time to, perhaps days later.
	if entry == nil || !now.Before(entry.Expires) {
		return nil
	}
	slog.InfoContext(ctx, "answered from the cache", emf.Count(calls.Namespace, "CacheHits", 1,
		map[string]string{"FunctionName": os.Getenv("AWS_LAMBDA_FUNCTION_NAME"), "Task": task.Name}))
	return &httpapi.Answer{Status: http.StatusOK, Body: entry.Body, Header: http.Header{
		"Age":          {strconv.Itoa(max(0, int(now.Sub(entry.Stored).Seconds())))},
		"Cache-Status": {fmt.Sprintf("genai; hit; ttl=%d", int(entry.Expires.Sub(now).Seconds()))}, // RFC 9211
	}}
}

// keep puts a complete answer into the cache, and returns the header that says
// that it did not come from there.
func (s *Service) keep(ctx context.Context, key string, stop model.Stop, body []byte) http.Header {
	if s.Cache == nil {
		return nil
	}
	if stop == model.End {
		ctx, cancel := context.WithTimeout(ctx, cacheWait)
		defer cancel()
		now := time.Now()
		if err := s.Cache.Put(ctx, key, Entry{Body: body, Stored: now, Expires: now.Add(s.Config.CacheTTL)}); err != nil {
			slog.WarnContext(ctx, "the cache cannot be written", "error", err)
		}
	}
	return http.Header{"Cache-Status": {"genai; fwd=miss"}}
}
