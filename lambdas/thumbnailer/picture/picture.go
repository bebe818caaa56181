// Package picture turns the bytes of a picture into smaller pictures. It knows
// nothing of AWS: bytes go in, bytes come out, and what can never become a
// picture is refused with a [RejectedError] before it costs memory.
//
// A picture is decoded once and scaled in a cascade, each rendition from the
// smallest larger one that still has pixels to spare. Samples stay in the planes
// they were decoded to: a JPEG goes from YCbCr planes to YCbCr planes and is
// never converted to RGB, and a PNG with transparency is scaled with
// premultiplied alpha so that no fringe appears around it. Like every other
// thumbnailer it averages gamma-encoded samples, which darkens fine high-contrast
// texture a little; doing it in linear light costs three times as much.
package picture

import (
	"context"
	"fmt"
	"strings"
)

// Limits bound what Make accepts before anything is decoded.
type Limits struct {
	// MaxBytes is the largest source. Defaults to 32 MiB.
	MaxBytes int64
	// MaxPixels is the largest width times height. Decoding takes 1.5 to 24
	// bytes a pixel: 1.5 for the JPEG of a camera, 4 for most PNGs, 8 for one of
	// 16 bits, 7.5 to 15 for a progressive JPEG, 24 for one in CMYK. No side may be
	// longer than 65535, whatever the limit. Defaults to 50 million.
	MaxPixels int64
}

func (l Limits) withDefaults() Limits {
	if l.MaxBytes <= 0 {
		l.MaxBytes = 32 << 20
	}
	if l.MaxPixels <= 0 {
		l.MaxPixels = 50_000_000
	}
	return l
}

// Reason says in one stable word, fit for metrics and records, why a source was
// rejected.
type Reason string

const (
	ReasonEmpty         Reason = "empty"
	ReasonNotAnImage    Reason = "not-an-image"
	ReasonTooManyBytes  Reason = "too-many-bytes"
	ReasonTooManyPixels Reason = "too-many-pixels"
	ReasonDamaged       Reason = "damaged"
	ReasonUnsupported   Reason = "unsupported"
)

// RejectedError says that these bytes can never become a picture: never retry.
type RejectedError struct {
	Reason Reason
	// Detail is one short sentence for people. It may quote a decoder, never
	// more than a few bytes of the picture.
	Detail string
}

func (e *RejectedError) Error() string {
	return fmt.Sprintf("rejected (%s): %s", e.Reason, e.Detail)
}

// maxDetail bounds Detail in bytes: records and log lines stay small whatever a
// decoder has to say.
const maxDetail = 200

func rejected(reason Reason, format string, args ...any) error {
	detail := fmt.Sprintf(format, args...)
	if len(detail) > maxDetail {
		detail = detail[:maxDetail-len("…")] + "…"
	}
	return &RejectedError{Reason: reason, Detail: strings.ToValidUTF8(detail, "?")}
}

// Output is one finished rendition. Its bytes carry no metadata: neither place
// nor camera of the source leaks into it.
type Output struct {
	Rendition     Rendition
	Width, Height int
	ContentType   string
	Extension     string // without the dot
	Body          []byte
}

// Make decodes src and returns its renditions, in their order. It fails with a
// *RejectedError where src itself is at fault, with the error of ctx when that
// ends first, and with a plain error where a rendition is not valid.
func Make(ctx context.Context, src []byte, renditions []Rendition, limits Limits) ([]Output, error) {
	for _, r := range renditions {
		if err := r.Validate(); err != nil {
			return nil, err
		}
	}
	source, err := decode(ctx, src, limits.withDefaults())
	if err != nil {
		return nil, err
	}
	targets := make([]target, len(renditions))
	for i, r := range renditions {
		targets[i] = source.target(r.withDefaults())
	}
	outputs := make([]Output, len(renditions))
	err = source.cascade(ctx, targets, func(i int, m *raster) error {
		outputs[i], err = encode(m, targets[i], source.turn)
		outputs[i].Rendition = renditions[i]
		return err
	})
	if err != nil {
		return nil, err
	}
	return outputs, nil
}
