package httpapi

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"refstack/lambdas/internal/problem"
)

// acceptable refuses a request whose Accept header excludes the media type.
func acceptable(r *http.Request, media string) error {
	ranges := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(ranges) == "" {
		return nil
	}
	// The most specific range that covers it decides (RFC 9110, 12.5.1).
	kind, _, _ := strings.Cut(media, "/")
	specificities := map[string]int{"*/*": 1, kind + "/*": 2, media: 3}
	specific, quality := 0, 0.0
	for one := range strings.SplitSeq(ranges, ",") {
		covers, parameters, err := mime.ParseMediaType(one)
		if err != nil {
			continue
		}
		specificity := specificities[covers]
		if specificity == 0 || specificity < specific {
			continue
		}
		q, err := strconv.ParseFloat(parameters["q"], 64)
		if err != nil {
			q = 1
		}
		specific, quality = specificity, q
	}
	if quality <= 0 {
		return problem.New(problem.NotAcceptable, "Accept "+media+".")
	}
	return nil
}

// ReadJSON reads the body of a request that must be JSON, at most limit bytes
// of it. It does not parse.
func ReadJSON(r *http.Request, limit int64) ([]byte, error) {
	media, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := strings.ToLower(parameters["charset"])
	if err != nil || media != "application/json" || (charset != "" && charset != "utf-8") {
		return nil, problem.New(problem.UnsupportedMedia, "Send Content-Type: application/json, in UTF-8.")
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, problem.New(problem.UnsupportedMedia, "Send the body without Content-Encoding.")
	}
	// http.MaxBytesReader trusts no Content-Length, and stops at the limit.
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, problem.New(problem.BodyTooLarge, fmt.Sprintf("At most %d bytes are accepted.", limit))
	case err != nil:
		return nil, &problem.Problem{Kind: problem.InvalidBody, Detail: "The body ended early.", Cause: err}
	}
	return body, nil
}
