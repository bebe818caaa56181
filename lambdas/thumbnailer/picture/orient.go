package picture

import (
	"bytes"
	"image"

	"github.com/bep/imagemeta"
)

// turn is how a picture as stored becomes upright: its axes are mirrored first
// and swapped then. The eight EXIF orientations are the eight combinations.
type turn struct {
	mirrorX, mirrorY, swap bool
}

var orientations = [...]turn{
	1: {},
	2: {mirrorX: true},
	3: {mirrorX: true, mirrorY: true},
	4: {mirrorY: true},
	5: {swap: true},
	6: {mirrorY: true, swap: true},
	7: {mirrorX: true, mirrorY: true, swap: true},
	8: {mirrorX: true, swap: true},
}

// turnOf reads the EXIF orientation. EXIF is advice: where it is absent, broken or
// nonsense the picture is taken as it is.
func turnOf(src []byte, format imagemeta.ImageFormat) (t turn) {
	if format == imagemeta.ImageFormatAuto {
		return turn{}
	}
	if format == imagemeta.WebP {
		// libwebp's specification wants a bare TIFF in the chunk; libvips and
		// others write what a JPEG would have, which imagemeta does not read.
		src = bytes.TrimPrefix(webpChunk(src, "EXIF"), []byte("Exif\x00\x00"))
		format = imagemeta.TIFF
	}
	wanted := func(tag imagemeta.TagInfo) bool {
		return tag.Namespace == "IFD0" && tag.Tag == "Orientation"
	}
	// The error has nothing to add, and Decode recovers from its own panics.
	_, _ = imagemeta.Decode(imagemeta.Options{
		R:               bytes.NewReader(src),
		ImageFormat:     format,
		Sources:         imagemeta.EXIF,
		ShouldHandleTag: wanted,
		HandleTag: func(tag imagemeta.TagInfo) error {
			if v, ok := tag.Value.(uint16); ok && 1 <= v && int(v) < len(orientations) {
				t = orientations[v]
			}
			return imagemeta.ErrStopWalking
		},
		// An orientation has 2 bytes and a pointer to a directory 4. Skipping
		// what is larger also skips arrays of pointers, which could otherwise
		// multiply a small file into hours of reading.
		LimitTagSize: 4,
	})
	return t
}

// size returns how large a picture of the given size is after the turn, or,
// swapping being its own inverse, how large it was before.
func (t turn) size(p image.Point) image.Point {
	if t.swap {
		return image.Pt(p.Y, p.X)
	}
	return p
}

// before returns where the area r of the upright picture lies in the stored one,
// which has the given size.
func (t turn) before(r image.Rectangle, stored image.Point) image.Rectangle {
	if t.swap {
		r = image.Rect(r.Min.Y, r.Min.X, r.Max.Y, r.Max.X)
	}
	if t.mirrorX {
		r.Min.X, r.Max.X = stored.X-r.Max.X, stored.X-r.Min.X
	}
	if t.mirrorY {
		r.Min.Y, r.Max.Y = stored.Y-r.Max.Y, stored.Y-r.Min.Y
	}
	return r
}

// plane turns one plane of samples.
func (t turn) plane(p plane) plane {
	if t == (turn{}) {
		return p
	}
	out := newPlane(p.width, p.height)
	if t.swap {
		out = newPlane(p.height, p.width)
	}
	for y := range p.height {
		toY := y
		if t.mirrorY {
			toY = p.height - 1 - y
		}
		// to walks over out as x walks over the row.
		to, step := toY*out.width, 1
		if t.swap {
			to, step = toY, out.width
		}
		if t.mirrorX {
			to, step = to+(p.width-1)*step, -step
		}
		for _, sample := range p.row(y) {
			out.pix[to] = sample
			to += step
		}
	}
	return out
}
