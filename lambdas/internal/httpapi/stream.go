package httpapi

import (
	"errors"
	"io"
	"net/http"
)

// eventStream is the media type of server-sent events.
const eventStream = "text/event-stream"

// stream is an answer that goes to the client piece by piece.
type stream struct {
	api     *API
	request *http.Request
	to      http.ResponseWriter
	begun   bool
}

func (s *stream) begin() io.Writer {
	if !s.begun {
		s.begun = true
		header := s.to.Header()
		guard(header)
		header.Set("Content-Type", eventStream)
		s.api.allowOrigin(header, s.request)
		s.to.WriteHeader(http.StatusOK)
	}
	return s
}

// Write implements io.Writer.
func (s *stream) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	if err != nil {
		return n, err
	}
	if err := http.NewResponseController(s.to).Flush(); !errors.Is(err, http.ErrNotSupported) {
		return n, err
	}
	return n, nil
}
