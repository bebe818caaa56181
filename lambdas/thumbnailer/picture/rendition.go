package picture

import (
	"fmt"
	"image"
	"regexp"
)

// Fit says how a picture is brought into the box of a rendition. No fit ever
// makes a picture larger than it was.
type Fit string

const (
	// FitInside keeps the whole picture and makes it as large as the box allows.
	FitInside Fit = "inside"
	// FitCover fills the box and cuts off, in equal parts on both sides, what
	// does not fit. A picture too small for the box is cut to the box's shape.
	FitCover Fit = "cover"
)

// Format is the file format of a rendition.
type Format string

const (
	// FormatAuto is JPEG for an opaque picture and PNG for one with transparency.
	FormatAuto Format = "auto"
	// FormatJPEG shows transparency on white.
	FormatJPEG Format = "jpeg"
	FormatPNG  Format = "png"
)

// Rendition is one wanted output.
type Rendition struct {
	// Name identifies the rendition; it is fit for a file name or object key.
	Name string `json:"name"`
	// MaxWidth and MaxHeight are the box, in pixels of the upright picture.
	// 0 leaves that side unlimited; one of both is needed, and both for FitCover.
	MaxWidth  int `json:"maxWidth"`
	MaxHeight int `json:"maxHeight"`
	// Fit defaults to FitInside.
	Fit Fit `json:"fit,omitempty"`
	// Format defaults to FormatAuto.
	Format Format `json:"format,omitempty"`
	// Quality is the JPEG quality, 1 to 100. Defaults to 80.
	Quality int `json:"quality,omitempty"`
}

var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// maxSide is the largest width or height that a JPEG can have, and so that a source
// or a rendition of any format may have here.
const maxSide = 65535

// Validate returns the first thing wrong with the rendition.
func (r Rendition) Validate() error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("rendition %q: "+format, append([]any{r.Name}, args...)...)
	}
	switch {
	case !validName.MatchString(r.Name):
		return fail("name must be 1 to 64 letters, digits, - or _, starting with a letter or digit")
	case r.MaxWidth < 0 || r.MaxWidth > maxSide:
		return fail("maxWidth must be from 0 to %d, got %d", maxSide, r.MaxWidth)
	case r.MaxHeight < 0 || r.MaxHeight > maxSide:
		return fail("maxHeight must be from 0 to %d, got %d", maxSide, r.MaxHeight)
	case r.MaxWidth == 0 && r.MaxHeight == 0:
		return fail("needs maxWidth or maxHeight")
	case r.Fit != "" && r.Fit != FitInside && r.Fit != FitCover:
		return fail("fit must be %q or %q, got %q", FitInside, FitCover, r.Fit)
	case r.Fit == FitCover && (r.MaxWidth == 0 || r.MaxHeight == 0):
		return fail("fit %q needs both maxWidth and maxHeight", FitCover)
	case r.Format != "" && r.Format != FormatAuto && r.Format != FormatJPEG && r.Format != FormatPNG:
		return fail("format must be %q, %q or %q, got %q", FormatAuto, FormatJPEG, FormatPNG, r.Format)
	case r.Quality < 0 || r.Quality > 100:
		return fail("quality must be from 1 to 100 (0 means 80), got %d", r.Quality)
	}
	return nil
}

// Extensions returns every extension that the rendition's output may have, so
// that a caller can name its files, or remove them, before it sees a picture.
func (r Rendition) Extensions() []string {
	switch r.Format {
	case FormatJPEG:
		return []string{"jpg"}
	case FormatPNG:
		return []string{"png"}
	default:
		return []string{"jpg", "png"}
	}
}

func (r Rendition) withDefaults() Rendition {
	if r.Fit == "" {
		r.Fit = FitInside
	}
	if r.Format == "" {
		r.Format = FormatAuto
	}
	if r.Quality == 0 {
		r.Quality = 80
	}
	return r
}

// place returns which part of an upright picture the rendition shows, and how
// large it shows that.
func (r Rendition) place(upright image.Point) (area image.Rectangle, size image.Point) {
	w, h := upright.X, upright.Y
	if r.Fit == FitCover {
		if int64(w)*int64(r.MaxHeight) > int64(h)*int64(r.MaxWidth) {
			w = scaled(h, r.MaxWidth, r.MaxHeight)
		} else {
			h = scaled(w, r.MaxHeight, r.MaxWidth)
		}
		x, y := (upright.X-w)/2, (upright.Y-h)/2
		area = image.Rect(x, y, x+w, y+h)
		return area, image.Pt(min(w, r.MaxWidth), min(h, r.MaxHeight))
	}
	size = upright
	if r.MaxWidth > 0 && size.X > r.MaxWidth {
		size = image.Pt(r.MaxWidth, scaled(h, r.MaxWidth, w))
	}
	if r.MaxHeight > 0 && size.Y > r.MaxHeight {
		size = image.Pt(scaled(w, r.MaxHeight, h), r.MaxHeight)
	}
	return image.Rectangle{Max: upright}, size
}

// scaled returns n·num/den, rounded, at least 1.
func scaled(n, num, den int) int {
	return max(1, int((2*int64(n)*int64(num)+int64(den))/(2*int64(den))))
}
