package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
)

// encode turns m upright and writes it in the format of its target.
func encode(m *raster, t target, turned turn) (Output, error) {
	var planes []plane
	for _, b := range m.bands {
		for _, p := range b.planes {
			planes = append(planes, turned.plane(p))
		}
	}
	size := turned.size(m.size)
	img := assemble(m.model, planes, size, t)

	var body bytes.Buffer
	out := Output{Width: size.X, Height: size.Y, ContentType: "image/jpeg", Extension: "jpg"}
	var err error
	if t.png {
		out.ContentType, out.Extension = "image/png", "png"
		err = png.Encode(&body, img)
	} else {
		err = jpeg.Encode(&body, img, &jpeg.Options{Quality: t.rendition.Quality})
	}
	if err != nil {
		return Output{}, fmt.Errorf("encode rendition %s: %w", t.rendition.Name, err)
	}
	out.Body = body.Bytes()
	return out, nil
}

// assemble makes of planes the image type for which the encoder has a fast path.
func assemble(m model, planes []plane, size image.Point, t target) image.Image {
	bounds := image.Rectangle{Max: size}
	switch m {
	case gray:
		return &image.Gray{Pix: planes[0].pix, Stride: planes[0].width, Rect: bounds}

	case ycc:
		img := &image.YCbCr{
			Y: planes[0].pix, YStride: planes[0].width,
			Cb: planes[1].pix, Cr: planes[2].pix, CStride: planes[1].width,
			SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: bounds,
		}
		if t.chroma == 2 {
			return img
		}
		img.SubsampleRatio = image.YCbCrSubsampleRatio444
		out := image.NewRGBA(bounds)
		draw.Draw(out, bounds, img, image.Point{}, draw.Src)
		return out

	case rgb:
		out := image.NewRGBA(bounds)
		for i, p := range quads(out.Pix, size.X*size.Y) {
			p[0], p[1], p[2], p[3] = planes[0].pix[i], planes[1].pix[i], planes[2].pix[i], 0xff
		}
		return out

	default:
		out := image.NewNRGBA(bounds)
		for i, p := range quads(out.Pix, size.X*size.Y) {
			a := planes[3].pix[i]
			for c := range 3 {
				// The kernel may overshoot in colour where it does not in alpha.
				v := min(planes[c].pix[i], a)
				if t.png {
					p[c] = over(v, a)
				} else {
					p[c] = v + (0xff - a) // on white
				}
			}
			p[3] = a
			if !t.png {
				p[3] = 0xff
			}
		}
		if !t.png {
			return &image.RGBA{Pix: out.Pix, Stride: out.Stride, Rect: out.Rect}
		}
		return out
	}
}

// over undoes times: it returns v·255/a, rounded.
func over(v, a uint8) uint8 {
	if a == 0 {
		return 0
	}
	return uint8((uint32(v)*255 + uint32(a)/2) / uint32(a))
}
