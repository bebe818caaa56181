// Package photos holds the photographs that tests and benchmarks work on. They
// are Dave Perrett's, under the MIT licence beside them: one landscape, stored in
// each of the eight EXIF orientations.
package photos

import (
	"bytes"
	"embed"
	"fmt"
	"image"
	"image/jpeg"
)

//go:embed Landscape_*.jpg
var files embed.FS

// Landscape is the photograph in an EXIF orientation from 1 to 8: a JPEG, upright
// of 1800 by 1200 pixels. Any other orientation panics.
func Landscape(orientation int) []byte {
	content, err := files.ReadFile(fmt.Sprintf("Landscape_%d.jpg", orientation))
	if err != nil {
		panic("photos: " + err.Error())
	}
	return content
}

// TwelveMegapixels is a JPEG of 4000 by 3000 pixels (4:2:0, baseline) with the
// detail of a photograph: the landscape side by side with its mirror images, so
// that there is no seam.
func TwelveMegapixels() []byte {
	photo, err := jpeg.Decode(bytes.NewReader(Landscape(1)))
	if err != nil {
		panic("photos: " + err.Error())
	}
	src := photo.(*image.YCbCr)
	w, h := src.Rect.Dx(), src.Rect.Dy()
	out := image.NewYCbCr(image.Rect(0, 0, 4000, 3000), image.YCbCrSubsampleRatio420)
	tile(out.Y, out.YStride, 4000, 3000, src.Y, src.YStride, w, h)
	tile(out.Cb, out.CStride, 2000, 1500, src.Cb, src.CStride, (w+1)/2, (h+1)/2)
	tile(out.Cr, out.CStride, 2000, 1500, src.Cr, src.CStride, (w+1)/2, (h+1)/2)
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, out, &jpeg.Options{Quality: 88}); err != nil {
		panic("photos: " + err.Error())
	}
	return encoded.Bytes()
}

// tile fills a plane of w by h with mirrored copies of another.
func tile(dst []uint8, stride, w, h int, src []uint8, srcStride, srcW, srcH int) {
	fold := func(i, n int) int {
		i %= 2 * n
		return min(i, 2*n-1-i)
	}
	for y := range h {
		for x := range w {
			dst[y*stride+x] = src[fold(y, srcH)*srcStride+fold(x, srcW)]
		}
	}
}
