package items

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"refstack/lambdas/internal/httpapi"
	"refstack/lambdas/internal/problem"
)

// recordLifetime is how long a creation can be repeated without effect.
const recordLifetime = 24 * time.Hour

type service struct {
	store    Store
	identity httpapi.Identity
	now      func() time.Time
	maxBody  int64
}

// New makes the handler of the API.
func New(store Store, config Config, identity httpapi.Identity) *httpapi.API {
	s := &service{store: store, identity: identity, now: time.Now, maxBody: config.MaxBodyBytes}
	api := &httpapi.API{Origins: config.AllowedOrigins, RequestID: identity.RequestID}
	api.Handle("POST /items", s.owned(s.create))
	api.Handle("GET /items", s.owned(s.list))
	api.Handle("GET /items/{id}", s.owned(s.get))
	api.Handle("PUT /items/{id}", s.owned(s.replace))
	api.Handle("DELETE /items/{id}", s.owned(s.delete))
	return api
}

// owned gives handle the caller, who is the owner of all it may touch.
func (s *service) owned(handle func(r *http.Request, owner string) (*httpapi.Answer, error)) httpapi.Handler {
	return func(r *http.Request) (*httpapi.Answer, error) {
		owner, err := s.identity.Caller(r)
		if err != nil {
			return nil, err
		}
		answer, err := handle(r, owner)
		return answer, asProblem(err)
	}
}

// asProblem tells the client what a Store's error means to it.
func asProblem(err error) error {
	switch {
	case errors.Is(err, ErrNotFound):
		return problem.New(problem.NotFound, "")
	case errors.Is(err, ErrStale):
		return problem.New(versionConflict, "Read the item again, and send If-Match with its new ETag.")
	case errors.Is(err, ErrBusy):
		return &problem.Problem{Kind: problem.Unavailable, Cause: err, Header: http.Header{"Retry-After": {"1"}}}
	}
	return err
}

func (s *service) create(r *http.Request, owner string) (*httpapi.Answer, error) {
	key, err := idempotencyKey(r)
	if err != nil {
		return nil, err
	}
	content, err := s.content(r)
	if err != nil {
		return nil, err
	}
	now := s.now()
	at := now.UTC().Truncate(time.Millisecond)
	item := Item{ID: newID(now), Content: content, Version: 1, CreatedAt: at, UpdatedAt: at}
	response, err := created(item)
	if err != nil {
		return nil, err
	}
	if key == "" {
		return response.answer(), s.store.Create(r.Context(), owner, item)
	}
	record := Record{Key: key, Response: response, Expires: at.Add(recordLifetime)}
	if record.Fingerprint, err = content.fingerprint(); err != nil {
		return nil, err
	}
	earlier, err := s.store.CreateOnce(r.Context(), owner, item, record)
	switch {
	case err != nil:
		return nil, err
	case earlier == nil:
		return response.answer(), nil
	case string(earlier.Fingerprint) != string(record.Fingerprint):
		return nil, problem.New(keyReused, "Send a new Idempotency-Key with a new body.")
	}
	again := earlier.Response.answer()
	again.Header.Set("Idempotency-Replayed", "true")
	return again, nil
}

func created(item Item) (Response, error) {
	body, err := encode(item)
	// The location is relative to /items, so that it holds under a stage, a
	// custom domain and a CDN alike.
	return Response{Status: http.StatusCreated, Location: "items/" + item.ID, ETag: item.Version.ETag(), Body: body}, err
}

func (r Response) answer() *httpapi.Answer {
	return &httpapi.Answer{Status: r.Status, Body: r.Body, Header: http.Header{"Location": {r.Location}, "ETag": {r.ETag}}}
}

// fingerprint is equal for bodies that say the same, however they are spelled.
func (c Content) fingerprint() ([]byte, error) {
	text, err := encode(c)
	sum := sha256.Sum256(text)
	return sum[:], err
}

func (s *service) list(r *http.Request, owner string) (*httpapi.Answer, error) {
	asked, err := parseListing(r)
	if err != nil {
		return nil, err
	}
	page, more, err := s.store.List(r.Context(), owner, asked.after, asked.limit)
	if err != nil {
		return nil, err
	}
	document := struct {
		Items []Item `json:"items"`
		Next  string `json:"next,omitempty"`
	}{Items: page}
	if len(page) == 0 {
		document.Items = []Item{} // A list, and not null.
	} else if more {
		document.Next = encodeCursor(page[len(page)-1].ID)
	}
	body, err := encode(document)
	return &httpapi.Answer{Status: http.StatusOK, Body: body}, err
}

func (s *service) get(r *http.Request, owner string) (*httpapi.Answer, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	item, err := s.store.Get(r.Context(), owner, id)
	if err != nil {
		return nil, err
	}
	return item.answer()
}

func (s *service) replace(r *http.Request, owner string) (*httpapi.Answer, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	version, err := ifMatch(r)
	if err != nil {
		return nil, err
	}
	if version == Any {
		return nil, problem.New(versionRequired, "Send If-Match with the ETag of the version that you read.")
	}
	content, err := s.content(r)
	if err != nil {
		return nil, err
	}
	item, err := s.store.Replace(r.Context(), owner, id, version, content, s.now().UTC().Truncate(time.Millisecond))
	if err != nil {
		return nil, err
	}
	return item.answer()
}

func (s *service) delete(r *http.Request, owner string) (*httpapi.Answer, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	version, err := ifMatch(r)
	if err != nil {
		return nil, err
	}
	return &httpapi.Answer{Status: http.StatusNoContent}, s.store.Delete(r.Context(), owner, id, version)
}

// pathID is the ID in the path. What never was an ID names nothing, and need
// not be looked for.
func pathID(r *http.Request) (string, error) {
	id := r.PathValue("id")
	if _, ok := parseID(id); !ok {
		return "", ErrNotFound
	}
	return id, nil
}

func (s *service) content(r *http.Request) (Content, error) {
	body, err := httpapi.ReadJSON(r, s.maxBody)
	if err != nil {
		return Content{}, err
	}
	return parseContent(body)
}

func (i Item) answer() (*httpapi.Answer, error) {
	body, err := encode(i)
	return &httpapi.Answer{Status: http.StatusOK, Body: body, Header: http.Header{"ETag": {i.Version.ETag()}}}, err
}

func encode(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	return text, nil
}
