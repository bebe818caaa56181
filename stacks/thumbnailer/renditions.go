package thumbnailer

import (
	"encoding/json"
	"fmt"
	"regexp"
)

// Fit says how an image meets the box of a rendition.
type Fit string

const (
	// FitInside keeps the whole image, as large as the box allows.
	FitInside Fit = "inside"
	// FitCover fills the box and cuts off what stands out, evenly.
	FitCover Fit = "cover"
)

// Format is the file format of a rendition.
type Format string

const (
	// FormatAuto is JPEG for opaque images, and PNG for those with transparency.
	FormatAuto Format = "auto"
	// FormatJPEG puts transparent images on white.
	FormatJPEG Format = "jpeg"
	// FormatPNG is lossless, and many times larger for photographs.
	FormatPNG Format = "png"
)

// Rendition is one of the images made of an upload. No image is enlarged: one
// that is smaller than the box keeps its size.
type Rendition struct {
	// Name is the folder that the renditions go to: 1 to 64 lower-case letters,
	// digits and dashes, the first one no dash. Required.
	Name string `json:"name"`
	// MaxWidth of the upright image, in pixels. Defaults to no limit where
	// MaxHeight is set.
	MaxWidth int `json:"maxWidth,omitempty"`
	// MaxHeight of the upright image, in pixels. Defaults to no limit where
	// MaxWidth is set.
	MaxHeight int `json:"maxHeight,omitempty"`
	// Fit defaults to FitInside. FitCover needs both sides of the box.
	Fit Fit `json:"fit,omitempty"`
	// Format defaults to FormatAuto.
	Format Format `json:"format,omitempty"`
	// Quality of a JPEG, from 1 to 100. Defaults to 80.
	Quality int `json:"quality,omitempty"`
}

// DefaultRenditions are the widths of a desktop, a tablet and a phone.
func DefaultRenditions() []Rendition {
	return []Rendition{
		{Name: "web", MaxWidth: 1280},
		{Name: "tablet", MaxWidth: 768},
		{Name: "mobile", MaxWidth: 320},
	}
}

// maxSide is the largest width or height that a JPEG can have.
const maxSide = 65535

var renditionName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

func (r Rendition) validate() error {
	switch {
	case !renditionName.MatchString(r.Name):
		return fmt.Errorf("a rendition's Name must be 1 to 64 lower-case letters, digits and dashes, the first one no dash, got %q", r.Name)
	case r.Name == rejectedName:
		return fmt.Errorf("no rendition can be named %q: that folder records what could not become one", r.Name)
	case r.MaxWidth < 0 || r.MaxWidth > maxSide || r.MaxHeight < 0 || r.MaxHeight > maxSide:
		return fmt.Errorf("rendition %q: MaxWidth and MaxHeight must be from 1 to %d, got %d and %d", r.Name, maxSide, r.MaxWidth, r.MaxHeight)
	case r.MaxWidth == 0 && r.MaxHeight == 0:
		return fmt.Errorf("rendition %q needs a MaxWidth, a MaxHeight or both", r.Name)
	case r.Fit != "" && r.Fit != FitInside && r.Fit != FitCover:
		return fmt.Errorf("rendition %q: Fit must be %q or %q, got %q", r.Name, FitInside, FitCover, r.Fit)
	case r.Fit == FitCover && (r.MaxWidth == 0 || r.MaxHeight == 0):
		return fmt.Errorf("rendition %q: Fit %q needs both MaxWidth and MaxHeight", r.Name, FitCover)
	case r.Format != "" && r.Format != FormatAuto && r.Format != FormatJPEG && r.Format != FormatPNG:
		return fmt.Errorf("rendition %q: Format must be %q, %q or %q, got %q", r.Name, FormatAuto, FormatJPEG, FormatPNG, r.Format)
	case r.Quality < 0 || r.Quality > 100:
		return fmt.Errorf("rendition %q: Quality must be from 1 to 100, got %d", r.Name, r.Quality)
	}
	return nil
}

func validateRenditions(renditions []Rendition) error {
	taken := map[string]bool{}
	for _, r := range renditions {
		if err := r.validate(); err != nil {
			return err
		}
		if taken[r.Name] {
			return fmt.Errorf("two renditions are named %q", r.Name)
		}
		taken[r.Name] = true
	}
	return nil
}

// renditionsJSON is how the function is told of its renditions.
func renditionsJSON(renditions []Rendition) string {
	text, err := json.Marshal(renditions)
	if err != nil {
		panic("thumbnailer: " + err.Error()) // Strings and numbers always marshal.
	}
	return string(text)
}
