package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"slices"
	"testing"

	"github.com/bep/imagemeta"

	"refstack/test/photos"
)

// TestPhotographs makes renditions of one photograph that is stored in each of the
// eight orientations.
func TestPhotographs(t *testing.T) {
	renditions := []Rendition{
		{Name: "inside", MaxWidth: 450, Quality: 95},
		{Name: "odd", MaxWidth: 301, MaxHeight: 201, Quality: 95},
		{Name: "cover", MaxWidth: 120, MaxHeight: 160, Fit: FitCover, Quality: 95},
		{Name: "tall", MaxHeight: 100, Format: FormatPNG},
	}
	sizes := []image.Point{{450, 300}, {301, 201}, {120, 160}, {150, 100}}
	var want []*image.Gray
	for i := 1; i <= 8; i++ {
		outputs, err := Make(context.Background(), photos.Landscape(i), renditions, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for k, out := range outputs {
			name := fmt.Sprintf("%s of Landscape_%d", renditions[k].Name, i)
			if got := image.Pt(out.Width, out.Height); got != sizes[k] {
				t.Fatalf("%s is %v, want %v", name, got, sizes[k])
			}
			got := luma(decodeAny(t, out.Body))
			if i == 1 {
				want = append(want, got)
			}
			// The eight files themselves differ by 29 to 31 dB.
			if d := psnr(t, got, want[k]); d < 28 {
				t.Errorf("%s: %.1f dB", name, d)
			}
			if bytes.Contains(out.Body, []byte("Exif")) {
				t.Errorf("%s carries EXIF", name)
			}
		}
	}
}

// withOrientation puts EXIF with one value into a JPEG.
func withOrientation(src []byte, order binary.AppendByteOrder, kind uint16, count uint32, value uint16) []byte {
	tiff := []byte("II*\x00\x08\x00\x00\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		tiff = []byte("MM\x00*\x00\x00\x00\x08")
	}
	tiff = order.AppendUint16(tiff, 1)
	tiff = order.AppendUint16(tiff, 0x0112)
	tiff = order.AppendUint16(tiff, kind)
	tiff = order.AppendUint32(tiff, count)
	tiff = order.AppendUint16(tiff, value)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(segment)+2))
	return slices.Concat(src[:2], head, segment, src[2:])
}

