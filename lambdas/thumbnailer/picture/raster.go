package picture

import (
	"image"
	"image/color"
)

// model says what the channels of a raster mean.
type model int

const (
	gray model = iota // one channel
	ycc               // JPEG's YCbCr
	rgb
	rgba // premultiplied
)

// raster is a picture as bands of samples.
type raster struct {
	model model
	size  image.Point
	bands []band
}

// band is one or more channels whose samples lie on the same grid. They are read
// a row at a time, so that a picture in an unusual layout is never converted as a
// whole.
type band struct {
	x, y     grid
	channels int
	// row returns the samples of row y, one slice a channel. They are valid
	// until the next call, unless stable says that they stay.
	row    func(y int) [][]uint8
	stable bool
	planes []plane // the channels, where they lie in memory as planes of our own
}

// grid places the samples of a band along one axis: sample i is pitch pixels wide
// and the first one starts at origin.
type grid struct {
	n      int
	origin float64
	pitch  float64
}

func pixels(n int) grid { return grid{n: n, pitch: 1} }

// plane is the samples of one channel.
type plane struct {
	pix           []uint8
	width, height int
}

func newPlane(width, height int) plane {
	return plane{make([]uint8, width*height), width, height}
}

func (p plane) row(y int) []uint8 { return p.pix[y*p.width:][:p.width:p.width] }

// newRaster reads a decoded picture. size may be larger than the bounds of img,
// which then lies on a transparent screen (GIF).
func newRaster(img image.Image, size image.Point, videoRange bool) *raster {
	x, y, b := pixels(size.X), pixels(size.Y), img.Bounds()
	interleaved := func(m model, channels int, fill func(y int, dst [][]uint8)) *raster {
		dst := make([][]uint8, channels)
		for c := range dst {
			dst[c] = make([]uint8, size.X)
		}
		row := func(y int) [][]uint8 {
			fill(y, dst)
			return dst
		}
		return &raster{m, size, []band{{x: x, y: y, channels: channels, row: row}}}
	}

	switch m := img.(type) {
	case *image.Gray:
		return &raster{gray, size, []band{planar(x, y, m.Pix, m.Stride)}}

	case *image.YCbCr:
		w, h := subsampling(m.SubsampleRatio)
		cx := grid{n: (size.X + w - 1) / w, pitch: float64(w)}
		cy := grid{n: (size.Y + h - 1) / h, pitch: float64(h)}
		bands := []band{planar(x, y, m.Y, m.YStride), planar(cx, cy, m.Cb, m.CStride), planar(cx, cy, m.Cr, m.CStride)}
		if videoRange {
			for i, table := range []*[256]uint8{&fullLuma, &fullChroma, &fullChroma} {
				bands[i] = bands[i].mapped(table)
			}
		}
		return &raster{ycc, size, bands}

	case *image.NYCbCrA:
		return interleaved(rgba, 4, func(y int, dst [][]uint8) {
			for x := range size.X {
				c := m.YCbCrAt(x, y)
				a := m.A[m.AOffset(x, y)]
				r, g, b := color.YCbCrToRGB(fullLuma[c.Y], fullChroma[c.Cb], fullChroma[c.Cr])
				dst[0][x], dst[1][x], dst[2][x], dst[3][x] = times(r, a), times(g, a), times(b, a), a
			}
		})

	case *image.RGBA: // opaque: no decoder returns it otherwise
		return interleaved(rgb, 3, func(y int, dst [][]uint8) {
			r, g, b := dst[0], dst[1], dst[2]
			for x, p := range quads(m.Pix[y*m.Stride:], size.X) {
				r[x], g[x], b[x] = p[0], p[1], p[2]
			}
		})

	case *image.NRGBA:
		if m.Opaque() {
			return newRaster(&image.RGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}, size, false)
		}
		return interleaved(rgba, 4, func(y int, dst [][]uint8) {
			for x, p := range quads(m.Pix[y*m.Stride:], size.X) {
				dst[0][x], dst[1][x], dst[2][x], dst[3][x] = times(p[0], p[3]), times(p[1], p[3]), times(p[2], p[3]), p[3]
			}
		})

	case *image.Paletted:
		var table [256][4]uint8
		for i, c := range m.Palette {
			r, g, b, a := c.RGBA()
			table[i] = [4]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(a >> 8)}
		}
		kind, channels := rgba, 4
		if m.Opaque() && b.Size() == size {
			kind, channels = rgb, 3
		}
		return interleaved(kind, channels, func(y int, dst [][]uint8) {
			for c := range dst {
				clear(dst[c])
				if y < b.Min.Y || y >= b.Max.Y {
					continue
				}
				row := m.Pix[(y-b.Min.Y)*m.Stride:][:b.Dx()]
				for x, index := range row {
					dst[c][b.Min.X+x] = table[index][c]
				}
			}
		})
	}

	// What is left is rare: PNGs of 16 bits and JPEGs in CMYK.
	kind, channels := rgba, 4
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		kind, channels = rgb, 3
	}
	if _, ok := img.(*image.Gray16); ok {
		kind, channels = gray, 1
	}
	at := img.(image.RGBA64Image).RGBA64At
	return interleaved(kind, channels, func(y int, dst [][]uint8) {
		for x := range size.X {
			c := at(x, y)
			v := [4]uint8{uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8), uint8(c.A >> 8)}
			for i := range dst {
				dst[i][x] = v[i]
			}
		}
	})
}

