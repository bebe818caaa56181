package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"testing"

	_ "image/gif"
	_ "image/png"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
)

// The photographs lie at the root, where other packages use them too.
const photos = "../../../../test/testdata/photos"

func read(t testing.TB, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// photo12MP makes a JPEG of 4000 x 3000 pixels (4:2:0, baseline) with the detail
// of a photograph by laying the test photograph side by side with its mirror
// images, so that there is no seam.
func photo12MP(t testing.TB) []byte {
	t.Helper()
	photo, err := jpeg.Decode(bytes.NewReader(read(t, photos, "Landscape_1.jpg")))
	if err != nil {
		t.Fatal(err)
	}
	src := photo.(*image.YCbCr)
	fold := func(i, n int) int {
		i %= 2 * n
		return min(i, 2*n-1-i)
	}
	tile := func(dst, from []uint8, w, h, dstStride, fromStride, fromW, fromH int) {
		for y := range h {
			for x := range w {
				dst[y*dstStride+x] = from[fold(y, fromH)*fromStride+fold(x, fromW)]
			}
		}
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	out := image.NewYCbCr(image.Rect(0, 0, 4000, 3000), image.YCbCrSubsampleRatio420)
	tile(out.Y, src.Y, 4000, 3000, out.YStride, src.YStride, w, h)
	cw, ch := (w+1)/2, (h+1)/2
	if src.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		t.Fatalf("the photograph has %v", src.SubsampleRatio)
	}
	tile(out.Cb, src.Cb, 2000, 1500, out.CStride, src.CStride, cw, ch)
	tile(out.Cr, src.Cr, 2000, 1500, out.CStride, src.CStride, cw, ch)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, out, &jpeg.Options{Quality: 88}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// luma returns the luma of a picture.
func luma(img image.Image) *image.Gray {
	out := image.NewGray(image.Rectangle{Max: img.Bounds().Size()})
	if m, ok := img.(*image.YCbCr); ok {
		for y := range out.Rect.Dy() {
			copy(out.Pix[y*out.Stride:][:out.Rect.Dx()], m.Y[y*m.YStride:])
		}
		return out
	}
	b := img.Bounds()
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.SetGray(x, y, color.GrayModel.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.Gray))
		}
	}
	return out
}

// catmullRomOf scales with x/image/draw, which is the reference for quality.
func catmullRomOf(src image.Image, w, h int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, w, h))
	l := luma(src)
	draw.CatmullRom.Scale(out, out.Rect, l, l.Rect, draw.Src, nil)
	return out
}

// psnr compares two pictures of the same size in decibels.
func psnr(t testing.TB, a, b *image.Gray) float64 {
	t.Helper()
	if a.Rect.Size() != b.Rect.Size() {
		t.Fatalf("sizes differ: %v and %v", a.Rect.Size(), b.Rect.Size())
	}
	sum := 0.0
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			d := float64(a.Pix[y*a.Stride+x]) - float64(b.Pix[y*b.Stride+x])
			sum += d * d
		}
	}
	if sum == 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(255*255*float64(a.Rect.Dx()*a.Rect.Dy())/sum)
}

func decodeAny(t testing.TB, b []byte) image.Image {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}
