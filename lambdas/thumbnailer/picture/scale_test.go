package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"refstack/test/photos"
)

// TestQuality holds every size of the photograph against x/image's CatmullRom from
// the full picture: first as scaled, then as encoded.
func TestQuality(t *testing.T) {
	src := photos.Landscape(1)
	full := decodeAny(t, src)
	source, err := decode(context.Background(), src, Limits{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	var renditions []Rendition
	for _, width := range []int{1799, 1280, 901, 601, 599, 320, 37} {
		renditions = append(renditions, Rendition{Name: fmt.Sprint("w", width), MaxWidth: width, Quality: 80})
	}
	var targets []target
	for _, r := range renditions {
		targets = append(targets, source.target(r.withDefaults()))
	}
	err = source.cascade(context.Background(), targets, func(_ int, m *raster) error {
		p := m.bands[0].planes[0]
		got := &image.Gray{Pix: p.pix, Stride: p.width, Rect: image.Rect(0, 0, p.width, p.height)}
		if d := psnr(t, got, catmullRomOf(full, p.width, p.height)); d < 40 {
			t.Errorf("%v: %.1f dB as scaled", m.size, d)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	outputs, err := Make(context.Background(), src, sizes, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range outputs {
		d := psnr(t, luma(decodeAny(t, out.Body)), catmullRomOf(full, out.Width, out.Height))
		t.Logf("%d x %d, encoded: %.1f dB", out.Width, out.Height, d)
		if d < 35 {
			t.Errorf("%d x %d, encoded: %.1f dB", out.Width, out.Height, d)
		}
	}
}

// noise is a band of random samples.
func noise(w, h, channels int, stable bool) (band, []plane) {
	r := rand.New(rand.NewPCG(1, 2))
	planes := make([]plane, channels)
	for c := range planes {
		planes[c] = newPlane(w, h)
		for i := range planes[c].pix {
			planes[c].pix[i] = uint8(r.UintN(256))
		}
	}
	b := planarBand(pixels(w), pixels(h), planes)
	if !stable {
		// A band whose rows are gone by the next call, which the scaler must mind.
		row, scratch := b.row, make([][]uint8, channels)
		b.stable, b.planes = false, nil
		b.row = func(y int) [][]uint8 {
			for c, samples := range row(y) {
				scratch[c] = append(scratch[c][:0], samples...)
			}
			return scratch
		}
	}
	return b, planes
}

// TestResample compares the scaler with the plain formula in floating point.
func TestResample(t *testing.T) {
	for _, test := range []struct{ w, h, toW, toH int }{
		{1, 1, 1, 1}, {7, 1, 3, 1}, {1, 9, 1, 2}, {2, 2, 1, 1}, {3, 3, 2, 2}, {5, 4, 5, 4},
		{17, 13, 16, 12}, {40, 30, 27, 21}, {40, 30, 29, 20}, {16, 12, 32, 24},
	} {
		for _, stable := range []bool{true, false} {
			b, from := noise(test.w, test.h, 2, stable)
			ax := axis{scale: float64(test.w) / float64(test.toW)}
			ay := axis{scale: float64(test.h) / float64(test.toH)}
			if boxFor(ax.scale, test.w) != 1 && test.w > 2 || boxFor(ay.scale, test.h) != 1 && test.h > 2 {
				continue // compared in TestBoxed
			}
			got := b.resample(pixels(test.toW), pixels(test.toH), ax, ay)
			for c := range got {
				for y := range test.toH {
					for x := range test.toW {
						want := exactly(from[c], (float64(x)+0.5)*ax.scale, (float64(y)+0.5)*ay.scale, ax.scale, ay.scale)
						if d := math.Abs(float64(got[c].row(y)[x]) - want); d > 0.6 {
							t.Fatalf("%+v: %d at %d, %d; want %.2f", test, got[c].row(y)[x], x, y, want)
						}
					}
				}
			}
		}
	}
}

// exactly is the Catmull-Rom mean of p around a point.
func exactly(p plane, x, y, scaleX, scaleY float64) float64 {
	weight := func(i int, at, scale float64) float64 {
		return catmullRom((float64(i) + 0.5 - at) / max(scale, 1))
	}
	if boxFor(scaleX, p.width) > 1 || boxFor(scaleY, p.height) > 1 { // 2 x 2 to 1
		sum := 0.0
		for _, v := range p.pix {
			sum += float64(v)
		}
		return sum / float64(len(p.pix))
	}
	sum, weights := 0.0, 0.0
	for j := range p.height {
		for i := range p.width {
			w := weight(i, x, scaleX) * weight(j, y, scaleY)
			sum += w * float64(p.row(j)[i])
			weights += w
		}
	}
	return min(max(sum/weights, 0), 255)
}

func TestCatmullRom(t *testing.T) {
	for x, want := range map[float64]float64{0: 1, 0.5: 0.5625, -0.5: 0.5625, 1: 0, 1.5: -0.0625, -1.5: -0.0625, 2: 0, 3: 0} {
		if got := catmullRom(x); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v at %v, want %v", got, x, want)
		}
	}
}

func TestTaps(t *testing.T) {
	for _, from := range []int{1, 2, 3, 5, 100} {
		for _, to := range []int{1, 2, 3, 7, 33, 100} {
			a := axis{scale: float64(from) / float64(to)}
			taps := newTaps(pixels(to), pixels(from), a)
			for i := range to {
				sum := int32(0)
				for _, w := range taps.weights[i*taps.n:][:taps.n] {
					sum += w
				}
				if sum != 1<<weightBits {
					t.Errorf("%d to %d: weights of %d sum up to %d", from, to, i, sum)
				}
				if taps.first[i] < 0 || taps.first[i]+taps.n > from {
					t.Errorf("%d to %d: taps of %d reach beyond the edge", from, to, i)
				}
			}
		}
	}
}

// TestBoxed compares the fast ways of averaging with the plain one.
func TestBoxed(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {2, 2}, {3, 3}, {8, 8}, {9, 8}, {8, 9}, {23, 17}, {64, 10}, {14, 6}} {
		for _, box := range []image.Point{{1, 1}, {2, 2}, {2, 1}, {1, 2}, {2, 3}, {3, 2}, {3, 3}, {7, 5}, {64, 64}} {
			if box.X > size.X || box.Y > size.Y {
				continue
			}
			for _, stable := range []bool{true, false} {
				b, from := noise(size.X, size.Y, 3, stable)
				got := b.boxed(box.X, box.Y)
				if got.x.n != (size.X+box.X-1)/box.X || got.y.n != (size.Y+box.Y-1)/box.Y {
					t.Fatalf("%v by %v is %d x %d", size, box, got.x.n, got.y.n)
				}
				if got.x.pitch != float64(box.X) || got.y.pitch != float64(box.Y) {
					t.Fatalf("%v by %v has pitches %v and %v", size, box, got.x.pitch, got.y.pitch)
				}
				for y := range got.y.n {
					for c, row := range got.row(y) {
						for x, v := range row {
							area := image.Rect(x*box.X, y*box.Y, (x+1)*box.X, (y+1)*box.Y).Intersect(image.Rectangle{Max: size})
							sum := 0
							for j := area.Min.Y; j < area.Max.Y; j++ {
								for i := area.Min.X; i < area.Max.X; i++ {
									sum += int(from[c].row(j)[i])
								}
							}
							n := area.Dx() * area.Dy()
							if want := (sum + n/2) / n; int(v) != want {
								t.Fatalf("%v by %v, stable %v: %d at %d, %d of %d; want %d", size, box, stable, v, x, y, c, want)
							}
						}
					}
				}
			}
		}
	}
}

func TestBoxFor(t *testing.T) {
	for _, test := range []struct {
		ratio float64
		n     int
		want  int
	}{{0.5, 100, 1}, {1, 100, 1}, {2.9, 100, 1}, {3, 100, 2}, {3.125, 4000, 2}, {4.5, 100, 3}, {12.5, 4000, 8}, {900, 7, 7}, {9000, 9000, 256}} {
		if got := boxFor(test.ratio, test.n); got != test.want {
			t.Errorf("%v of %d: %d, want %d", test.ratio, test.n, got, test.want)
		}
	}
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSmallest(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {1, 2}, {2, 1}, {1, 300}, {300, 1}, {3, 3}, {65000, 2}, {2, 65000}, {17, 5}} {
		img := image.NewNRGBA(image.Rectangle{Max: size})
		for i := range img.Pix {
			img.Pix[i] = uint8(100 + i%4)
		}
		jpg := make1(t, pngOf(t, img), Rendition{Name: "a", MaxWidth: maxSide, Format: FormatJPEG, Quality: 100})
		if jpg.Width != size.X || jpg.Height != size.Y {
			t.Errorf("%v became %d x %d", size, jpg.Width, jpg.Height)
		}
		for _, src := range [][]byte{pngOf(t, img), jpg.Body} {
			for _, r := range []Rendition{
				{Name: "one", MaxWidth: 1, MaxHeight: 1, Format: FormatPNG},
				{Name: "half", MaxWidth: max(1, size.X/2), Format: FormatJPEG},
				{Name: "cover", MaxWidth: 2, MaxHeight: 3, Fit: FitCover},
				{Name: "whole", MaxWidth: maxSide},
			} {
				out := make1(t, src, r)
				if b := decodeAny(t, out.Body).Bounds(); b.Dx() != out.Width || b.Dy() != out.Height || out.Width < 1 || out.Height < 1 {
					t.Errorf("%s of %v is %v and says %d x %d", r.Name, size, b, out.Width, out.Height)
				}
			}
		}
	}
}

// TestFlat wants an even colour to stay exactly what it is.
func TestFlat(t *testing.T) {
	for _, v := range []uint8{0, 1, 127, 254, 255} {
		img := image.NewNRGBA(image.Rect(0, 0, 101, 67))
		for i := range img.Pix {
			img.Pix[i] = v
			if i%4 == 3 {
				img.Pix[i] = 255
			}
		}
		for _, width := range []int{101, 100, 60, 33, 12, 1} {
			got := nrgba(decodeAny(t, make1(t, pngOf(t, img), Rendition{Name: "a", MaxWidth: width, Format: FormatPNG}).Body))
			for i, p := range got.Pix {
				if i%4 != 3 && p != v {
					t.Fatalf("%d became %d at %d wide", v, p, width)
				}
			}
		}
	}
}

// TestFringes scales a bright disc on transparent black: what shows of it keeps its
// colour up to the edge.
func TestFringes(t *testing.T) {
	for _, name := range []string{"png-alpha.png", "png-alpha16.png", "png-palette-alpha.png", "webp-lossless-alpha.webp"} {
		for _, width := range []int{140, 90, 60, 20} {
			got := nrgba(decodeAny(t, make1(t, read(t, "testdata", name), Rendition{Name: "a", MaxWidth: width}).Body))
			clear, soft := 0, 0
			for i := 0; i < len(got.Pix); i += 4 {
				p := color.NRGBA{got.Pix[i], got.Pix[i+1], got.Pix[i+2], got.Pix[i+3]}
				switch {
				case p.A == 0:
					clear++
				case p.A < 255:
					soft++
				}
				// At low alpha 8 bits of premultiplied colour say little.
				if p.A > 60 && (p.R < 230 || p.G < 180 || p.G > 204 || p.B > 48) {
					t.Fatalf("%s at %d wide: %v", name, width, p)
				}
			}
			if clear == 0 || soft == 0 || (clear+soft)*4 == len(got.Pix) {
				t.Errorf("%s at %d wide: %d clear and %d soft pixels of %d", name, width, clear, soft, len(got.Pix)/4)
			}
			if c := got.NRGBAAt(got.Rect.Dx()/2, got.Rect.Dy()/2); c.A != 255 {
				t.Errorf("%s at %d wide: the middle is %v", name, width, c)
			}
		}
		flat := decodeAny(t, make1(t, read(t, "testdata", name), Rendition{Name: "a", MaxWidth: 90, Format: FormatJPEG, Quality: 95}).Body)
		if r, g, b, _ := flat.At(0, 0).RGBA(); min(r, g, b)>>8 < 253 {
			t.Errorf("%s as a JPEG is on %d, %d, %d and not on white", name, r>>8, g>>8, b>>8)
		}
	}
}

// TestOrder wants the same outputs whatever the order of the renditions, each as if
// it stood in its place.
func TestOrder(t *testing.T) {
	src := read(t, "testdata", "jpeg-420.jpg")
	renditions := []Rendition{
		{Name: "a", MaxWidth: 120}, {Name: "b", MaxWidth: 70}, {Name: "c", MaxWidth: 40}, {Name: "d", MaxWidth: 40, Quality: 30},
		{Name: "e", MaxWidth: 40, Format: FormatPNG}, {Name: "f", MaxWidth: 30, MaxHeight: 30, Fit: FitCover},
		{Name: "g", MaxWidth: 60, MaxHeight: 30, Fit: FitCover}, {Name: "h", MaxWidth: 30, MaxHeight: 60, Fit: FitCover},
		{Name: "i", MaxWidth: 20, MaxHeight: 9, Fit: FitCover, Format: FormatPNG}, {Name: "j", MaxWidth: 10, MaxHeight: 20, Fit: FitCover},
	}
	want, err := Make(context.Background(), src, renditions, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		order := r.Perm(len(renditions))
		var shuffled []Rendition
		for _, i := range order {
			shuffled = append(shuffled, renditions[i])
		}
		got, err := Make(context.Background(), src, shuffled, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for k, i := range order {
			if got[k].Rendition != renditions[i] || !bytes.Equal(got[k].Body, want[i].Body) {
				t.Fatalf("rendition %s differs in order %v", renditions[i].Name, order)
			}
		}
	}
	if len(want[3].Body) >= len(want[2].Body) {
		t.Error("quality 30 is no smaller than 80")
	}
}

// TestCascade wants a rendition made from a larger one to look as if it had been
// made from the source alone, whatever part of it either shows.
func TestCascade(t *testing.T) {
	src := photos.Landscape(1)
	large := []Rendition{
		{Name: "inside", MaxWidth: 1001}, {Name: "square", MaxWidth: 901, MaxHeight: 901, Fit: FitCover},
		{Name: "strip", MaxWidth: 1500, MaxHeight: 333, Fit: FitCover}, {Name: "png", MaxWidth: 1111, Format: FormatPNG},
	}
	small := []Rendition{
		{Name: "s-inside", MaxWidth: 303, Quality: 100}, {Name: "s-square", MaxWidth: 299, MaxHeight: 299, Fit: FitCover, Quality: 100},
		{Name: "s-strip", MaxWidth: 400, MaxHeight: 50, Fit: FitCover, Quality: 100}, {Name: "s-tall", MaxWidth: 50, MaxHeight: 400, Fit: FitCover, Format: FormatPNG},
	}
	together, err := Make(context.Background(), src, slices.Concat(small, large), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range small {
		alone := make1(t, src, r)
		if d := psnr(t, luma(decodeAny(t, together[i].Body)), luma(decodeAny(t, alone.Body))); d < 38 {
			t.Errorf("%s: %.1f dB", r.Name, d)
		}
		if d := colourPSNR(t, decodeAny(t, together[i].Body), decodeAny(t, alone.Body)); d < 36 {
			t.Errorf("%s: %.1f dB in colour", r.Name, d)
		}
	}
}

// TestParents says which renditions others are made from.
func TestParents(t *testing.T) {
	whole, part := image.Rect(0, 0, 1000, 1000), image.Rect(100, 0, 900, 1000)
	wanted := target{area: part, size: image.Pt(80, 100), chroma: 2}
	l := func(area image.Rectangle, w, h, chroma int) level {
		return level{&raster{size: image.Pt(w, h)}, area, chroma}
	}
	for name, test := range map[string]struct {
		level level
		want  bool
	}{
		"the source":            {l(whole, 1000, 1000, 0), true},
		"just large enough":     {l(whole, 150, 150, 2), true},
		"too narrow":            {l(whole, 149, 150, 2), false},
		"too low":               {l(whole, 150, 149, 2), false},
		"the same part":         {l(part, 120, 150, 2), true},
		"less than is needed":   {l(image.Rect(101, 0, 900, 1000), 799, 1000, 2), false},
		"with chroma at length": {l(whole, 150, 150, 1), false},
	} {
		if got := test.level.serves(wanted); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestSameSize has two renditions of one size show different parts.
func TestSameSize(t *testing.T) {
	whole, part := image.Rect(0, 0, 100, 100), image.Rect(10, 10, 90, 90)
	l := level{&raster{size: image.Pt(10, 10)}, whole, 2}
	for _, test := range []struct {
		t    target
		want bool
	}{
		{target{area: whole, size: image.Pt(10, 10), chroma: 2}, true},
		{target{area: part, size: image.Pt(10, 10), chroma: 2}, false},
		{target{area: whole, size: image.Pt(10, 9), chroma: 2}, false},
		{target{area: whole, size: image.Pt(10, 10), chroma: 1}, false},
	} {
		if got := l.is(test.t); got != test.want {
			t.Errorf("%+v: %v", test.t, got)
		}
	}
}

// TestStaysPlanar wants a JPEG to reach the encoder in the planes it came in.
func TestStaysPlanar(t *testing.T) {
	source, err := decode(context.Background(), read(t, "testdata", "jpeg-422.jpg"), Limits{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	wanted := source.target(Rendition{MaxWidth: 33}.withDefaults())
	m := level{raster: source.raster, area: image.Rectangle{Max: source.size}}.resample(wanted)
	var planes []plane
	for _, b := range m.bands {
		planes = append(planes, b.planes...)
	}
	img, ok := assemble(m.model, planes, m.size, wanted).(*image.YCbCr)
	if !ok || img.SubsampleRatio != image.YCbCrSubsampleRatio420 || len(img.Cb) != 17*12 || len(img.Y) != 33*23 {
		t.Errorf("got %T", img)
	}
}

// TestOvershoot has semi-transparent white beside black, where the kernel goes
// beyond white.
func TestOvershoot(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 40, 8))
	for x := range 40 {
		for y := range 8 {
			v := uint8(255 * (x / 20))
			img.Set(x, y, color.NRGBA{v, v, v, 200})
		}
	}
	got := nrgba(decodeAny(t, make1(t, pngOf(t, img), Rendition{Name: "a", MaxWidth: 31}).Body))
	for x := range 31 {
		c := got.NRGBAAt(x, 3)
		if c.A != 200 || x < 15 && c.R > 20 || x > 15 && c.R < 235 {
			t.Errorf("%v at %d", c, x)
		}
	}
}

func TestPremultiply(t *testing.T) {
	for a := range 256 {
		for v := range 256 {
			if got, want := times(uint8(v), uint8(a)), math.Round(float64(v*a)/255); float64(got) != want {
				t.Fatalf("%d·%d is %d, want %v", v, a, got, want)
			}
			if v <= a && a > 0 {
				if got, want := over(uint8(v), uint8(a)), math.Floor(float64(v)*255/float64(a)+0.5); float64(got) != want {
					t.Fatalf("%d over %d is %d, want %v", v, a, got, want)
				}
			}
		}
	}
}

func TestLongestSide(t *testing.T) {
	for length, want := range map[int]bool{maxSide: true, maxSide + 1: false} {
		src := pngOf(t, image.NewGray(image.Rect(0, 0, 1, length)))
		_, err := Make(context.Background(), src, []Rendition{{Name: "a", MaxWidth: 1}}, Limits{})
		var no *RejectedError
		if made := err == nil; made != want || !made && (!errors.As(err, &no) || no.Reason != ReasonTooManyPixels) {
			t.Errorf("1 x %d: %v", length, err)
		}
	}
}