func TestTurnOf(t *testing.T) {
	plain := read(t, "testdata", "jpeg-420.jpg")
	little, big := binary.AppendByteOrder(binary.LittleEndian), binary.AppendByteOrder(binary.BigEndian)
	const short = 3
	for i := 1; i <= 8; i++ {
		for _, order := range []binary.AppendByteOrder{little, big} {
			if got := turnOf(withOrientation(plain, order, short, 1, uint16(i)), imagemeta.JPEG); got != orientations[i] {
				t.Errorf("%d (%v): %+v", i, order, got)
			}
		}
	}
	for name, src := range map[string][]byte{
		"none":           plain,
		"0":              withOrientation(plain, big, short, 1, 0),
		"9":              withOrientation(plain, big, short, 1, 9),
		"65535":          withOrientation(plain, big, short, 1, 65535),
		"a byte":         withOrientation(plain, big, 1, 1, 0x0600),
		"unknown type":   withOrientation(plain, big, 77, 1, 6),
		"two values":     withOrientation(plain, big, short, 2, 6),
		"4 billion":      withOrientation(plain, big, short, 1<<32-1, 6),
		"no directory":   slices.Concat(plain[:2], []byte("\xff\xe1\x00\x10Exif\x00\x00MM\x00*\xff\xff\xff\xff"), plain[2:]),
		"cut off":        slices.Concat(plain[:2], []byte("\xff\xe1\x00\x08Exif\x00\x00"), plain[2:]),
		"length 0":       slices.Concat(plain[:2], []byte("\xff\xe1\x00\x00"), plain[2:]),
		"nothing at all": nil,
	} {
		if got := turnOf(src, imagemeta.JPEG); got != (turn{}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	// EXIF that is broken does not break the picture.
	make1(t, withOrientation(plain, big, 77, 1, 6), asIs)

	if got := turnOf(read(t, "testdata", "webp-lossy.webp"), imagemeta.WebP); got != (turn{}) {
		t.Errorf("WebP without EXIF: %+v", got)
	}
	// The orientation of the preview that EXIF may hold is not that of the picture.
	preview := []byte("MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x0e\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00")
	if got := turnOf(withChunk(read(t, "testdata", "png-8.png"), "eXIf", preview), imagemeta.PNG); got != (turn{}) {
		t.Errorf("of the preview: %+v", got)
	}
	// Chunks of odd length are padded.
	if got := webpChunk([]byte("RIFF\x00\x00\x00\x00WEBPICCP\x01\x00\x00\x00i\x00EXIF\x02\x00\x00\x00MM"), "EXIF"); string(got) != "MM" {
		t.Errorf("EXIF after an odd chunk: %q", got)
	}
	if got := turnOf([]byte("RIFF\x00\x00\x00\x00WEBPEXIF\xff\xff\xff\xffMM"), imagemeta.WebP); got != (turn{}) {
		t.Errorf("WebP with EXIF cut off: %+v", got)
	}
}

// TestTurn turns a picture of two rows by every orientation. The numbers are read
// as one would look at the picture.
func TestTurn(t *testing.T) {
	stored := plane{[]uint8{1, 2, 3, 4, 5, 6}, 3, 2}
	for i, want := range []plane{
		1: {[]uint8{1, 2, 3, 4, 5, 6}, 3, 2},
		2: {[]uint8{3, 2, 1, 6, 5, 4}, 3, 2},
		3: {[]uint8{6, 5, 4, 3, 2, 1}, 3, 2},
		4: {[]uint8{4, 5, 6, 1, 2, 3}, 3, 2},
		5: {[]uint8{1, 4, 2, 5, 3, 6}, 2, 3},
		6: {[]uint8{4, 1, 5, 2, 6, 3}, 2, 3},
		7: {[]uint8{6, 3, 5, 2, 4, 1}, 2, 3},
		8: {[]uint8{3, 6, 2, 5, 1, 4}, 2, 3},
	} {
		if i == 0 {
			continue
		}
		o := orientations[i]
		got := o.plane(stored)
		if got.width != want.width || got.height != want.height || !slices.Equal(got.pix, want.pix) {
			t.Errorf("%d: got %v, want %v", i, got, want)
		}
		if size := o.size(image.Pt(3, 2)); size != image.Pt(want.width, want.height) {
			t.Errorf("%d: size %v", i, size)
		}
		// before finds, for each pixel of the upright picture, where it was.
		for y := range want.height {
			for x := range want.width {
				at := o.before(image.Rect(x, y, x+1, y+1), image.Pt(3, 2))
				if at.Size() != image.Pt(1, 1) || stored.row(at.Min.Y)[at.Min.X] != want.row(y)[x] {
					t.Errorf("%d: pixel %d, %d was at %v", i, x, y, at)
				}
			}
		}
	}
}

// TestTurnedPNG stores one picture in every orientation, without loss, and wants
// the same renditions, up to rounding.
func TestTurnedPNG(t *testing.T) {
	upright := nrgba(decodeAny(t, read(t, "testdata", "png-8.png")))
	for _, r := range []Rendition{
		{Name: "inside", MaxWidth: 61, Format: FormatPNG},
		{Name: "cover", MaxWidth: 31, MaxHeight: 40, Fit: FitCover, Format: FormatPNG},
		{Name: "crop", MaxWidth: 200, MaxHeight: 200, Fit: FitCover, Format: FormatPNG},
	} {
		want := nrgba(decodeAny(t, make1(t, read(t, "testdata", "png-8.png"), r).Body))
		for i := 1; i <= 8; i++ {
			o := orientations[i]
			stored := image.NewNRGBA(image.Rectangle{Max: o.size(upright.Rect.Size())})
			for y := range upright.Rect.Dy() {
				for x := range upright.Rect.Dx() {
					at := o.before(image.Rect(x, y, x+1, y+1), stored.Rect.Size()).Min
					stored.Set(at.X, at.Y, upright.At(x, y))
				}
			}
			var b bytes.Buffer
			if err := png.Encode(&b, stored); err != nil {
				t.Fatal(err)
			}
			exif := []byte{'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(i), 0, 0, 0, 0, 0, 0}
			got := nrgba(decodeAny(t, make1(t, withChunk(b.Bytes(), "eXIf", exif), r).Body))
			if got.Rect != want.Rect {
				t.Fatalf("%s, orientation %d: %v, want %v", r.Name, i, got.Rect, want.Rect)
			}
			for k := range got.Pix {
				if d := int(got.Pix[k]) - int(want.Pix[k]); d < -2 || d > 2 {
					t.Fatalf("%s, orientation %d: sample %d is %d, want %d", r.Name, i, k, got.Pix[k], want.Pix[k])
				}
			}
		}
	}
}

// TestChromaOfMirrored compares odd-sized renditions of a picture with the picture
// turned beforehand: chroma must not slip against luma by half a sample.
func TestChromaOfMirrored(t *testing.T) {
	src := read(t, "testdata", "jpeg-444.jpg")
	r := Rendition{Name: "odd", MaxWidth: 51, MaxHeight: 51, Quality: 100}
	for i := 2; i <= 8; i++ {
		turned := withOrientation(src, binary.BigEndian, 3, 1, uint16(i))
		got := decodeAny(t, make1(t, turned, r).Body).(*image.YCbCr)

		// The reference: the same, but with chroma at full size until the end.
		whole := r
		whole.Format = FormatPNG
		full := nrgba(decodeAny(t, make1(t, turned, whole).Body))
		sum, n := 0.0, 0
		for y := range full.Rect.Dy() / 2 {
			for x := range full.Rect.Dx() / 2 {
				mean := 0.0
				for _, p := range []image.Point{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
					c := full.NRGBAAt(2*x+p.X, 2*y+p.Y)
					mean += 128 - 0.168736*float64(c.R) - 0.331264*float64(c.G) + 0.5*float64(c.B)
				}
				d := float64(got.Cb[y*got.CStride+x]) - mean/4
				sum += d * d
				n++
			}
		}
		if e := sum / float64(n); e > 3 {
			t.Errorf("orientation %d: chroma is off by %.2f, squared", i, e)
		}
	}
}