// planar is a band of one channel that lies in memory as it is.
func planar(x, y grid, pix []uint8, stride int) band {
	rows := make([][]uint8, 1)
	return band{x: x, y: y, channels: 1, stable: true, row: func(y int) [][]uint8 {
		rows[0] = pix[y*stride:][:x.n:x.n]
		return rows
	}}
}

// planarBand is the band of planes that were made by resampling.
func planarBand(x, y grid, planes []plane) band {
	rows := make([][]uint8, len(planes))
	return band{x: x, y: y, channels: len(planes), stable: true, planes: planes, row: func(y int) [][]uint8 {
		for c, p := range planes {
			rows[c] = p.row(y)
		}
		return rows
	}}
}

// mapped returns b with every sample looked up in table.
func (b band) mapped(table *[256]uint8) band {
	row, scratch := b.row, [][]uint8{make([]uint8, b.x.n)}
	b.stable = false
	b.row = func(y int) [][]uint8 {
		for x, v := range row(y)[0] {
			scratch[0][x] = table[v]
		}
		return scratch
	}
	return b
}

// A WebP picture has luma from 16 to 235 and chroma from 16 to 240, as video has.
// The decoder hands that out as it is, although image.YCbCr means JPEG's full
// range. These tables stretch it.
var fullLuma, fullChroma = stretch(16, 219), stretch(128, 224)

// stretch makes a table that maps a distance of span to one of 255; around zero
// is mapped to itself, or to 0 for luma.
func stretch(zero, span int) (table [256]uint8) {
	base := 0
	if zero == 128 {
		base = 128
	}
	for i := range table {
		v := float64(i-zero)*255/float64(span) + float64(base)
		table[i] = uint8(min(max(v+0.5, 0), 255))
	}
	return table
}

func subsampling(r image.YCbCrSubsampleRatio) (w, h int) {
	switch r {
	case image.YCbCrSubsampleRatio422:
		return 2, 1
	case image.YCbCrSubsampleRatio420:
		return 2, 2
	case image.YCbCrSubsampleRatio440:
		return 1, 2
	case image.YCbCrSubsampleRatio411:
		return 4, 1
	case image.YCbCrSubsampleRatio410:
		return 4, 2
	default:
		return 1, 1
	}
}

// quads yields the first n groups of four bytes of pix.
func quads(pix []uint8, n int) func(yield func(int, *[4]uint8) bool) {
	return func(yield func(int, *[4]uint8) bool) {
		for i := range n {
			if !yield(i, (*[4]uint8)(pix[4*i:])) {
				return
			}
		}
	}
}

// times returns v·a/255, rounded.
func times(v, a uint8) uint8 {
	t := uint32(v)*uint32(a) + 128
	return uint8((t + t>>8) >> 8)
}
