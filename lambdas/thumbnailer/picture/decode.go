package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/bep/imagemeta"
	"golang.org/x/image/webp"
)

// codec is one file format that can be read.
type codec struct {
	magic  string // '?' stands for any byte
	name   string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	check  func(src []byte) error // what config and decode do not see; may be nil
	exif   imagemeta.ImageFormat  // ImageFormatAuto where the format has no EXIF
}

// The codecs are listed here rather than registered with package image, so that
// an import elsewhere in the program cannot widen what is accepted.
var codecs = []codec{
	{"\xff\xd8\xff", "JPEG", jpeg.DecodeConfig, jpeg.Decode, checkJPEG, imagemeta.JPEG},
	{"\x89PNG\r\n\x1a\n", "PNG", png.DecodeConfig, png.Decode, nil, imagemeta.PNG},
	{"GIF87a", "GIF", gif.DecodeConfig, gif.Decode, nil, imagemeta.ImageFormatAuto},
	{"GIF89a", "GIF", gif.DecodeConfig, gif.Decode, nil, imagemeta.ImageFormatAuto},
	{"RIFF????WEBP", "WebP", webp.DecodeConfig, webp.Decode, checkWebP, imagemeta.WebP},
}

// unreadable are formats that people do upload and that deserve better than "not
// an image".
var unreadable = []struct{ magic, name string }{
	{"????ftypavif", "AVIF"},
	{"????ftypavis", "AVIF"},
	{"????ftyphei", "HEIC"},
	{"????ftyphev", "HEIC"},
	{"????ftypmif1", "HEIF"},
	{"II*\x00", "TIFF"},
	{"MM\x00*", "TIFF"},
	{"\xff\x0a", "JPEG XL"},
	{"\x00\x00\x00\x0cJXL ", "JPEG XL"},
	{"BM", "BMP"},
	{"8BPS", "Photoshop"},
	{"%PDF-", "PDF"},
	{"<svg", "SVG"},
}

func hasMagic(src []byte, magic string) bool {
	if len(src) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != src[i] {
			return false
		}
	}
	return true
}

func sniff(src []byte) (codec, error) {
	for _, c := range codecs {
		if hasMagic(src, c.magic) {
			return c, nil
		}
	}
	for _, u := range unreadable {
		if hasMagic(src, u.magic) {
			return codec{}, rejected(ReasonUnsupported, "%s pictures are not supported", u.name)
		}
	}
	return codec{}, rejected(ReasonNotAnImage, "the content is neither JPEG, PNG, GIF nor WebP")
}

// decode reads src as far as limits allow. The size is known, and refused where
// it is too large, before memory for the picture is taken.
func decode(ctx context.Context, src []byte, limits Limits) (*source, error) {
	if len(src) == 0 {
		return nil, rejected(ReasonEmpty, "the source has no bytes")
	}
	if int64(len(src)) > limits.MaxBytes {
		return nil, rejected(ReasonTooManyBytes, "%d bytes, at most %d are accepted", len(src), limits.MaxBytes)
	}
	c, err := sniff(src)
	if err != nil {
		return nil, err
	}

	var cfg image.Config
	var img image.Image
	err = c.guard(ctx, src, func(r io.Reader) (err error) {
		cfg, err = c.config(r)
		return err
	})
	if err != nil {
		return nil, err
	}
	if cfg.Width < 1 || cfg.Height < 1 {
		return nil, rejected(ReasonDamaged, "%s of %d x %d pixels", c.name, cfg.Width, cfg.Height)
	}
	// Every format's sides fit 31 bits, so that their product fits 63.
	if n := int64(cfg.Width) * int64(cfg.Height); n > limits.MaxPixels {
		return nil, rejected(ReasonTooManyPixels, "%d x %d is %d pixels, at most %d are accepted", cfg.Width, cfg.Height, n, limits.MaxPixels)
	}
	// A row or column of millions of pixels is legal in a PNG alone, takes many times
	// the memory of a picture of as many pixels, and is nobody's.
	if max(cfg.Width, cfg.Height) > maxSide {
		return nil, rejected(ReasonTooManyPixels, "%d x %d pixels, at most %d are accepted on a side", cfg.Width, cfg.Height, maxSide)
	}
	if c.check != nil {
		if err := c.check(src); err != nil {
			return nil, err
		}
	}
	err = c.guard(ctx, src, func(r io.Reader) (err error) {
		img, err = c.decode(r)
		return err
	})
	if err != nil {
		return nil, err
	}
	if img.Bounds().Empty() {
		return nil, rejected(ReasonDamaged, "%s without pixels", c.name)
	}
	size := image.Pt(cfg.Width, cfg.Height)
	return &source{raster: newRaster(img, size, c.name == "WebP"), turn: turnOf(src, c.exif)}, nil
}

// guard runs f over src. The reader ends when ctx does, which stops a long decode
// in its middle; whatever else f fails with, a panic included, is the fault of src.
func (c codec) guard(ctx context.Context, src []byte, f func(io.Reader) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = rejected(ReasonDamaged, "the %s decoder panicked: %v", c.name, p)
		}
	}()
	err = f(&reader{ctx, bytes.NewReader(src)})
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("decode %s: %w", c.name, context.Cause(ctx))
	}
	var unsupportedJPEG jpeg.UnsupportedError
	var unsupportedPNG png.UnsupportedError
	if errors.As(err, &unsupportedJPEG) || errors.As(err, &unsupportedPNG) {
		return rejected(ReasonUnsupported, "%v", err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return rejected(ReasonDamaged, "the %s ends too early", c.name)
	}
	return rejected(ReasonDamaged, "%v", err)
}

type reader struct {
	ctx context.Context
	src *bytes.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.src.Read(p)
}

// maxScans bounds the scans of a JPEG. Each visits every block of the picture but
// may be only some 50 bytes long, so that a few megabytes of them would decode
// for an hour. Real progressive pictures have about ten; the bound leaves room
// for chance matches in 20 MB of profiles, previews and video around a picture.
const maxScans = 600

func checkJPEG(src []byte) error {
	if n := bytes.Count(src, []byte{0xff, 0xda}); n > maxScans {
		return rejected(ReasonUnsupported, "JPEG of %d scans, at most %d are accepted", n, maxScans)
	}
	return nil
}

// checkWebP reads the container only: the decoder stops at the end of the first
// frame and neither names animation nor misses what should follow.
func checkWebP(src []byte) error {
	if size := int64(binary.LittleEndian.Uint32(src[4:])) + 8; size > int64(len(src)) {
		return rejected(ReasonDamaged, "the WebP ends too early")
	}
	const animated = 1 << 1
	if flags := webpChunk(src, "VP8X"); len(flags) > 0 && flags[0]&animated != 0 {
		return rejected(ReasonUnsupported, "animated WebP is not supported")
	}
	return nil
}

// webpChunk returns the content of the first chunk with the given name, or nothing.
func webpChunk(src []byte, name string) []byte {
	for rest := src[12:]; len(rest) >= 8; {
		found, size := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		if found == name {
			return rest[:min(size, int64(len(rest)))]
		}
		rest = rest[min(size+size%2, int64(len(rest))):]
	}
	return nil
}
