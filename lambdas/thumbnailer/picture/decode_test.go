package picture

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// asIs asks for the whole picture at its own size, without loss.
var asIs = Rendition{Name: "as-is", MaxWidth: maxSide, Format: FormatPNG}

func make1(t testing.TB, src []byte, r Rendition) Output {
	t.Helper()
	outputs, err := Make(context.Background(), src, []Rendition{r}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(outputs) != 1 {
		t.Fatalf("%d outputs", len(outputs))
	}
	return outputs[0]
}

func nrgba(img image.Image) *image.NRGBA {
	b := img.Bounds()
	out := image.NewNRGBA(image.Rectangle{Max: b.Size()})
	for y := range b.Dy() {
		for x := range b.Dx() {
			out.Set(x, y, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

// colourPSNR compares two pictures over their red, green and blue on white.
func colourPSNR(t testing.TB, a, b image.Image) float64 {
	t.Helper()
	if a.Bounds().Size() != b.Bounds().Size() {
		t.Fatalf("sizes differ: %v and %v", a.Bounds().Size(), b.Bounds().Size())
	}
	p, q := nrgba(a), nrgba(b)
	sum := 0.0
	for i := 0; i < len(p.Pix); i += 4 {
		for c := range 3 {
			flat := func(m *image.NRGBA) float64 {
				alpha := float64(m.Pix[i+3]) / 255
				return float64(m.Pix[i+c])*alpha + 255*(1-alpha)
			}
			d := flat(p) - flat(q)
			sum += d * d
		}
	}
	if sum == 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(255*255*float64(len(p.Pix)/4*3)/sum)
}

func TestReadsEveryFormat(t *testing.T) {
	// How close each comes to the scene it shows, in decibels, less a margin of
	// half of one. The low ones were compressed hard.
	scene := map[string]float64{
		"jpeg-410.jpg": 26.6, "jpeg-411.jpg": 27.1, "jpeg-420.jpg": 27.5, "jpeg-422.jpg": 28.2,
		"jpeg-440.jpg": 28.2, "jpeg-444.jpg": 28.9, "jpeg-progressive.jpg": 27.5, "jpeg-restart.jpg": 30.3,
		"jpeg-orientation6.jpg": 33.8, "png-orientation6.png": 37.1, "webp-orientation6.webp": 33,
		"png-8.png": math.Inf(1), "png-16.png": math.Inf(1), "png-interlaced.png": math.Inf(1),
		"png-palette.png": 37.3, "gif.gif": 34, "gif-interlaced.gif": 34,
		"webp-lossy.webp": 32, "webp-lossless.webp": math.Inf(1),
	}
	// The others are compared with what the standard library says they show.
	own := map[string]float64{
		"jpeg-cmyk.jpg": math.Inf(1), "jpeg-rgb.jpg": math.Inf(1), "jpeg-gray.jpg": math.Inf(1),
		"png-gray.png": math.Inf(1), "png-gray16.png": math.Inf(1),
		"png-alpha.png": 50, "png-alpha16.png": 50, "png-palette-alpha.png": 50, "webp-lossless-alpha.webp": 50,
	}
	base := decodeAny(t, read(t, "testdata", "png-8.png"))
	transparent := decodeAny(t, read(t, "testdata", "png-alpha.png"))
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, e := range entries {
		if !slices.Contains([]string{".jpg", ".png", ".gif", ".webp"}, filepath.Ext(e.Name())) {
			continue
		}
		seen++
		t.Run(e.Name(), func(t *testing.T) {
			src := read(t, "testdata", e.Name())
			got := decodeAny(t, make1(t, src, asIs).Body)
			var want image.Image
			var least float64
			switch {
			case scene[e.Name()] > 0:
				want, least = base, scene[e.Name()]
			case own[e.Name()] > 0:
				want, least = decodeAny(t, src), own[e.Name()]
			case e.Name() == "webp-lossy-alpha.webp":
				want, least = transparent, 38
			default:
				t.Fatal("nothing is said about this file")
			}
			if d := colourPSNR(t, got, want); d < least {
				t.Errorf("%.1f dB, want at least %.1f", d, least)
			}

			// What is opaque becomes a JPEG by itself, in gray where it is gray.
			auto := make1(t, src, Rendition{Name: "auto", MaxWidth: 75})
			if want := strings.Contains(e.Name(), "alpha"); want != (auto.Extension == "png") || want != (auto.ContentType == "image/png") {
				t.Errorf("became %s (%s)", auto.Extension, auto.ContentType)
			}
			img, kind, err := image.Decode(bytes.NewReader(auto.Body))
			if err != nil {
				t.Fatal(err)
			}
			if "image/"+kind != auto.ContentType {
				t.Errorf("%s says that it is %s", kind, auto.ContentType)
			}
			if size := image.Pt(auto.Width, auto.Height); size != image.Pt(75, 52) || img.Bounds().Size() != size {
				t.Errorf("%v pixels, says %v", img.Bounds().Size(), size)
			}
			if _, isGray := img.(*image.Gray); isGray != strings.Contains(e.Name(), "gray") {
				t.Errorf("became %T", img)
			}
		})
	}
	if seen != len(scene)+len(own)+1 {
		t.Errorf("%d fixtures, %d are expected", seen, len(scene)+len(own)+1)
	}
}

func TestReadsYCCK(t *testing.T) {
	src := bytes.Clone(read(t, "testdata", "jpeg-cmyk.jpg"))
	adobe := bytes.Index(src, []byte("Adobe"))
	src[adobe+11] = 2 // the colour transform: YCCK
	got := decodeAny(t, make1(t, src, asIs).Body)
	if d := colourPSNR(t, got, decodeAny(t, src)); !math.IsInf(d, 1) {
		t.Errorf("%.1f dB", d)
	}
	if d := colourPSNR(t, got, decodeAny(t, read(t, "testdata", "jpeg-cmyk.jpg"))); d > 20 {
		t.Errorf("the transform makes no difference: %.1f dB", d)
	}
}

// TestTransparentColour has a PNG name one colour as transparent (tRNS).
func TestTransparentColour(t *testing.T) {
	opaque := image.NewRGBA(image.Rect(0, 0, 20, 10))
	for i := range opaque.Pix {
		opaque.Pix[i] = 0xff
	}
	for y := range 10 {
		for x := range 10 {
			opaque.Set(x, y, color.RGBA{1, 2, 3, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, opaque); err != nil {
		t.Fatal(err)
	}
	src := withChunk(b.Bytes(), "tRNS", []byte{0, 1, 0, 2, 0, 3})
	got := nrgba(decodeAny(t, make1(t, src, Rendition{Name: "auto", MaxWidth: 20}).Body))
	if a, b := got.NRGBAAt(2, 5), got.NRGBAAt(15, 5); a.A != 0 || b != (color.NRGBA{255, 255, 255, 255}) {
		t.Errorf("got %v and %v", a, b)
	}
}

// withChunk puts a chunk right after a PNG's header.
func withChunk(src []byte, name string, content []byte) []byte {
	const header = 8 + 12 + 13
	return slices.Concat(src[:header], chunk(name, content), src[header:])
}

func chunk(name string, content []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(append(b, name...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// gifOf writes frames on a screen.
func gifOf(t testing.TB, w, h int, frames ...*image.Paletted) []byte {
	t.Helper()
	g := &gif.GIF{Image: frames, Delay: make([]int, len(frames)), Config: image.Config{Width: w, Height: h}}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func frame(r image.Rectangle, c color.Color) *image.Paletted {
	m := image.NewPaletted(r, color.Palette{c, color.Black})
	return m
}

func TestGIF(t *testing.T) {
	red, blue := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}

	t.Run("a small frame lies where it belongs on a transparent screen", func(t *testing.T) {
		src := gifOf(t, 40, 30, frame(image.Rect(10, 5, 30, 25), red))
		out := make1(t, src, Rendition{Name: "auto", MaxWidth: 100})
		if out.Width != 40 || out.Height != 30 || out.Extension != "png" {
			t.Fatalf("%d x %d %s", out.Width, out.Height, out.Extension)
		}
		got := nrgba(decodeAny(t, out.Body))
		for y := range 30 {
			for x := range 40 {
				want := color.NRGBA{}
				if image.Pt(x, y).In(image.Rect(10, 5, 30, 25)) {
					want = color.NRGBA{255, 0, 0, 255}
				}
				if c := got.NRGBAAt(x, y); c != want {
					t.Fatalf("%v at %d, %d; want %v", c, x, y, want)
				}
			}
		}
	})

	t.Run("only the first of many frames is decoded", func(t *testing.T) {
		frames := []*image.Paletted{frame(image.Rect(0, 0, 400, 400), red)}
		for range 1000 {
			frames = append(frames, frame(image.Rect(0, 0, 400, 400), blue))
		}
		src := gifOf(t, 400, 400, frames...)
		var out Output
		if spent := allocated(func() { out = make1(t, src, Rendition{Name: "small", MaxWidth: 10, Format: FormatPNG}) }); spent > 4<<20 {
			t.Errorf("took %d bytes", spent)
		}
		if c := nrgba(decodeAny(t, out.Body)).NRGBAAt(5, 5); c != (color.NRGBA{255, 0, 0, 255}) {
			t.Errorf("shows %v", c)
		}
	})

	t.Run("a frame larger than the screen", func(t *testing.T) {
		src := gifOf(t, 40, 30, frame(image.Rect(0, 0, 40, 30), red))
		src[6] = 20 // the screen's width
		wantRejected(t, src, Limits{}, ReasonDamaged, "frame bounds")
	})

	t.Run("a huge screen around a small frame", func(t *testing.T) {
		src := gifOf(t, 40, 30, frame(image.Rect(0, 0, 40, 30), red))
		src[7], src[9] = 0xff, 0xff
		wantRejected(t, src, Limits{}, ReasonTooManyPixels, "65320 x 65310 is")
	})

	t.Run("a row of millions of pixels", func(t *testing.T) {
		src := pngOf(t, image.NewGray(image.Rect(0, 0, 5_000_000, 1)))
		square := Rendition{Name: "square", MaxWidth: 256, MaxHeight: 256, Fit: FitCover}
		if _, err := Make(context.Background(), src, []Rendition{square}, Limits{}); err == nil {
			t.Error("it was made into a square")
		}
		wantRejected(t, src, Limits{}, ReasonTooManyPixels, "5000000 x 1 pixels, at most 65535 are accepted on a side")
	})

	t.Run("a frame without pixels", func(t *testing.T) {
		src := []byte("GIF89a\x04\x00\x04\x00\x80\x00\x00" + // a screen of 4 x 4, two colours
			"\x00\x00\x00\xff\xff\xff" +
			"\x2c\x00\x00\x00\x00\x04\x00\x00\x00\x00" + // a frame of 4 x 0
			"\x02\x01\x2c\x00\x3b") // clear, end
		wantRejected(t, src, Limits{}, ReasonDamaged, "GIF without pixels")
	})
}

// allocated returns how many bytes f allocates, freed ones included.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func wantRejected(t testing.TB, src []byte, limits Limits, reason Reason, detail string) error {
	t.Helper()
	outputs, err := Make(context.Background(), src, []Rendition{asIs}, limits)
	var r *RejectedError
	switch {
	case !errors.As(err, &r):
		t.Errorf("got %d outputs and error %v", len(outputs), err)
	case r.Reason != reason || !strings.Contains(r.Detail, detail):
		t.Errorf("got %v; want %s with %q", err, reason, detail)
	case len(r.Detail) > maxDetail:
		t.Errorf("%d bytes of detail", len(r.Detail))
	case outputs != nil:
		t.Errorf("outputs as well as %v", err)
	}
	return err
}

func TestRejects(t *testing.T) {
	small := read(t, "testdata", "jpeg-420.jpg")
	lossless := read(t, "testdata", "webp-lossless.webp")
	vp8x := func(src []byte, flags byte, w, h int) []byte {
		x := []byte{'V', 'P', '8', 'X', 10, 0, 0, 0, flags, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), 0, byte(h - 1), byte((h - 1) >> 8), 0}
		b := slices.Concat(src[:12], x, src[12:])
		binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
		return b
	}
	patched := func(src []byte, at int, bytes ...byte) []byte {
		b := slices.Clone(src)
		copy(b[at:], bytes)
		return b
	}
	sof := bytes.Index(small, []byte{0xff, 0xc0})

	for name, test := range map[string]struct {
		src    []byte
		limits Limits
		reason Reason
		detail string
	}{
		"nothing":         {nil, Limits{}, ReasonEmpty, "no bytes"},
		"text":            {[]byte("hello, world"), Limits{}, ReasonNotAnImage, "neither JPEG"},
		"one byte":        {[]byte{0xff}, Limits{}, ReasonNotAnImage, ""},
		"a magic alone":   {[]byte("\x89PNG\r\n\x1a\n"), Limits{}, ReasonDamaged, "the PNG ends too early"},
		"a RIFF alone":    {[]byte("RIFF\x04\x00\x00\x00WEBP"), Limits{}, ReasonDamaged, ""},
		"AVIF":            {[]byte("\x00\x00\x00\x20ftypavif----"), Limits{}, ReasonUnsupported, "AVIF"},
		"HEIC":            {[]byte("\x00\x00\x00\x20ftypheic----"), Limits{}, ReasonUnsupported, "HEIC"},
		"TIFF":            {[]byte("II*\x00--------"), Limits{}, ReasonUnsupported, "TIFF"},
		"bytes":           {small, Limits{MaxBytes: int64(len(small)) - 1}, ReasonTooManyBytes, "3407 bytes, at most 3406"},
		"bytes, default":  {make([]byte, 32<<20+1), Limits{}, ReasonTooManyBytes, "at most 33554432"},
		"pixels":          {small, Limits{MaxPixels: 150*103 - 1}, ReasonTooManyPixels, "150 x 103 is 15450 pixels, at most 15449 are accepted"},
		"pixels, default": {patched(small, sof+5, 0xff, 0xff, 0xff, 0xff), Limits{}, ReasonTooManyPixels, "at most 50000000"},
		"no height":       {patched(small, sof+5, 0, 0), Limits{}, ReasonDamaged, "JPEG of 150 x 0 pixels"},
		"12 bits":         {patched(small, sof+4, 12), Limits{}, ReasonUnsupported, "precision"},
		"lossless JPEG":   {patched(small, sof+1, 0xc3), Limits{}, ReasonUnsupported, "unknown marker"},
		"CMYK of unknown colours": {
			bytes.Replace(read(t, "testdata", "jpeg-cmyk.jpg"), []byte("Adobe"), []byte("adobe"), 1),
			Limits{}, ReasonUnsupported, "Adobe"},
		"many scans": {
			slices.Concat(small[:2], []byte{0xff, 0xfe, 0x08, 0x02}, bytes.Repeat([]byte{0xff, 0xda}, 1024), small[2:]),
			Limits{}, ReasonUnsupported, "scans, at most 600"},
		"animated WebP":          {vp8x(lossless, 2, 150, 103), Limits{}, ReasonUnsupported, "animated"},
		"WebP on another canvas": {vp8x(lossless, 0, 151, 103), Limits{}, ReasonDamaged, ""},
		"WebP on a huge canvas":  {vp8x(lossless, 0, 16384, 16384), Limits{}, ReasonTooManyPixels, ""},
		"PNG with a broken sum":  {patched(read(t, "testdata", "png-8.png"), 20, 7), Limits{}, ReasonDamaged, "checksum"},
	} {
		t.Run(name, func(t *testing.T) { wantRejected(t, test.src, test.limits, test.reason, test.detail) })
	}

	t.Run("not at the limits", func(t *testing.T) {
		limits := Limits{MaxBytes: int64(len(small)), MaxPixels: 150 * 103}
		if _, err := Make(context.Background(), small, []Rendition{asIs}, limits); err != nil {
			t.Error(err)
		}
		if _, err := Make(context.Background(), vp8x(lossless, 0, 150, 103), []Rendition{asIs}, Limits{}); err != nil {
			t.Error(err)
		}
	})
}

func TestRejectedError(t *testing.T) {
	err := rejected(ReasonTooManyPixels, "%d x %d is %d pixels, at most %d are accepted", 16000, 16000, 256000000, 50000000)
	const want = "rejected (too-many-pixels): 16000 x 16000 is 256000000 pixels, at most 50000000 are accepted"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	for _, n := range []int{101, 120, 1000} {
		long := rejected(ReasonDamaged, "%s", strings.Repeat("é", n)).(*RejectedError).Detail
		if len(long) > maxDetail || !strings.HasSuffix(long, "…") || strings.ContainsRune(long, '\uFFFD') {
			t.Errorf("%d bytes: %q", len(long), long)
		}
	}
	if whole := rejected(ReasonDamaged, "%s", strings.Repeat("é", 100)).(*RejectedError).Detail; whole != strings.Repeat("é", 100) {
		t.Errorf("cut to %q", whole)
	}
}

// TestBomb refuses a PNG of 16000 x 16000 pixels, of one bit each and all of them
// zero: 31 KB that would take 256 MB.
func TestBomb(t *testing.T) {
	const side = 16000
	var data bytes.Buffer
	z := zlib.NewWriter(&data)
	row := make([]byte, 1+side/8)
	for range side {
		if _, err := z.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, side), side)
	header = append(header, 1, 0, 0, 0, 0)
	src := slices.Concat([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", header), chunk("IDAT", data.Bytes()), chunk("IEND", nil))

	spent := allocated(func() {
		wantRejected(t, src, Limits{}, ReasonTooManyPixels, "16000 x 16000 is 256000000 pixels, at most 50000000 are accepted")
	})
	if spent > 1<<20 {
		t.Errorf("took %d bytes to refuse", spent)
	}
	if _, err := png.DecodeConfig(bytes.NewReader(src)); err != nil {
		t.Errorf("the bomb is a dud: %v", err)
	}
}

// TestMetadataBombs hides 20 MB of zeros where a careless reader unpacks them.
func TestMetadataBombs(t *testing.T) {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	zeros := make([]byte, 1<<20)
	for range 20 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	plain := read(t, "testdata", "png-8.png")
	// A directory of 65535 entries, each an array of 65535 rationals at offset 8.
	tiff := []byte("MM\x00*\x00\x00\x00\x08\xff\xff")
	for range 65535 {
		tiff = append(tiff, 0x87, 0x69, 0, 5, 0, 0, 0xff, 0xff, 0, 0, 0, 8)
	}
	for name, src := range map[string][]byte{
		"iCCP":       withChunk(plain, "iCCP", append([]byte("icc\x00\x00"), packed.Bytes()...)),
		"zTXt":       withChunk(plain, "zTXt", append([]byte("Raw profile type iptc\x00\x00"), packed.Bytes()...)),
		"EXIF count": withChunk(plain, "eXIf", tiff),
	} {
		t.Run(name, func(t *testing.T) {
			if spent := allocated(func() { make1(t, src, asIs) }); spent > 8<<20 {
				t.Errorf("took %d bytes", spent)
			}
		})
	}
}

func TestTruncated(t *testing.T) {
	for _, name := range []string{
		"jpeg-420.jpg", "jpeg-progressive.jpg", "jpeg-cmyk.jpg", "png-8.png", "png-interlaced.png", "png-palette.png",
		"gif.gif", "webp-lossy.webp", "webp-lossless.webp", "webp-lossy-alpha.webp", "webp-orientation6.webp",
	} {
		src := read(t, "testdata", name)
		for n := 16; n < len(src)-1; n += 1 + len(src)/97 {
			wantRejected(t, src[:n], Limits{}, ReasonDamaged, "")
			if t.Failed() {
				t.Fatalf("%s cut after %d of %d bytes", name, n, len(src))
			}
		}
	}
}

// TestDecoderPanics has a decoder fail as none of the known ones do.
func TestDecoderPanics(t *testing.T) {
	c := codec{name: "PNG"}
	err := c.guard(context.Background(), []byte{1}, func(io.Reader) error {
		var none []int
		_ = none[len(t.Name())]
		return nil
	})
	var r *RejectedError
	if !errors.As(err, &r) || r.Reason != ReasonDamaged || !strings.Contains(r.Detail, "the PNG decoder panicked: runtime error: index out of range") {
		t.Errorf("got %v", err)
	}
}

func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	src := read(t, "testdata", "jpeg-420.jpg")

	// A decoder that is under way notices.
	c := codec{name: "JPEG"}
	err := c.guard(ctx, src, func(r io.Reader) error {
		if n, err := r.Read(make([]byte, 8)); n != 8 || err != nil {
			t.Errorf("%d bytes and %v", n, err)
		}
		cancel()
		n, err := r.Read(make([]byte, 8))
		if n != 0 {
			t.Errorf("%d bytes after the end", n)
		}
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	_, err = Make(ctx, src, []Rendition{asIs}, Limits{})
	var r *RejectedError
	if !errors.Is(err, context.Canceled) || errors.As(err, &r) {
		t.Errorf("got %v", err)
	}

	// So does the cascade between two renditions.
	source, err := decode(context.Background(), src, Limits{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	emitted := 0
	wanted := source.target(Rendition{MaxWidth: 50})
	err = source.cascade(ctx, []target{wanted, wanted}, func(int, *raster) error {
		emitted++
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || emitted != 1 {
		t.Errorf("got %v after %d renditions", err, emitted)
	}
}
